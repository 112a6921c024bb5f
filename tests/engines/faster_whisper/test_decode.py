"""Decode media files to Whisper's input, whole or in parts: the same samples as faster-whisper's."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from optional import skip_without

from voxweft.utils.streaming import AudioPayload, FilePayload

skip_without("faster_whisper")

from faster_whisper import decode_audio
from fixtures_whisper import KINDS, RATE_HZ, SPEECH_RATE_HZ, never, resampled, silence, speech, write_media

from voxweft.engines.errors import CancelledError
from voxweft.engines.faster_whisper.cut import find_cut
from voxweft.engines.faster_whisper.decode import decode_file, decode_payload
from voxweft.engines.faster_whisper.errors import WhisperError
from voxweft.engines.faster_whisper.recording import MAX_PART_S, Part, PartReader

WAV = KINDS["wav-16khz"]


def decoded(path: Path | str) -> NDArray[np.int16]:
    return np.concatenate([np.empty(0, np.int16), *decode_file(str(path))])


def part(reader: PartReader, path: Path, start_s: float = 0.0, end_s: float | None = None) -> Part:
    return reader.part(FilePayload(str(path), "digest", start_s, end_s), never)


def float_wav(path: Path, samples: NDArray[np.float32], rate_hz: int = RATE_HZ) -> Path:
    data = samples.astype("<f4").tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, rate_hz, rate_hz * 4, 4, 32
    )
    path.write_bytes(head + struct.pack("<4sI", b"data", len(data)) + data)
    return path


@pytest.fixture(scope="module")
def long_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of more than one block of samples, without repetition."""
    folder = tmp_path_factory.mktemp("long")
    noise = np.random.default_rng(3).standard_normal(SPEECH_RATE_HZ * 30).astype(np.float32) * 0.1
    return write_media(folder / "long.wav", noise, KINDS["wav"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_decodes_to_faster_whispers_samples(kind: str, tmp_path: Path) -> None:
    path = write_media(tmp_path / f"{kind}{KINDS[kind].suffix}", speech(), KINDS[kind])
    samples = decoded(path)
    assert samples.dtype == np.int16
    assert abs(samples.size / RATE_HZ - speech().size / SPEECH_RATE_HZ) < 0.1
    assert np.array_equal(samples.astype(np.float32) / 32768, decode_audio(str(path)))


@pytest.mark.parametrize("layout", ["2.1", "7.1", "hexadecagonal"])
def test_any_number_of_channels_is_mixed_down(layout: str, tmp_path: Path) -> None:
    path = write_media(tmp_path / "many.wav", speech(), WAV._replace(layout=layout))
    assert np.abs(decoded(path)).max() > 1000


def test_a_long_file_decodes_to_faster_whispers_samples(long_wav: Path) -> None:
    assert np.array_equal(decoded(long_wav).astype(np.float32) / 32768, decode_audio(str(long_wav)))


@settings(max_examples=20)
@given(ranges=st.lists(st.tuples(st.floats(0, 35), st.floats(0, 35), st.booleans()), min_size=1, max_size=5))
def test_a_part_equals_the_same_range_of_the_whole_file(
    ranges: list[tuple[float, float, bool]], long_wav: Path
) -> None:
    whole = WHOLE.setdefault(long_wav, decoded(long_wav))
    reader = PartReader()
    for one, other, is_open_ended in ranges:
        start_s, end_s = min(one, other), None if is_open_ended else max(one, other)
        found = part(reader, long_wav, start_s, end_s)
        last = None if end_s is None else round(end_s * RATE_HZ)
        assert np.array_equal(found.samples, whole[round(start_s * RATE_HZ) : last])
        assert found.is_last == (last is None or last >= whole.size or start_s * RATE_HZ >= whole.size)
    reader.close_all()


WHOLE: dict[Path, NDArray[np.int16]] = {}


def test_consecutive_parts_are_decoded_once_though_other_files_come_between(
    long_wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_media(tmp_path / "other.wav", speech())
    opened = []

    def counting_decode(path: str, cancelled: object) -> object:
        opened.append(path)
        return decode_file(path)

    monkeypatch.setattr("voxweft.engines.faster_whisper.recording.decode_file", counting_decode)
    reader = PartReader()
    for start_s in range(0, 30, 5):
        reader.part(FilePayload(str(long_wav), "digest", start_s), never, 10.0)
        part(reader, other, 0.1 * start_s / 5, None)
        part(reader, long_wav, start_s, start_s + 5)
    assert opened == [str(long_wav), str(other)]
    part(reader, long_wav, 0, 1)
    assert len(opened) == 3
    reader.close_all()


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    path = write_media(tmp_path / "take.wav", speech())
    reader = PartReader()
    first = part(reader, path, 0, 1).samples
    write_media(path, speech()[SPEECH_RATE_HZ:])
    second = part(reader, path, 1, None).samples
    assert np.array_equal(second, decoded(path)[RATE_HZ:])
    assert first.size == RATE_HZ
    reader.close_all()


@pytest.mark.linux
def test_a_closed_reader_has_no_open_file(long_wav: Path) -> None:
    reader = PartReader()
    part(reader, long_wav, 0, 1)
    file_path = str(long_wav)
    assert file_path in [file.path for file in psutil.Process().open_files()]
    reader.close_all()
    assert file_path not in [file.path for file in psutil.Process().open_files()]


@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [(-1.0, None), (2.0, 1.0), (float("nan"), None), (0.0, float("inf")), (0.0, MAX_PART_S + 1)],
)
def test_an_invalid_part_is_rejected(start_s: float, end_s: float | None, tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", speech())
    with pytest.raises(WhisperError, match="part"):
        part(PartReader(), path, start_s, end_s)


def test_a_part_over_the_maximum_is_rejected_while_it_is_decoded(
    long_wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxweft.engines.faster_whisper.recording.MAX_PART_S", 10.0)
    with pytest.raises(WhisperError, match="transcribe the file in parts"):
        part(PartReader(), long_wav)


def test_decoding_stops_after_a_cancel(long_wav: Path) -> None:
    reader = PartReader()
    with pytest.raises(CancelledError):
        reader.part(FilePayload(str(long_wav), "digest"), lambda: True)
    assert part(reader, long_wav, 0, 1).samples.size == RATE_HZ
    reader.close_all()


# Bad input


def test_a_missing_or_invalid_file_is_rejected_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("This is a letter, not a recording.\n" * 50)
    whole = write_media(tmp_path / "whole.m4a", speech(), KINDS["m4a"]).read_bytes()
    (tmp_path / "headless.m4a").write_bytes(whole[: len(whole) // 2])
    wav = bytearray(write_media(tmp_path / "rate.wav", speech()).read_bytes())
    wav[24:28] = bytes(4)
    (tmp_path / "rate.wav").write_bytes(wav)
    for name, message in {
        "absent.wav": "can't be read: No such file",
        ".": "can't be read: Is a directory",
        "empty.wav": "is empty",
        "text.wav": "is not an audio or video file",
        "headless.m4a": "is not an audio or video file, or its start is damaged",
        "rate.wav": "is not an audio or video file",
    }.items():
        with pytest.raises(WhisperError, match=message):
            decoded(tmp_path / name)


def test_a_video_without_audio_is_rejected(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        container.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(picture.encode(None))
    with pytest.raises(WhisperError, match="has no audio"):
        decoded(tmp_path / "mute.mp4")


def test_a_truncated_file_is_decoded_to_its_end(tmp_path: Path) -> None:
    for kind in ("wav-16khz", "mp3", "flac", "ogg-opus"):
        path = write_media(tmp_path / f"{kind}{KINDS[kind].suffix}", speech(), KINDS[kind])
        whole = decoded(path)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        found = decoded(path)
        assert whole.size * 0.3 < found.size < whole.size * 0.8, kind


@pytest.mark.parametrize("kind", ["flac", "m4a", "mp3"])
def test_damaged_packets_are_skipped_and_the_rest_is_decoded(kind: str, tmp_path: Path) -> None:
    path = write_media(tmp_path / f"a{KINDS[kind].suffix}", np.concatenate([speech()] * 4), KINDS[kind])
    whole, data = decoded(path), bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 2000] = np.random.default_rng(1).bytes(2000)
    path.write_bytes(data)
    found = decoded(path)
    assert whole.size * 0.9 < found.size < whole.size
    assert np.array_equal(found[:RATE_HZ], whole[:RATE_HZ])
    # Whole frames are lost, so the following audio is shifted by some samples.
    word = whole[-RATE_HZ:][:4000].astype(float)
    places = np.lib.stride_tricks.sliding_window_view(found[-RATE_HZ - 500 :][:5000].astype(float), word.size)
    match = (places @ word / (np.linalg.norm(places, axis=1) * np.linalg.norm(word))).max()
    assert match > 0.9, "the audio after the damage differs"


def test_a_file_whose_rate_and_channels_change_is_decoded_to_its_end(tmp_path: Path) -> None:
    one = write_media(tmp_path / "a.mp3", speech(), KINDS["mp3"]).read_bytes()
    other = write_media(tmp_path / "b.mp3", speech(), KINDS["mp3"]._replace(rate_hz=22_050, layout="mono")).read_bytes()
    (tmp_path / "both.mp3").write_bytes(one + other)
    found = decoded(tmp_path / "both.mp3").size / RATE_HZ
    assert found == pytest.approx(2 * speech().size / SPEECH_RATE_HZ, abs=0.3)


def test_samples_that_are_not_finite_are_rejected_with_their_time(tmp_path: Path) -> None:
    samples = resampled(speech()).copy()
    samples[RATE_HZ] = np.nan
    with pytest.raises(WhisperError, match=r"NaN or infinite samples, the first at 1\.000 s"):
        decoded(float_wav(tmp_path / "nan.wav", samples))
    samples[RATE_HZ] = -np.inf
    with pytest.raises(WhisperError, match="NaN or infinite"):
        decoded(float_wav(tmp_path / "inf.wav", samples))


def test_loud_samples_are_clipped(tmp_path: Path) -> None:
    found = decoded(float_wav(tmp_path / "loud.wav", resampled(speech()) * 100))
    assert found.max() == 32767
    assert found.min() == -32768


@pytest.mark.parametrize("n_samples", [0, 1])
def test_a_file_with_at_most_one_sample_is_decoded(n_samples: int, tmp_path: Path) -> None:
    assert decoded(float_wav(tmp_path / "a.wav", np.full(n_samples, 0.5, np.float32))).size == n_samples


@pytest.mark.parametrize("name", ["list.m3u8", "list.wav"])
def test_a_playlist_is_rejected_without_a_connection(name: str, tmp_path: Path) -> None:
    """Check that FFmpeg doesn't connect to the address in it."""
    (tmp_path / name).write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(WhisperError):
        decoded(tmp_path / name)


@pytest.mark.parametrize("name", ["concat_a|b.wav", "ünïcode 语音.wav", "%d-03.wav", "100% 'quoted'.wav"])
def test_special_characters_in_file_names_are_accepted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        path = write_media(tmp_path / "plain.wav", speech()).rename(tmp_path / name)
    except OSError:
        pytest.skip("the file system doesn't take the name")
    assert decoded(path).size
    monkeypatch.chdir(tmp_path)
    assert decoded(name).size


def test_a_url_is_rejected() -> None:
    with pytest.raises(WhisperError, match="can't be read"):
        decoded("http://127.0.0.1:9/a.wav")


# Audio payloads


def test_samples_at_the_models_rate_are_unchanged() -> None:
    samples = resampled(speech())
    assert np.array_equal(decode_payload(AudioPayload(samples.astype("<f4").tobytes(), RATE_HZ)), samples)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
def test_samples_of_another_rate_are_resampled(rate_hz: int) -> None:
    given_samples, expected = resampled(speech(), rate_hz), resampled(speech())
    found = decode_payload(AudioPayload(given_samples.astype("<f4").tobytes(), rate_hz))
    assert found.dtype == np.float32
    n_common = min(found.size, expected.size)
    assert abs(found.size - expected.size) <= 32
    # Both contain all frequencies below 4 kHz, so they agree there.
    low = np.fft.rfftfreq(n_common, 1 / RATE_HZ) < 3000
    one, other = np.fft.rfft(found[:n_common])[low], np.fft.rfft(expected[:n_common])[low]
    assert np.abs(np.vdot(one, other)) / (np.linalg.norm(one) * np.linalg.norm(other)) > 0.999


@pytest.mark.parametrize("rate_hz", [0, -16_000])
def test_a_rate_that_is_not_positive_is_rejected(rate_hz: int) -> None:
    with pytest.raises(WhisperError, match=f"sample rate '{rate_hz}' Hz"):
        decode_payload(AudioPayload(bytes(8), rate_hz))


def test_an_incomplete_sample_and_nan_are_rejected() -> None:
    with pytest.raises(WhisperError, match="aren't a whole number of 32-bit samples"):
        decode_payload(AudioPayload(bytes(7), RATE_HZ))
    with pytest.raises(WhisperError, match="NaN or infinite"):
        decode_payload(AudioPayload(np.array([0, np.nan], "<f4").tobytes(), RATE_HZ))


@pytest.mark.parametrize("n_samples", [0, 1])
@pytest.mark.parametrize("rate_hz", [8_000, RATE_HZ, 48_000])
def test_at_most_one_sample_is_not_an_error(n_samples: int, rate_hz: int) -> None:
    assert decode_payload(AudioPayload(bytes(4 * n_samples), rate_hz)).size <= 2 * n_samples


# Where a part ends


def int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return (resampled(samples) * 32767).astype(np.int16)


def test_a_part_is_cut_in_the_longest_silence_near_its_end() -> None:
    talk = speech("Hello my friend welcome to the show today is monday")
    samples = int16(np.concatenate([talk, silence(4), talk, silence(0.6), talk, silence(1.5), talk]))
    talk_s = talk.size / SPEECH_RATE_HZ
    last_silence = 3 * talk_s + 4.6, 3 * talk_s + 6.1
    assert last_silence[0] < find_cut(samples, 2 * talk_s) / RATE_HZ < last_silence[1]
    assert talk_s < find_cut(samples, 1000.0) / RATE_HZ < talk_s + 4


def test_without_a_silence_a_part_is_cut_at_its_quietest_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "voxweft.engines.faster_whisper.cut.get_speech_timestamps",
        lambda audio, options: [{"start": 0, "end": audio.size}],
    )
    noise = np.random.default_rng(5).standard_normal(RATE_HZ * 10) * 3000
    noise[RATE_HZ * 7 : round(RATE_HZ * 7.3)] *= 0.2
    noise[RATE_HZ * 2 : round(RATE_HZ * 2.3)] *= 0.1
    assert 7.0 < find_cut(noise.astype(np.int16), 5.0) / RATE_HZ < 7.3
    assert 2.0 < find_cut(noise.astype(np.int16), 10.0) / RATE_HZ < 2.3
    assert 0 < find_cut(noise[:1000].astype(np.int16), 10.0) < 1000
