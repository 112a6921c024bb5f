"""Films in `voxweft dub`: their own subtitles in, and the dub back into a copy of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from . import console
from .progress import steps_bar

if TYPE_CHECKING:
    from ..jobs.dub.job import DubJob
    from ..media.subtitles import SubtitleFile
    from ..media.video import Dub
    from ..utils.streaming.job import StreamOptions
    from ..utils.streaming.runtime import Runtime

_SUBTITLES = {".srt", ".vtt", ".ass", ".ssa", ".txt", ".sub"}
_SEEN_BYTES = 4096
_MOST_DB = 100


class Film:
    """What is dubbed: a film with its subtitles, from its own track or a file, or a subtitle file alone.

    `subs` and `track` say where a film's subtitles are. ValueError for options that need a film where there is none,
    and for an output that is a film, or the film itself, where that can't be.
    """

    def __init__(self, file: Path, output: str, subs: Path | None, track: str) -> None:
        from ..media.video.containers import is_video

        self.file = file
        self.is_film = subs is not None or bool(track) or not _is_text(file)
        self.target = Path(output) if is_video(output) else None
        if subs is not None and track:
            raise ValueError("--subs and --track are two places for the subtitles: give one")
        if not self.is_film and self.target is not None:
            raise ValueError(f"{output} is a film: give the film to dub, and its subtitles with --subs {file}")
        self._subs = subs
        self._track = track

    def read(self, *, quiet: bool) -> tuple[str, SubtitleFile]:
        """Return the name of the subtitles and what is in them."""
        from ..media.subtitles import read_subtitles
        from ..media.video import read_track

        if self.is_film and self._subs is None:
            with steps_bar(quiet=quiet) as show:
                found = read_track(
                    self.file, self._track, on_progress=lambda done: show(f"Reading {self.file.name}", done)
                )
            return self.file.name, found
        file = self._subs or self.file
        return file.name, read_subtitles(file.read_bytes(), name=file.name)

    def write(self, job: DubJob, runtime: Runtime, options: StreamOptions, how: Dub, *, quiet: bool) -> None:
        """Run the job, and put what it made into a copy of the film.

        The sound waits in a nameless file beside the target, where there must be room for the film anyway: its
        subtitles, and where the original has to be quieter, are known when all of it is made.
        """
        from ..media.audio.encode import AudioEncoder
        from ..media.video import mux_dub
        from .output import write_blocks

        assert self.target is not None
        with tempfile.TemporaryFile(dir=self.target.expanduser().resolve().parent) as file:
            speech = cast("BinaryIO", file)
            with AudioEncoder(speech, "flac", job.sample_rate, float32=True) as encoder:
                write_blocks(job, runtime, options, encoder, title="Dubbing", quiet=quiet)
            speech.seek(0)
            places = tuple((cue.start_s, cue.end_s) for cue in job.report().cues if cue.status == "spoken")
            dub = msgspec.structs.replace(how, places=places, subtitles=job.subtitles())
            with steps_bar(quiet=quiet) as show:
                title = f"Writing {self.target}"
                notes = mux_dub(self.file, self.target, speech, dub, on_progress=lambda done: show(title, done))
        if not quiet:
            for note in notes:
                console.note(note)


def film_dub(film: Film, output: str, *, over: bool, duck_db: float, language: str) -> Dub:
    """Return what becomes of a dub, as the options say. ValueError for what can't be, before anything is spoken."""
    from ..media.video import Dub, check_mux
    from ..media.video.duck import Ducking

    if not 0 <= duck_db <= _MOST_DB:
        raise ValueError(f"--duck-db {duck_db:g}: the original is turned down by 0 to {_MOST_DB} dB")
    dub = Dub(over=over, ducking=Ducking(amount_db=duck_db), language=language)
    if film.target is not None:
        check_mux(film.file, film.target, dub)
    elif over:
        raise ValueError(f"{output} has no sound of a film to lie over: --over is for films (-o dubbed.mkv)")
    return dub


def _is_text(file: Path) -> bool:
    """Whether a file holds subtitles rather than a film: by its name, else by its begin."""
    if file.suffix.lower() in _SUBTITLES:
        return True
    from ..media.video.containers import is_video

    if is_video(file):
        return False
    with file.open("rb") as opened:
        begin = opened.read(_SEEN_BYTES)
    return b"\0" not in begin or begin[:2] in (b"\xff\xfe", b"\xfe\xff")
