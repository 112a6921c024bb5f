"""The formats of sound files that are written: their names, suffixes, media types, sample rates and bit rates."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal, get_args

import msgspec

AudioFormat = Literal["wav", "flac", "mp3", "opus", "aac", "m4a", "pcm"]
"""pcm is raw 16-bit little-endian, opus is Opus in Ogg, aac is AAC in ADTS frames, m4a is AAC in MP4."""

AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)

_SUFFIXES: dict[str, AudioFormat] = {
    ".wav": "wav",
    ".wave": "wav",
    ".flac": "flac",
    ".mp3": "mp3",
    ".opus": "opus",
    ".ogg": "opus",
    ".oga": "opus",
    ".aac": "aac",
    ".m4a": "m4a",
    ".mp4": "m4a",
    ".pcm": "pcm",
}
_MEDIA_TYPES: dict[AudioFormat, str] = {
    "wav": "audio/wav",  # RFC 2361's audio/vnd.wave is what nobody sends
    "flac": "audio/flac",  # RFC 9639
    "mp3": "audio/mpeg",  # RFC 3003
    "opus": "audio/ogg",  # RFC 7845
    "aac": "audio/aac",
    "m4a": "audio/mp4",  # RFC 4337
    "pcm": "application/octet-stream",  # audio/L16 (RFC 2586) is big-endian
}


AAC_OPTIONS = {"aac_coder": "fast"}
"""For FFmpeg's AAC encoder: its default search leaves bursts of wrong sound after sudden onsets (22 kHz mono speech at
48 kbit/s: an error of 0.4 of full scale and 15 dB of signal to noise, with this one 0.09 and 25 dB; and it takes six
times as long; FFmpeg 8.0)."""


class EncoderSettings(msgspec.Struct, frozen=True):
    """How FFmpeg writes a format: its muxer, encoder and sample format. `rates` empty: any up to `highest_rate`."""

    muxer: str
    encoder: str
    sample_format: str
    rates: tuple[int, ...] = ()
    highest_rate: int = 0
    options: dict[str, str] = {}


ENCODER_SETTINGS: dict[AudioFormat, EncoderSettings] = {
    "flac": EncoderSettings("flac", "flac", "s16", highest_rate=655_350),
    "mp3": EncoderSettings("mp3", "libmp3lame", "fltp", (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)),
    "opus": EncoderSettings("ogg", "libopus", "flt", (8000, 12000, 16000, 24000, 48000)),
    "aac": EncoderSettings(
        "adts",
        "aac",
        "fltp",
        (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000),
        options=AAC_OPTIONS,
    ),
}
ENCODER_SETTINGS["m4a"] = msgspec.structs.replace(ENCODER_SETTINGS["aac"], muxer="ipod")

_MPEG1_MP3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_MP3 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG25_MP3 = _MPEG2_MP3[:8]
"""The bit rates of Layer III in kbit/s (ISO/IEC 11172-3 and 13818-3); MPEG 2.5 as LAME writes it."""


def format_of(path: PurePath | str) -> AudioFormat:
    """Return the format that a file's suffix names. ValueError lists the suffixes that are known."""
    suffix = PurePath(path).suffix.lower()
    known = _SUFFIXES.get(suffix)
    if known is None:
        what = f"no sound is written as {suffix}" if suffix else "its name has no suffix that says which format"
        raise ValueError(f"{path}: {what}; known are {', '.join(_SUFFIXES)}")
    return known


def media_type(format: AudioFormat) -> str:  # noqa: A002  its name in every interface
    """Return a format's media type, without parameters."""
    return _MEDIA_TYPES[format]


def encoded_rate(format: AudioFormat, sample_rate: int) -> int:  # noqa: A002
    """Return the rate in Hz at which a format keeps audio of `sample_rate`: the same, or the next that it knows.

    That is the lowest one above, so that nothing is lost, else the highest. ValueError for a rate that can't be.
    """
    if sample_rate <= 0:
        raise ValueError(f"audio can't have a sample rate of {sample_rate} Hz")
    coding = ENCODER_SETTINGS.get(format)
    if coding is None:
        return sample_rate
    if not coding.rates:
        return min(sample_rate, coding.highest_rate)
    return min((rate for rate in coding.rates if rate >= sample_rate), default=coding.rates[-1])


def default_bit_rate(format: AudioFormat, rate: int) -> int | None:  # noqa: A002
    """Return the bits a second at which mono speech of `rate` Hz is hard to tell from its source, None if lossless.

    The policy: Opus 48 kbit/s (listening tests find it transparent for speech from 32 on); MP3 and AAC about 2.7 bits
    for each sample, and 128 kbit/s at the most.
    """
    if format == "opus":
        return 48_000
    if format not in ("mp3", "aac", "m4a"):
        return None
    wanted = min(max(rate * 8 // 3, 24_000), 128_000)
    return min((kbit * 1000 for kbit in _mp3_kbits(rate)), key=lambda bit_rate: abs(bit_rate - wanted))


def check_bit_rate(format: AudioFormat, rate: int, bit_rate: int) -> None:  # noqa: A002
    """ValueError unless a format can have that many bits a second for mono at `rate` Hz; it names those that it can."""
    if format == "mp3":
        kbits = _mp3_kbits(rate)
        if bit_rate not in {kbit * 1000 for kbit in kbits}:
            known = ", ".join(str(kbit) for kbit in kbits)
            raise ValueError(f"MP3 at {rate} Hz has no bit rate of {bit_rate / 1000:g} kbit/s, but {known}")
        return
    if format == "opus":
        lowest, highest = 6_000, 256_000  # RFC 6716, and libopus's bound for a channel
    elif format in ("aac", "m4a"):
        lowest, highest = 8_000, 6 * rate  # 6144 bits for a frame of 1024 samples (ISO/IEC 14496-3)
    else:
        raise ValueError(f"{format} has no bit rate that could be chosen: it keeps every sample")
    if not lowest <= bit_rate <= highest:
        raise ValueError(
            f"{format} at {rate} Hz takes {lowest / 1000:g} to {highest / 1000:g} kbit/s, not {bit_rate / 1000:g}"
        )


def _mp3_kbits(rate: int) -> tuple[int, ...]:
    if rate >= 32_000:
        return _MPEG1_MP3
    return _MPEG2_MP3 if rate >= 16_000 else _MPEG25_MP3
