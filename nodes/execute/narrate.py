"""A book narrated by a node: what was asked for, its run in ComfyUI's thread, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec
from comfy.model_management import throw_exception_if_processing_interrupted
from comfy_execution.graph import ExecutionBlocker

from ...jobs.narrate.folder import MANIFEST, NarrationError
from ...jobs.narrate.job import NarrateJob, SpokenSegment, narrate, reader_of
from ...jobs.narrate.preview import narrated_sound, spoken_sound
from ...jobs.narrate.run import NarrateReport, NarrationRun
from ...jobs.narrate.settings import BookPauses, NarrateSettings
from ...jobs.progress import Progress
from ...jobs.voices import Cast
from ...media.books import Book, book_of_texts, read_book
from ...utils.streaming.runtime import Runtime, shared_runtime
from ..comfy.audio import HostAudio, as_audio
from ..comfy.files import output_folder, read_input
from ..comfy.live_events import Broadcast
from ..comfy.memory import present_workers
from ..comfy.progress import HostProgress
from ..comfy.run import prepare, to_json
from ..common.inputs import BOOK_SUFFIXES, FORMATS, ON_FAILURE, SUBTITLES, check_option, markup_of
from ..common.resolve import make_lexicon, make_speaker, settle_cast
from ..common.values import EngineValue, LexiconValue, VoiceValue
from .speak import segment_numbers

MAX_BOOK_BYTES = 256 << 20
"""A book with its pictures; a larger one is for the command line."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a Narrate node's widgets, and what is connected to it; see there."""

    texts: tuple[str, ...]
    file: str
    folder: str
    voice: str
    speed: float
    format: str
    m4b: bool
    loudness_lufs: float
    ceiling_dbtp: float
    sentence_pause_s: float
    paragraph_pause_s: float
    chapter_pause_s: float
    subtitles: str
    chapters: str
    only: str
    give_audio: bool
    on_failure: str
    restart: bool
    engine: EngineValue | None = None
    speaker: VoiceValue | None = None
    cast: Cast | None = None
    lexicon: LexiconValue | None = None
    seed: int = 0
    read_as: str = "auto"

    def book(self, name: str) -> Book:
        """Return the book; `name` is what one without a title of its own is called. BookError names the place."""
        pattern = self.chapters or None
        if self.file:
            return read_book(read_input(self.file, BOOK_SUFFIXES, MAX_BOOK_BYTES), self.file, pattern)
        if len(self.texts) == 1:
            return read_book(self.texts[0].encode(), f"{name}.txt", pattern)
        if pattern:
            raise ValueError("'chapters' finds them in one text; a list of texts is a chapter each")
        return book_of_texts(self.texts, name)

    def settings(self) -> NarrateSettings:
        """Return what is to be made of the spoken segments. ValueError for what can't be."""
        options = {"format": FORMATS, "subtitles": SUBTITLES}
        chosen: dict[str, Any] = {
            name: None if check_option(name, getattr(self, name), known) == "none" else getattr(self, name)
            for name, known in options.items()
        }
        return NarrateSettings(
            **chosen,
            m4b=self.m4b,
            loudness_lufs=self.loudness_lufs or None,
            ceiling_dbtp=self.ceiling_dbtp,
            pauses=BookPauses(
                sentence_s=self.sentence_pause_s,
                paragraph_s=self.paragraph_pause_s,
                chapter_s=self.chapter_pause_s,
            ),
        )


class Narrated(NamedTuple):
    """What a narration gives: the node's outputs, and what the browser is shown."""

    audio: list[HostAudio] | ExecutionBlocker
    manifest: str
    files: list[str]
    report: str
    ui: dict[str, Any]


def narrate_on_host(asked: Asked, *, node_id: str | None) -> Narrated:
    """Narrate a book. Cancel comes through as it is, and the next run goes on from there."""
    check_option("on_failure", asked.on_failure, ON_FAILURE)
    runtime = shared_runtime()
    folder, name = output_folder(asked.folder)
    book = asked.book(folder.name)
    who = reader_of(
        book,
        make_speaker(runtime, asked.engine, asked.speaker, voice=asked.voice, speed=asked.speed, seed=asked.seed),
    )
    job = narrate(
        book,
        who,
        runtime.registry,
        folder,
        asked.settings(),
        cast=settle_cast(runtime, asked.cast, who),
        markup=markup_of(asked.read_as),
        lexicon=make_lexicon(asked.lexicon),
        only=segment_numbers(asked.only, "only"),
    )
    with _opened(job, runtime, asked) as run:
        _make(run, runtime, node_id)
        report = run.report()
        audio: list[HostAudio] | ExecutionBlocker
        if asked.give_audio:
            audio = []
            for chapter in job.chapters:
                throw_exception_if_processing_interrupted()
                audio.append(as_audio(list(narrated_sound(run, chapter)), job.sample_rate))
        else:
            audio = ExecutionBlocker("Narrate makes files alone: turn 'give_audio' on for audio")
        manifest = (folder / MANIFEST).read_text(encoding="utf-8")
    return _told(name, book, report, audio, manifest)


@contextmanager
def _opened(job: NarrateJob, runtime: Runtime, asked: Asked) -> Iterator[NarrationRun]:
    options = prepare(
        (segment for chapter in job.chapters for segment in chapter.segments),
        runtime,
        asked.engine.workers if asked.engine else 1,
        "report" if asked.on_failure == "continue" else "raise",
    )
    try:
        run = NarrationRun(job, runtime, options, anew=asked.restart)
    except NarrationError as error:
        raise ValueError(str(error).replace("--restart", "'restart'")) from None
    with run:
        yield run


def _make(run: NarrationRun, runtime: Runtime, node_id: str | None) -> None:
    progress = HostProgress(None, node_id)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    try:
        if not run.missing():
            run.make(on_progress=progress.update, poll=poll)
        else:
            with Broadcast(node_id, run.job.sample_rate) as broadcast:

                def heard(spoken: SpokenSegment) -> None:
                    for block in spoken_sound(run, spoken):
                        broadcast.write(block)

                run.on_spoken = heard
                run.make(on_progress=progress.update, poll=poll)
    finally:
        present_workers(runtime)
    done = run.report()
    message = (
        f"{done.made} segments spoken, {done.kept} there before, {len(done.failed)} failed; {done.duration_s:.0f} s"
    )
    progress.update(Progress(segments_done=1, segments_total=1, message=message))
    progress.flush(now=True)


def _told(
    name: str, book: Book, report: NarrateReport, audio: list[HostAudio] | ExecutionBlocker, manifest: str
) -> Narrated:
    names = [file for chapter in report.chapters for file in chapter.files]
    files = [f"{name}/{file}" for file in (*names, *((report.book_file,) if report.book_file else ()))]
    sounds = [file for file in names if PurePath(file).suffix[1:] in FORMATS]
    told = to_json(msgspec.structs.replace(report, folder=name), notes=[str(note) for note in book.notes])
    heard = [{"filename": file, "subfolder": name, "type": "output"} for file in sounds]
    return Narrated(audio, manifest, files, told, {"voxweft": heard, "text": files})
