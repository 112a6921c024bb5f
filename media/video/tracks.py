"""List the subtitle tracks of a media file, and choose one."""

from __future__ import annotations

from pathlib import Path

import msgspec
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from ..audio.media_file import clean, open_media
from ..errors import MediaError
from .languages import to_bcp47

_IMAGE_CODECS = {
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
    """False for a track of images."""
    is_default: bool
    is_forced: bool
    """Whether the track contains only foreign words and signs, not the whole dialogue."""

    def __str__(self) -> str:
        kind = self.codec if self.is_text else f"images, {_IMAGE_CODECS.get(self.codec, self.codec)}"
        details = [self.language or "no language", kind, *([f"“{self.title}”"] if self.title else [])]
        return f"{self.number}: {', '.join(details)}{', forced' if self.is_forced else ''}"

    @property
    def spoken_language(self) -> str:
        """The language to speak its text in; empty where the tag names none, such as `mul` and `qaa`."""
        primary = self.language.partition("-")[0]
        return "" if primary in ("mul", "mis", "zxx", "x") or "qaa" <= primary <= "qtz" else self.language


def tracks_of(container: InputContainer) -> tuple[SubtitleTrack, ...]:
    """Return the subtitle tracks of an open file."""
    return tuple(_track(number, stream) for number, stream in enumerate(container.streams.subtitles, 1))


def subtitle_tracks(file: Path) -> tuple[SubtitleTrack, ...]:
    """Return a file's subtitle tracks. MediaError if it is missing or isn't media."""
    with open_media(file) as container:
        return tracks_of(container)


def choose_track(tracks: tuple[SubtitleTrack, ...], wanted: str, name: str) -> SubtitleTrack:
    """Return the track for a number (from 1) or a language tag. If `wanted` is empty, return the best text track.

    Text tracks are preferred to images, then complete tracks to forced ones, then the file's default, then the first.
    MediaError, with the tracks of the file `name`, if no track matches or the track contains only images.
    """
    if not tracks:
        raise MediaError(f"'{name}' has no subtitle track; use a subtitle file")
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
        raise MediaError(f"'{name}' has no subtitle track {wanted!r}; it has {listed}")
    best = min(found, key=lambda track: (not track.is_text, track.is_forced, not track.is_default, track.number))
    if not best.is_text:
        raise MediaError(
            f"'{name}': track {best} contains no text; convert it with OCR software and use the resulting file"
        )
    return best


def choice_reason(tracks: tuple[SubtitleTrack, ...], chosen: SubtitleTrack, wanted: str) -> str:
    """Return why `choose_track` chose a track, and what its text may lack."""
    texts = [track for track in tracks if track.is_text]
    if wanted:
        reason = "as requested"
    elif len(tracks) == 1:
        reason = "the only track"
    elif len(texts) == 1:
        reason = "the only one with text"
    elif chosen.is_default:
        reason = "the default one"
    else:
        complete = [track for track in texts if track.is_forced == chosen.is_forced]
        reason = f"the first of {len(complete)} with text"
    if not chosen.is_forced:
        return reason
    reason += "; a forced track has only signs and foreign words"
    images = next((track for track in tracks if not track.is_text and not track.is_forced), None)
    whole = f", and track {images} has the dialogue: convert it with OCR software" if images is not None else ""
    return reason + whole


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
