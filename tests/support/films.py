"""Create small real video files with audio, subtitles, chapters and attachments."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

from voxweft.media.audio.encode import AudioEncoder
from voxweft.media.video.ass_header import ASS_HEADER

RATE = 48000
SECONDS = 6
ORIGINAL_HZ = 440.0
DUB_HZ = 1000.0
SPOKEN = (2.0, 4.0)
PIXELS = {"mjpeg": "yuvj420p", "prores_ks": "yuv422p10le"}
TEXTS = ("Hallo <i>du</i>", "Zweite Zeile\nmit Umbruch")


def image() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="image2pipe") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        black = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux([*stream.encode(black), *stream.encode(None)])
    return file.getvalue()


def tone(hz: float, n: int, rate: int, level: float = 0.3) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hz * np.arange(n) / rate)).astype(np.float32)


def make_film(
    path: Path,
    *,
    picture: str = "mpeg4",
    sound: str | None = "aac",
    layout: str = "stereo",
    subtitles: dict[str, str] | None = None,
    extras: bool = False,
    seconds: int = SECONDS,
    begin_s: int = 0,
    sound_late_s: float = 0.0,
    rate: int = RATE,
    title: str = "",
    movflags: str = "",
    n_until_drop: int = 0,
) -> Path:
    """Write a video whose audio is a tone. `subtitles` maps languages to the codecs of tracks with two cues.

    The clock of the file begins at `begin_s`; the audio begins `sound_late_s` after the picture.
    `movflags` is FFmpeg's option of MP4 files. Each picture after `n_until_drop` is left out: a variable rate.
    """
    options = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", options=options) as container:
        fast = {"deadline": "realtime", "cpu-used": "8"} if picture.startswith("libvpx") else {}
        video = container.add_stream(picture, rate=25, options=fast)
        video.width, video.height, video.pix_fmt = 64, 48, PIXELS.get(picture, "yuv420p")
        audio = container.add_stream(sound, rate=rate, layout=layout) if sound else None
        tracks = []
        for language, codec in (subtitles or {}).items():
            track = container.add_stream(codec)
            track.codec_context.subtitle_header = ASS_HEADER
            track.codec_context.time_base = Fraction(1, 1000)
            track.metadata["language"] = language
            track.disposition = Disposition(0).value
            tracks.append((track, codec))
        if title or extras:
            container.metadata["title"] = title or "Fülm"
        if extras:
            half = seconds * 500
            container.set_chapters(
                [
                    {"id": at, "start": at * half, "end": (at + 1) * half, "time_base": Fraction(1, 1000)}
                    | {"metadata": {"title": title}}
                    for at, title in enumerate(("Eins", "Zwei"))
                ]
            )
            if path.suffix == ".mkv":
                container.add_attachment("font.ttf", "font/ttf", b"\x00\x01\x00\x00" + bytes(100))
                container.add_attachment("cover.jpg", "image/jpeg", image())
        n_channels = av.AudioLayout(layout).nb_channels
        original = np.repeat(tone(ORIGINAL_HZ, seconds * rate, rate)[:, np.newaxis], n_channels, axis=1)
        shots = np.random.default_rng(1).integers(0, 255, (seconds, 48, 64, 3)).astype(np.uint8)
        for at in range(25 * seconds):
            frame = av.VideoFrame.from_ndarray(shots[at // 25], format="rgb24")
            frame.pts = at + begin_s * 25
            if not n_until_drop or (at + 1) % (n_until_drop + 1):
                container.mux(video.encode(frame))
            if audio is not None:
                step = rate // 25
                block = np.ascontiguousarray(original[at * step : (at + 1) * step]).reshape(1, -1)
                audio_frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
                audio_frame.sample_rate = rate
                audio_frame.pts = at * step + round((begin_s + sound_late_s) * rate)
                container.mux(audio.encode(audio_frame))
        for stream in filter(None, (video, audio)):
            container.mux(stream.encode(None))
        for track, codec in tracks:
            for at, text in enumerate(TEXTS):
                container.mux(_subtitle(track, codec, 1000 + 2000 * at, text, at))
    return path


def _subtitle(track, codec: str, start_ms: int, text: str, number: int) -> av.Packet:
    data = text.encode()
    if codec == "mov_text":
        data = len(data).to_bytes(2, "big") + data
    elif codec == "ass":
        data = f"{number},0,Default,Anna,0,0,0,,{text}".replace("\n", r"\N").replace("<i>", "").encode()
    packet = av.Packet(data)
    packet.stream, packet.time_base = track, Fraction(1, 1000)
    packet.pts = packet.dts = start_ms
    packet.duration = 1500
    return packet


def make_dub(seconds: float = SECONDS, rate: int = 24000) -> io.BytesIO:
    """Return a dub that is silent except for a tone in `SPOKEN`."""
    samples = np.zeros(round(seconds * rate), np.float32)
    start, end = (min(round(at * rate), len(samples)) for at in SPOKEN)
    samples[start:end] = tone(DUB_HZ, end - start, rate, 0.2)
    file = io.BytesIO()
    with AudioEncoder(file, "flac", rate, float32=True) as encoder:
        encoder.write(samples)
    file.seek(0)
    return file


def video_packets(path: Path) -> list[tuple[float, bytes]]:
    """Return the packets of the video stream, in file order: (time, bytes)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (float(packet.pts * packet.time_base), bytes(packet)) for packet in container.demux(stream) if packet.size
        ]


def decode_track(path: Path, track: int) -> tuple[NDArray[np.float32], int]:
    """Return the samples of an audio track from the start of the video, `[channels, n]`, and their rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        frames = list(container.decode(stream))
        begin_s = float(frames[0].pts * frames[0].time_base)
        samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        if samples.dtype == np.int16:
            samples = samples.astype(np.float32) / 32768
        missing = round(begin_s * stream.rate)
        samples = np.pad(samples, ((0, 0), (max(missing, 0), 0)))[:, max(-missing, 0) :]
        return samples, stream.rate


def level_db(samples: NDArray[np.float32], rate: int, start_s: float, end_s: float, hz: float) -> float:
    """Return the amplitude of a tone in a time range, in dB."""
    part = samples[round(start_s * rate) : round(end_s * rate)]
    demodulated = part * np.exp(-2j * np.pi * hz * np.arange(len(part)) / rate)
    return float(20 * np.log10(2 * abs(demodulated.mean()) + 1e-9))
