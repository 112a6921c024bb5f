"""Videos in `voxweft dub`: read their subtitles, and write a dubbed copy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from . import console
from .piped_file import is_piped, looks_like_text, read_piped
from .progress import steps_bar

if TYPE_CHECKING:
    from ..jobs.dub.job import DubJob
    from ..media.subtitles import ReadOptions, SubtitleFile
    from ..media.video import Dub, SubtitleTrack
    from ..utils.streaming.job import StreamOptions
    from ..utils.streaming.runtime import Runtime

_SUBTITLES = {".txt", ".sub", ".xml", ".smi"}
"""Suffixes that stand for several formats of subtitles."""
_PROBED_BYTES = 4096
_MAX_DUCK_DB = 100


class DubSource:
    """The source to dub: a video with its subtitles (from a track or a file), or a subtitle file alone.

    Args:
        file: The video or the subtitle file.
        output: The audio file or the dubbed copy to write.
        subs: The subtitle file of a video; None to read one of its tracks.
        track: The track to read, as a number or a language; "" for the first.
        options: How to read the subtitles.

    Raises:
        ValueError: The options contradict each other, or need a video and `file` isn't one.
    """

    def __init__(self, file: Path, output: str, subs: Path | None, track: str, options: ReadOptions) -> None:
        from ..media.video.containers import is_video

        if subs is not None and is_piped(subs) and is_piped(file):
            raise ValueError("the video and its subtitles can't both be read from a pipe")
        self._piped: bytes | None = None
        self.file = self._once(file)
        is_text = self._piped is not None or _is_text(self.file)
        self.is_video = subs is not None or bool(track) or not is_text
        self.target = Path(output) if is_video(output) else None
        if subs is not None and track:
            raise ValueError("--subs and --track exclude each other")
        if not self.is_video and self.target is not None:
            raise ValueError(f"{output} is a video; give the video to dub, and its subtitles with --subs {file}")
        if self.is_video and self._piped is not None:
            raise ValueError(f"{file} contains text, not a video")
        self.told: tuple[str, ...] = ()
        """The notes on the copy that were printed before the work."""
        self._subs = self._once(subs) if subs is not None else None
        self._track = track
        self._options = options

    def _once(self, file: Path) -> Path:
        """Return the path to read a file from. A pipe is read here, since it can be read only once."""
        if not is_piped(file):
            return file
        self._piped, path = read_piped(file)
        return path

    @property
    def film(self) -> Path | None:
        """The video that is dubbed; None for a subtitle file alone."""
        return self.file if self.is_video else None

    def choose_track(self, *, quiet: bool) -> SubtitleTrack | None:
        """Choose the track to read, and say which one and why. None if the subtitles are a file."""
        from ..media.video import choice_reason, choose_track, subtitle_tracks

        if not self.is_video or self._subs is not None:
            return None
        tracks = subtitle_tracks(self.file)
        chosen = choose_track(tracks, self._track, str(self.file))
        if not quiet:
            console.err.print(
                f"{self.file.name}: subtitle track {chosen} ({choice_reason(tracks, chosen, self._track)})",
                soft_wrap=True,
            )
        self._track = str(chosen.number)
        return chosen

    def read(self, *, quiet: bool) -> tuple[str, SubtitleFile]:
        """Return the name of the file with the subtitles, and its content."""
        from ..media.subtitles import SubtitleError, read_subtitles
        from ..media.video import read_track

        if self.is_video and self._subs is None:
            with steps_bar(quiet=quiet) as show:
                found = read_track(
                    self.file,
                    self._track,
                    options=self._options,
                    on_progress=lambda done: show(f"Reading {self.file.name}", done),
                )
            return self.file.name, found
        file = self._subs or self.file
        try:
            data = file.read_bytes() if self._piped is None else self._piped
            return file.name, read_subtitles(data, name=file.name, options=self._options)
        except SubtitleError as error:
            raise ValueError(f"{file}: {error}") from None

    def write(self, job: DubJob, runtime: Runtime, options: StreamOptions, settings: Dub, *, quiet: bool) -> None:
        """Run the job and write a copy of the video with its audio.

        The subtitles and the ducked spans are known only when all speech is made. Until then the speech is kept in an
        unnamed file next to the target, where the copy of the video needs space anyway.
        """
        from ..media.audio.encode import AudioEncoder
        from ..media.video import mux_dub
        from ..utils.atomic_file import naming
        from .output import write_blocks

        assert self.target is not None
        with tempfile.TemporaryFile(dir=self.target.expanduser().resolve().parent) as file:
            speech = cast("BinaryIO", file)
            with naming(self.target), AudioEncoder(speech, "flac", job.sample_rate, float32=True) as encoder:
                write_blocks(job, runtime, options, encoder, title="Dubbing", quiet=quiet)
            speech.seek(0)
            spans = tuple((cue.start_s, cue.end_s) for cue in job.report().cues if cue.status == "spoken")
            dub = msgspec.structs.replace(settings, speech_spans=spans, subtitles=job.subtitles())
            with steps_bar(quiet=quiet) as show:
                title = f"Writing {self.target}"
                notes = mux_dub(self.file, self.target, speech, dub, on_progress=lambda done: show(title, done))
        job.notes.extend(notes)
        if not quiet:
            for note in notes:
                if note not in self.told:
                    console.note(note)


def video_dub(
    source: DubSource, output: str, *, voice_over: bool, duck_db: float | None, language: str, quiet: bool
) -> Dub:
    """Return the settings for writing the dub, and try to write it. Raises what can be wrong before anything is spoken.

    Raises:
        ValueError: An option is invalid, or the copy can't be written.
        OSError: The folder can't be written to.
    """
    from ..media.video import Dub, check_mux
    from ..media.video.ducking import Ducking

    if duck_db is not None and not voice_over:
        raise ValueError("--duck-db is for the original audio under a voice-over; add --voice-over, or leave it out")
    if duck_db is not None and not 0 <= duck_db <= _MAX_DUCK_DB:
        raise ValueError(f"--duck-db {duck_db:g} must be between 0 and {_MAX_DUCK_DB} dB")
    ducking = Ducking() if duck_db is None else Ducking(amount_db=duck_db)
    dub = Dub(voice_over=voice_over, ducking=ducking, language=language)
    if source.target is not None:
        with steps_bar(quiet=quiet) as show:
            show(f"Trying to write {source.target}", 0.0)
            source.told = check_mux(source.file, source.target, dub)
        if not quiet:
            for note in source.told:
                console.note(note)
    elif voice_over:
        raise ValueError(f"--voice-over needs a video as output, such as -o dubbed.mkv, not {output}")
    return dub


def _is_text(file: Path) -> bool:
    """Return whether a file holds subtitles rather than a video, by its suffix or its first bytes."""
    from ..media.subtitles.detect import named_format
    from ..media.video.containers import is_video

    if file.suffix.lower() in _SUBTITLES or named_format(file.name) is not None:
        return True
    if is_video(file):
        return False
    with file.open("rb") as opened:
        return looks_like_text(opened.read(_PROBED_BYTES))
