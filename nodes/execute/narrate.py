"""Narrate a book in ComfyUI's thread: the request, the run, and the outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec
from comfy.model_management import throw_exception_if_processing_interrupted
from comfy_execution.graph import ExecutionBlocker

from ...jobs.errors import NarrationError
from ...jobs.narrate.folder import MANIFEST
from ...jobs.narrate.job import NarrateJob, SpokenSegment
from ...jobs.narrate.preview import narrated_audio, spoken_audio
from ...jobs.narrate.run import NarrateReport, NarrationRun
from ...jobs.narrate.settings import BookPauses, NarrateSettings
from ...jobs.progress import Progress
from ...jobs.requests.narrate import NarrateRequest
from ...jobs.voices import Cast
from ...media.books import Book, book_from_texts, read_book
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime, shared_runtime
from ..comfy.audio import HostAudio, as_audio
from ..comfy.commands import runnable_commands
from ..comfy.files import output_folder, read_input
from ..comfy.live_events import LiveAudio
from ..comfy.memory import present_workers
from ..comfy.progress import HostProgress
from ..comfy.run import free_memory_for, to_json
from ..common.inputs import (
    BOOK_SUFFIXES,
    FORMATS,
    ON_FAILURE,
    SUBTITLES,
    check_option,
    level_of,
    markup_of,
    normalization_of,
)
from ..common.resolve import make_lexicon, make_speaker
from ..common.values import EngineValue, LexiconValue, VoiceValue
from .speak import segment_numbers

_FOLDER = "voxweft/narration"
_UNTITLED = "narration"
_MAX_ID_CHARS = 40
MAX_BOOK_BYTES = 256 << 20
"""Maximum size of a book. The command line has no such limit."""


class NarrateInputs(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of a Narrate node; `VoxweftNarrate` describes them."""

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
    chapter_pattern: str
    only: str
    output_audio: bool
    on_failure: str
    restart: bool
    engine: EngineValue | None = None
    speaker: VoiceValue | None = None
    cast: Cast | None = None
    lexicon: LexiconValue | None = None
    seed: int = 0
    read_as: str = "auto"
    level_voices: bool = True
    normalize: str = "on"
    pause_scale: float = 1.0

    def book(self, name: str) -> Book:
        """Return the book. `name` is the title of a book without one. BookError names the position of an error."""
        pattern = self.chapter_pattern or None
        if self.file:
            return read_book(read_input(self.file, BOOK_SUFFIXES, MAX_BOOK_BYTES), self.file, pattern)
        if len(self.texts) == 1:
            return read_book(self.texts[0].encode(), f"{name}.txt", pattern)
        if pattern:
            raise ValueError(
                "'chapter_pattern' cannot be used with a list of texts, which has one text per chapter; clear it"
            )
        return book_from_texts(self.texts, name)

    def settings(self) -> NarrateSettings:
        """Return the settings of the output files. ValueError if one is invalid."""
        options = {"format": FORMATS, "subtitles": SUBTITLES}
        chosen: dict[str, Any] = {
            name: None if check_option(name, getattr(self, name), known) == "none" else getattr(self, name)
            for name, known in options.items()
        }
        return NarrateSettings(
            **chosen,
            m4b=self.m4b,
            level=level_of(self.level_voices),
            loudness_lufs=self.loudness_lufs or None,
            ceiling_dbtp=self.ceiling_dbtp,
            pauses=BookPauses(
                sentence_s=self.sentence_pause_s,
                paragraph_s=self.paragraph_pause_s,
                chapter_s=self.chapter_pause_s,
                scale=self.pause_scale,
            ),
        )


class NarrateResult(NamedTuple):
    """The node's outputs, and its UI output."""

    audio: list[HostAudio] | ExecutionBlocker
    manifest: str
    files: list[str]
    report: str
    ui: dict[str, Any]


@runnable_commands()
def narrate_on_host(inputs: NarrateInputs, *, node_id: str | None, workflow: object = None) -> NarrateResult:
    """Narrate a book. Cancel raises ComfyUI's interruption; the next run resumes there.

    `workflow` is the host's `extra_pnginfo`.
    """
    check_option("on_failure", inputs.on_failure, ON_FAILURE)
    runtime = shared_runtime()
    folder, name = output_folder(inputs.folder or own_folder(workflow, node_id))
    book = inputs.book(folder.name if inputs.folder else _UNTITLED)
    request = NarrateRequest(
        book=book,
        output=folder,
        settings=inputs.settings(),
        speaker=make_speaker(
            runtime, inputs.engine, inputs.speaker, voice=inputs.voice, speed=inputs.speed, seed=inputs.seed
        ),
        cast=inputs.cast,
        markup=markup_of(inputs.read_as),
        lexicon=make_lexicon(inputs.lexicon),
        **normalization_of(inputs.normalize)._asdict(),
        only=segment_numbers(inputs.only, "only"),
        workers=inputs.engine.workers if inputs.engine else 1,
        on_failure="report" if inputs.on_failure == "continue" else "raise",
    )
    job = request.job(runtime)
    with _open_run(job, runtime, request.options, name, restart=inputs.restart) as run:
        _run(run, runtime, node_id)
        report = run.report()
        audio: list[HostAudio] | ExecutionBlocker
        if inputs.output_audio:
            audio = []
            for chapter in job.chapters:
                throw_exception_if_processing_interrupted()
                audio.append(as_audio(list(narrated_audio(run, chapter)), job.sample_rate))
        else:
            audio = ExecutionBlocker("Narrate wrote files only; turn on 'output_audio' to get audio")
        manifest = (folder / MANIFEST).read_text(encoding="utf-8")
    return _result(name, book, report, audio, manifest)


def own_folder(workflow: object, node_id: str | None) -> str:
    """Return the folder of a node whose 'folder' is empty: one for each node of each workflow.

    A prompt that a program sends has no workflow.
    """
    known = workflow.get("workflow") if isinstance(workflow, dict) else None
    identity = known.get("id") if isinstance(known, dict) else None
    parts = [re.sub(r"[^\w-]+", "-", str(part))[:_MAX_ID_CHARS] for part in (identity or "api", node_id or "node")]
    return f"{_FOLDER}/{'-'.join(parts)}"


@contextmanager
def _open_run(
    job: NarrateJob, runtime: Runtime, options: StreamOptions, name: str, *, restart: bool
) -> Iterator[NarrationRun]:
    free_memory_for((segment for chapter in job.chapters for segment in chapter.segments), runtime)
    try:
        run = NarrationRun(job, runtime, options, restart=restart)
    except NarrationError as error:
        message = str(error).replace(f"'{job.folder}'", f"'output/{name}'").replace("--restart", "'restart'")
        raise ValueError(message) from None
    with run:
        yield run


def _run(run: NarrationRun, runtime: Runtime, node_id: str | None) -> None:
    progress = HostProgress(None, node_id)

    def poll() -> None:
        throw_exception_if_processing_interrupted()
        progress.flush()

    try:
        if not run.missing():
            run.make(on_progress=progress.update, poll=poll)
        else:
            with LiveAudio(node_id, run.job.sample_rate) as live:

                def play(spoken: SpokenSegment) -> None:
                    for block in spoken_audio(run, spoken):
                        live.write(block)

                run.on_spoken = play
                run.make(on_progress=progress.update, poll=poll)
    finally:
        present_workers(runtime)
    done = run.report()
    message = (
        f"{done.made} segments generated, {done.kept} reused, {len(done.failed)} failed; {done.duration_s:.0f} s of "
        "audio"
    )
    progress.update(Progress(fraction_done=1.0, message=message))
    progress.flush(now=True)


def _result(
    name: str, book: Book, report: NarrateReport, audio: list[HostAudio] | ExecutionBlocker, manifest: str
) -> NarrateResult:
    names = [file for chapter in report.chapters for file in chapter.files]
    files = [f"{name}/{file}" for file in (*names, *((report.book_file,) if report.book_file else ()))]
    sounds = [file for file in names if PurePath(file).suffix[1:] in FORMATS]
    notes = [*(str(note) for note in book.notes), *report.notes]
    report_json = to_json(msgspec.structs.replace(report, folder=name), notes=notes)
    shown = [{"filename": file, "subfolder": name, "type": "output"} for file in sounds]
    return NarrateResult(audio, manifest, files, report_json, {"voxweft": shown, "text": files})
