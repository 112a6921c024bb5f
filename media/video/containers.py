"""The output containers: the codecs of the dub and its subtitles, and the streams they can contain."""

from __future__ import annotations

from pathlib import PurePath

import msgspec
from av.stream import Stream

from .languages import to_bcp47, to_iso639


class VideoContainer(msgspec.Struct, frozen=True):
    """A container. With empty `codecs`, FFmpeg's muxer decides which streams it can contain."""

    name: str
    muxer: str
    audio_encoder: str
    subtitle_codec: str
    keeps_attachments: bool = False
    codecs: frozenset[str] = frozenset()
    old_codes: bool = False
    """Matroska and QuickTime use the older of two three-letter language codes (`ger`, not `deu`)."""
    has_regions: bool = False
    """Whether a language code may be followed by a region (`por-br`)."""

    @property
    def is_mp4(self) -> bool:
        """Whether it is of MP4's family: with FourCCs of Apple, and time codes."""
        return self.subtitle_codec == "mov_text"

    @property
    def options(self) -> dict[str, str]:
        """The muxer's options."""
        options = {"fflags": "+bitexact"}  # otherwise Matroska's identifiers are random
        # MP4 states the begin of each track in this unit; FFmpeg's default is a millisecond.
        return options | {"movie_timescale": "90000"} if self.is_mp4 else options

    @property
    def other(self) -> str:
        """What to do about a film that the container can't contain."""
        return "convert the film first, such as to H.264" if self.keeps_attachments else "write a .mkv file instead"

    @property
    def title_tag(self) -> str:
        """The tag that players show as a track's name: in MP4 and QuickTime it is the handler's name."""
        return "handler_name" if self.is_mp4 else "title"

    def language(self, tag: str) -> str:
        """Return the language code for a BCP-47 tag, `und` for an empty one. ValueError for an invalid tag."""
        return to_iso639(tag, old=self.old_codes, region=self.has_regions)

    def describe(self, stream: Stream, language: str, title: str) -> None:
        """Set a stream's language (a BCP-47 tag) and title. An empty title shows a region that the code can't have."""
        try:
            code = self.language(language)
        except ValueError:
            code = "und"  # a private tag (x-...)
        stream.metadata["language"] = code
        shown = title or (language if language and to_bcp47(code) != language else "")
        if shown:
            stream.metadata[self.title_tag] = shown


_MATROSKA = VideoContainer(
    "Matroska", "matroska", "aac", "srt", keeps_attachments=True, old_codes=True, has_regions=True
)
_MP4 = VideoContainer("MP4", "mp4", "aac", "mov_text")
_WEBM = frozenset({"vp8", "vp9", "av1", "opus", "vorbis", "webvtt"})
_CONTAINERS = {
    ".mkv": _MATROSKA,
    ".mka": _MATROSKA,
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": VideoContainer("QuickTime", "mov", "aac", "mov_text", old_codes=True),
    ".webm": VideoContainer("WebM", "webm", "libopus", "webvtt", codecs=_WEBM, old_codes=True, has_regions=True),
}
"""The encoder is AAC where possible, because all televisions and phones play it."""


def is_video(path: PurePath | str) -> bool:
    """Return whether a file name has the suffix of a supported video file."""
    return PurePath(path).suffix.lower() in _CONTAINERS


def container_of(path: PurePath | str) -> VideoContainer:
    """Return the container for a file name. ValueError for an unknown suffix."""
    found = _CONTAINERS.get(PurePath(path).suffix.lower())
    if found is None:
        raise ValueError(f"'{path}': unsupported video suffix; choose one of {', '.join(_CONTAINERS)}")
    return found


def bit_rate(encoder: str, n_channels: int) -> int:
    """Return the bit rate of an audio track: 96 kbit/s for the first channel, 64 (Opus) or 80 for each further one."""
    per_channel = 64_000 if encoder == "libopus" else 80_000
    return 96_000 + per_channel * (n_channels - 1)
