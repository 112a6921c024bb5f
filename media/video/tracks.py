"""The subtitle tracks of a media file, and which of them is meant."""

from __future__ import annotations

from pathlib import Path

import msgspec
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from ..audio.media_file import clean, open_media
from ..errors import MediaError
from .languages import to_bcp47

_PICTURES = {
    "hdmv_pgs_subtitle": "Blu-ray (PGS)",
    "dvd_subtitle": "DVD (VobSub)",
    "dvb_subtitle": "DVB",
    "xsub": "DivX (XSUB)",
}


class SubtitleTrack(msgspec.Struct, frozen=True):
    """A subtitle track. `number` counts a file's subtitle tracks from 1; `language` is a BCP-47 tag, or empty."""

    number: int
    codec: str
    language: str
    title: str
    is_text: bool
    """Else it holds pictures of text."""
    is_default: bool
    is_forced: bool
    """Only foreign words and signs, not the whole dialogue."""

    def __str__(self) -> str:
        kind = self.codec if self.is_text else f"pictures, {_PICTURES.get(self.codec, self.codec)}"
        about = [self.language or "no language", kind, *([f"“{self.title}”"] if self.title else [])]
        return f"{self.number}: {', '.join(about)}{', forced' if self.is_forced else ''}"


def tracks_of(container: InputContainer) -> tuple[SubtitleTrack, ...]:
    """Return the subtitle tracks of an open file."""
    return tuple(_track(number, stream) for number, stream in enumerate(container.streams.subtitles, 1))


def subtitle_tracks(file: Path) -> tuple[SubtitleTrack, ...]:
    """Return a file's subtitle tracks. MediaError if it isn't there or isn't media."""
    with open_media(file) as container:
        return tracks_of(container)


def choose_track(tracks: tuple[SubtitleTrack, ...], wanted: str, name: str) -> SubtitleTrack:
    """Return the track that is meant by a number (from 1), a language tag, or nothing: the default, or first, of text.

    Of several in a language, one of text that isn't forced comes first, then the file's default, then the first.
    MediaError names what the file `name` has; a track of pictures is refused by name, for there is no text in it.
    """
    if not tracks:
        raise MediaError(f"{name} has no subtitle track; give a subtitle file")
    listed = "; ".join(str(track) for track in tracks)
    if wanted.isdecimal():
        found = [track for track in tracks if track.number == int(wanted)]
    elif wanted:
        tag = to_bcp47(wanted.lower()) or wanted
        found = [track for track in tracks if track.language == tag]
        found = found or [track for track in tracks if track.language.partition("-")[0] == tag.partition("-")[0]]
    else:
        found = list(tracks)
    if not found:
        raise MediaError(f"{name} has no subtitle track {wanted!r}; it has {listed}")
    best = min(found, key=lambda track: (not track.is_text, track.is_forced, not track.is_default, track.number))
    if not best.is_text:
        raise MediaError(
            f"{name}: track {best} holds no text; read it with a program for text recognition, and give that file"
        )
    return best


def _track(number: int, stream: SubtitleStream) -> SubtitleTrack:
    codec = stream.codec_context.codec if stream.codec_context is not None else None
    return SubtitleTrack(
        number=number,
        codec=codec.canonical_name if codec is not None else "unknown",
        language=to_bcp47(stream.metadata.get("language")),
        title=clean(stream.metadata.get("title", "")),
        is_text=codec is not None and codec.text_sub,
        is_default=bool(stream.disposition & Disposition.default),
        is_forced=bool(stream.disposition & Disposition.forced),
    )
