"""What the containers that are written hold: the codec of the dub, that of its subtitles, and which streams at all."""

from __future__ import annotations

from pathlib import PurePath

import msgspec

from .languages import to_iso639


class VideoContainer(msgspec.Struct, frozen=True):
    """A container. `codecs` empty: FFmpeg's muxer knows by itself what it can hold."""

    name: str
    muxer: str
    audio_encoder: str
    subtitle_codec: str
    keeps_attachments: bool = False
    codecs: frozenset[str] = frozenset()
    old_codes: bool = False
    """Of languages that have two codes of three letters, QuickTime knows the older one (`ger`, not `deu`)."""

    @property
    def title_tag(self) -> str:
        """The tag that players show as a track's name: MP4 and QuickTime have a handler's name for that."""
        return "handler_name" if self.subtitle_codec == "mov_text" else "title"

    def language(self, tag: str) -> str:
        """Return the code for a BCP-47 tag, `und` for none. ValueError for what is no tag."""
        return to_iso639(tag, old=self.old_codes)


_MATROSKA = VideoContainer("Matroska", "matroska", "aac", "srt", keeps_attachments=True)
_MP4 = VideoContainer("MP4", "mp4", "aac", "mov_text")
_WEBM = frozenset({"vp8", "vp9", "av1", "opus", "vorbis", "webvtt"})
_CONTAINERS = {
    ".mkv": _MATROSKA,
    ".mka": _MATROSKA,
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": VideoContainer("QuickTime", "mov", "aac", "mov_text", old_codes=True),
    ".webm": VideoContainer("WebM", "webm", "libopus", "webvtt", codecs=_WEBM),
}
"""AAC where it is allowed, since televisions and phones play it everywhere."""


def is_video(path: PurePath | str) -> bool:
    """Whether a dub for a file of that name goes into a film."""
    return PurePath(path).suffix.lower() in _CONTAINERS


def container_of(path: PurePath | str) -> VideoContainer:
    """Return the container that a name stands for. ValueError lists those that are known."""
    found = _CONTAINERS.get(PurePath(path).suffix.lower())
    if found is None:
        raise ValueError(f"{path}: films are written as {', '.join(_CONTAINERS)}")
    return found


def bit_rate(encoder: str, n_channels: int) -> int:
    """Return the bits a second of a sound track: 96 kbit/s for a channel, and 64 for each further one."""
    per_channel = 64_000 if encoder == "libopus" else 80_000
    return 96_000 + per_channel * (n_channels - 1)
