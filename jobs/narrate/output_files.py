"""The files of a narration: what they are called, what decides their bytes, and how each is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ...media.audio.encode import AudioEncoder
from ...media.audio.loudness import Leveler, LoudnessMeter, gain_to
from ...media.audio.m4b import M4bWriter
from ...utils.atomic_file import atomic_output
from .chapter_audio import Span, Take, chapter_blocks, chapter_spans, chapter_subtitles, chapter_words
from .folder import Kept, NarrationFolder, is_unchanged
from .job import NarrateJob
from .manifest import OutputFile, OutputLine
from .plan import ChapterPlan
from .stage_state import Level

BOOK = 0
"""The chapter's number that stands for the whole book."""
_DOMAIN = b"voxweft narration output 1"
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_NAME_CHARS = 80
_WORDS = ".words.json"

Blocks = Iterable[NDArray[np.float32]]
OnBlock = Callable[[int], None]
"""Told how many samples went into a file."""


def base_name(number: int, title: str, n_chapters: int) -> str:
    """Return what a chapter's files are called, without their suffix: "03 Down the Rabbit-Hole"."""
    return f"{number:0{max(2, len(str(n_chapters)))}d} {safe_name(title)}".rstrip()


def safe_name(title: str) -> str:
    """Return a title as a file's name that every system takes; it may be empty."""
    words = " ".join(_UNFIT.sub(" ", title).split())
    return words.encode("utf-8", "ignore")[:200].decode("utf-8", "ignore")[:_NAME_CHARS].strip(" .")


def chapter_inputs(job: NarrateJob, chapter: ChapterPlan, take: Take) -> str:
    """Return a digest of all that decides the bytes of a chapter's files."""
    settings = msgspec.structs.replace(job.settings, m4b=False)
    fields = (
        msgspec.to_builtins(settings),
        job.sample_rate,
        job.language,
        (job.book.title, job.book.author, len(job.plan.chapters)),
        (chapter.number, chapter.title, chapter.place, chapter.start, chapter.first),
        _sounds(chapter, take),
    )
    return _digest(fields, chapter.text.encode("utf-8", "replace"))


def book_inputs(job: NarrateJob, take: Take) -> str:
    """Return a digest of all that decides the bytes of the whole book's file."""
    settings = job.settings
    fields = (
        (settings.loudness_lufs, settings.ceiling_dbtp, settings.bit_rate, job.sample_rate),
        (job.book.title, job.book.author),
        [(chapter.title, _sounds(chapter, take)) for chapter in job.book_chapters],
    )
    return _digest(fields, job.book.cover.data if job.book.cover is not None else b"")


def is_fresh(folder: NarrationFolder, output: OutputLine) -> bool:
    """Whether an output's files lie there as they were made."""
    return all(is_unchanged(folder.path, made) for made in output.files)


def measure(job: NarrateJob, blocks: Blocks) -> Level:
    """Return what brings a chapter to its loudness: two passes over its sound, of which this is the first."""
    target, ceiling = job.settings.loudness_lufs, job.settings.ceiling_dbtp
    assert target is not None, "there is a loudness to bring it to"
    meter = LoudnessMeter(job.sample_rate)
    for block in blocks:
        meter.add(block)
    loudness = meter.result()
    gain_db = gain_to(target, loudness)
    return Level(gain_db, loudness.integrated_lufs, limits=loudness.true_peak_dbtp + gain_db > ceiling)


def leveled(
    job: NarrateJob, chapter: ChapterPlan, blocks: Blocks, level: Level | None
) -> Iterator[NDArray[np.float32]]:
    """Yield a chapter's sound at its loudness. Members who were made louder are limited, too."""
    if level is None and any(chapter.gain_db(index) > 0 for index in range(len(chapter.segments))):
        level = Level(0.0, None, limits=True)
    if level is None:
        yield from blocks
    elif level.limits:
        leveller = Leveler(job.sample_rate, level.gain_db, job.settings.ceiling_dbtp)
        for block in blocks:
            yield leveller.process(block)
        yield leveller.flush()
    else:
        factor = np.float32(10 ** (level.gain_db / 20))
        for block in blocks:
            yield block * factor


def write_chapter(
    job: NarrateJob, folder: NarrationFolder, chapter: ChapterPlan, take: Take, level: Level | None, on_block: OnBlock
) -> OutputLine:
    """Write a chapter's files, each whole or not at all, and return what the manifest says of them."""
    settings = job.settings
    made: list[OutputFile] = []
    base = base_name(chapter.number, chapter.title, len(job.plan.chapters))
    if settings.format is not None:
        tags = {
            "title": chapter.title,
            "album": job.book.title,
            "artist": job.book.author,
            "track": f"{chapter.number}/{len(job.plan.chapters)}",
        }
        with (
            _output(folder.path, f"{base}.{settings.format}", made) as file,
            AudioEncoder(
                file, settings.format, job.sample_rate, bit_rate=settings.bit_rate, tags=_said(tags)
            ) as encoder,
        ):
            for block in leveled(job, chapter, chapter_blocks(chapter, folder, take, job.sample_rate), level):
                encoder.write(block)
                on_block(block.size)
    spans, n_samples = chapter_spans(chapter, take, job.sample_rate)
    if settings.subtitles is not None or settings.words:
        _write_texts(job, folder, chapter, take, spans, n_samples, base, made)
    return OutputLine(
        chapter=chapter.number,
        title=chapter.title,
        inputs=chapter_inputs(job, chapter, take),
        files=tuple(made),
        duration_s=round(n_samples / job.sample_rate, 3),
        lufs=None if level is None or level.lufs is None else round(level.lufs, 2),
        gain_db=0.0 if level is None else round(level.gain_db, 2),
    )


def write_book(
    job: NarrateJob, folder: NarrationFolder, take: Take, level_of: Callable[[int], Level | None], on_block: OnBlock
) -> OutputLine:
    """Write the whole book as one file, with its chapters marked."""
    made: list[OutputFile] = []
    tags = {"title": job.book.title, "album": job.book.title, "artist": job.book.author}
    cover = job.book.cover.data if job.book.cover is not None else None
    n_samples = 0
    with _output(folder.path, f"{safe_name(job.book.title) or 'book'}.m4b", made) as file:
        writer = M4bWriter(file, job.sample_rate, bit_rate=job.settings.bit_rate, tags=_said(tags), cover=cover)
        try:
            for chapter in job.book_chapters:
                level = level_of(chapter.number)
                writer.chapter(chapter.title)
                for block in leveled(job, chapter, chapter_blocks(chapter, folder, take, job.sample_rate), level):
                    writer.write(block)
                    n_samples += block.size
                    on_block(block.size)
            writer.close()
        except BaseException:
            writer.abandon()
            raise
    return OutputLine(
        chapter=BOOK,
        title=job.book.title,
        inputs=book_inputs(job, take),
        files=tuple(made),
        duration_s=round(n_samples / job.sample_rate, 3),
    )


def _write_texts(
    job: NarrateJob,
    folder: NarrationFolder,
    chapter: ChapterPlan,
    take: Take,
    spans: Sequence[Span],
    n_samples: int,
    base: str,
    made: list[OutputFile],
) -> None:
    settings = job.settings
    kept = [take(span.number) for span in spans]
    found = folder.lines(one for one in kept if one is not None)
    lines = [next(found) if one is not None else None for one in kept]
    if settings.subtitles is not None:
        text = chapter_subtitles(spans, lines, job.sample_rate, settings.subtitles, settings.preset, job.language)
        with _output(folder.path, f"{base}.{settings.subtitles}", made) as file:
            file.write(text.encode("utf-8"))
    if settings.words:
        words = chapter_words(chapter, spans, n_samples, lines, job.sample_rate)
        with _output(folder.path, f"{base}{_WORDS}", made) as file:
            file.write(msgspec.json.format(msgspec.json.encode(words), indent=1) + b"\n")


@contextmanager
def _output(folder: Path, name: str, made: list[OutputFile]) -> Iterator[BinaryIO]:
    """Open a file that appears when it is complete, and is noted then."""
    path = folder / name
    try:
        with atomic_output(path) as file:
            yield file
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    status = path.stat()
    made.append(OutputFile(name, status.st_size, status.st_mtime_ns))


def _said(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if value}


def _sounds(chapter: ChapterPlan, take: Take) -> list[tuple[str, int, int, float, float]]:
    sounds: list[tuple[str, int, int, float, float]] = [("", 0, 0, chapter.lead_s, 0.0)]
    for index in range(len(chapter.segments)):
        kept: Kept | None = take(chapter.first + index)
        pause_s = chapter.pause_s(index, has_sound=kept is not None and kept.n_samples > 0)
        sound = ("", 0, 0) if kept is None else (kept.digest, kept.n_samples, kept.sample_rate)
        sounds.append((*sound, pause_s, chapter.gain_db(index)))
    return sounds


def _digest(fields: object, data: bytes) -> str:
    digest = xxhash.xxh3_128(_DOMAIN)
    digest.update(msgspec.msgpack.encode(fields))
    digest.update(data)
    return digest.hexdigest()
