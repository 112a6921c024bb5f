"""Audio file formats for output: names, suffixes, media types, sample rates and bit rates."""

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
    "wav": "audio/wav",  # instead of RFC 2361's audio/vnd.wave, which is not used in practice
    "flac": "audio/flac",  # RFC 9639
    "mp3": "audio/mpeg",  # RFC 3003
    "opus": "audio/ogg",  # RFC 7845
    "aac": "audio/aac",
    "m4a": "audio/mp4",  # RFC 4337
    "pcm": "application/octet-stream",  # audio/L16 (RFC 2586) is big-endian
}


AAC_OPTIONS = {"aac_coder": "fast"}
"""For FFmpeg's AAC encoder. Its default search causes audible bursts after sudden onsets: for 22 kHz mono speech at
48 kbit/s, an error of 0.4 of full scale and a signal-to-noise ratio of 15 dB. With these options they are 0.09 and
25 dB, and encoding is six times as fast (FFmpeg 8.0)."""


class EncoderSettings(msgspec.Struct, frozen=True):
    """FFmpeg's muxer, encoder and sample format for a format. Empty `rates`: any rate up to `max_rate`."""

    muxer: str
    encoder: str
    sample_format: str
    rates: tuple[int, ...] = ()
    max_rate: int = 0
    options: dict[str, str] = {}


ENCODER_SETTINGS: dict[AudioFormat, EncoderSettings] = {
    "flac": EncoderSettings("flac", "flac", "s16", max_rate=655_350),
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
"""The bit rates of Layer III in kbit/s (ISO/IEC 11172-3 and 13818-3); MPEG 2.5 as in LAME."""


def format_of(path: PurePath | str) -> AudioFormat:
    """Return the format for a file's suffix. ValueError for an unknown suffix."""
    suffix = PurePath(path).suffix.lower()
    known = _SUFFIXES.get(suffix)
    if known is None:
        problem = f"unknown audio suffix '{suffix}'" if suffix else "the file name has no suffix for the format"
        raise ValueError(f"'{path}': {problem}; choose one of {', '.join(_SUFFIXES)}")
    return known


def media_type(format: AudioFormat) -> str:  # noqa: A002  the name that all interfaces use
    """Return a format's media type, without parameters."""
    return _MEDIA_TYPES[format]


def encoded_rate(format: AudioFormat, sample_rate: int) -> int:  # noqa: A002
    """Return the rate in Hz at which a format stores audio of `sample_rate`.

    This is the rate itself if the format supports it, else the next higher supported rate, else the highest one.
    ValueError for an invalid rate.
    """
    if sample_rate <= 0:
        raise ValueError(f"the sample rate must be above 0 Hz, not {sample_rate}")
    settings = ENCODER_SETTINGS.get(format)
    if settings is None:
        return sample_rate
    if not settings.rates:
        return min(sample_rate, settings.max_rate)
    return min((rate for rate in settings.rates if rate >= sample_rate), default=settings.rates[-1])


def default_bit_rate(format: AudioFormat, rate: int) -> int | None:  # noqa: A002
    """Return a transparent bit rate in bits per second for mono speech at `rate` Hz; None if the format is lossless.

    Opus: 48 kbit/s (in listening tests, 32 is transparent for speech). MP3 and AAC: about 2.7 bits per sample, maximum
    128 kbit/s.
    """
    if format == "opus":
        return 48_000
    if format not in ("mp3", "aac", "m4a"):
        return None
    target = min(max(rate * 8 // 3, 24_000), 128_000)
    return min((kbit * 1000 for kbit in _mp3_kbits(rate)), key=lambda bit_rate: abs(bit_rate - target))


def check_bit_rate(format: AudioFormat, rate: int, bit_rate: int) -> None:  # noqa: A002
    """Raise ValueError unless a format supports a bit rate, in bits per second, for mono audio at `rate` Hz."""
    if format == "mp3":
        kbits = _mp3_kbits(rate)
        if bit_rate not in {kbit * 1000 for kbit in kbits}:
            known = ", ".join(str(kbit) for kbit in kbits)
            raise ValueError(f"mp3 at {rate} Hz does not support {bit_rate / 1000:g} kbit/s; choose one of {known}")
        return
    if format == "opus":
        lowest, highest = 6_000, 256_000  # RFC 6716, and libopus's limit for one channel
    elif format in ("aac", "m4a"):
        lowest, highest = 8_000, 6 * rate  # 6144 bits per frame of 1024 samples (ISO/IEC 14496-3)
    else:
        raise ValueError(f"{format} is lossless; its bit rate can't be set")
    if not lowest <= bit_rate <= highest:
        raise ValueError(
            f"the bit rate of {format} at {rate} Hz must be between {lowest / 1000:g} and {highest / 1000:g} kbit/s, "
            f"not {bit_rate / 1000:g}"
        )


def _mp3_kbits(rate: int) -> tuple[int, ...]:
    if rate >= 32_000:
        return _MPEG1_MP3
    return _MPEG2_MP3 if rate >= 16_000 else _MPEG25_MP3
