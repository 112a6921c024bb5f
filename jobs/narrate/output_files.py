"""The output files of a narration: their names, the digests of their inputs, and how each is written."""

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
from ..levels.leveling import CEILING_DBTP
from .chapter_audio import SegmentLookup, Span, chapter_blocks, chapter_spans, chapter_subtitles, chapter_words
from .folder import KeptSegment, NarrationFolder, is_unchanged
from .job import NarrateJob
from .manifest import BOOK, OutputFile, OutputLine
from .plan import ChapterPlan
from .stage_state import Level

_DOMAIN = b"voxweft narration output 1"
_INVALID_CHARACTERS = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_MAX_NAME_CHARS = 80
_WORDS = ".words.json"

Blocks = Iterable[NDArray[np.float32]]
OnBlock = Callable[[int], None]
"""Receives the number of samples that were written to a file."""


def base_name(number: int, title: str, n_chapters: int) -> str:
    """Return the name of a chapter's files without suffix, such as "03 Down the Rabbit-Hole"."""
    return f"{number:0{max(2, len(str(n_chapters)))}d} {safe_name(title)}".rstrip()


def safe_name(title: str) -> str:
    """Return a title as a file name that is valid on every system; it may be empty."""
    words = " ".join(_INVALID_CHARACTERS.sub(" ", title).split())
    return words.encode("utf-8", "ignore")[:200].decode("utf-8", "ignore")[:_MAX_NAME_CHARS].strip(" .")


def chapter_inputs(job: NarrateJob, chapter: ChapterPlan, lookup: SegmentLookup) -> str:
    """Return a digest of everything that determines the bytes of a chapter's files."""
    settings = msgspec.structs.replace(job.settings, m4b=False)
    fields = (
        msgspec.to_builtins(settings),
        job.leveling is not None,
        job.sample_rate,
        job.language,
        (job.book.title, job.book.author, len(job.plan.chapters)),
        (chapter.number, chapter.title, chapter.place, chapter.start, chapter.first),
        _segment_audio(chapter, lookup),
    )
    return _digest(fields, chapter.text.encode("utf-8", "replace"))


def book_inputs(job: NarrateJob, lookup: SegmentLookup) -> str:
    """Return a digest of everything that determines the bytes of the whole book's file."""
    settings = job.settings
    fields = (
        (settings.loudness_lufs, settings.ceiling_dbtp, settings.bit_rate, job.sample_rate, job.leveling is not None),
        (job.book.title, job.book.author),
        [(chapter.title, _segment_audio(chapter, lookup)) for chapter in job.book_chapters],
    )
    return _digest(fields, job.book.cover.data if job.book.cover is not None else b"")


def is_fresh(folder: NarrationFolder, output: OutputLine) -> bool:
    """Return whether an output's files are unchanged since they were written."""
    return all(is_unchanged(folder.path, file) for file in output.files)


def measure(job: NarrateJob, blocks: Blocks) -> Level:
    """Measure a chapter's audio and return the level that brings it to the loudness of the settings."""
    target, ceiling = job.settings.loudness_lufs, job.settings.ceiling_dbtp
    assert target is not None, "a loudness is set"
    meter = LoudnessMeter(job.sample_rate)
    for block in blocks:
        meter.add(block)
    loudness = meter.result()
    gain_db = gain_to(target, loudness)
    return Level(gain_db, loudness.integrated_lufs, limits=loudness.true_peak_dbtp + gain_db > ceiling)


def leveled(
    job: NarrateJob, chapter: ChapterPlan, blocks: Blocks, level: Level | None
) -> Iterator[NDArray[np.float32]]:
    """Yield a chapter's audio at its level. A chapter with voices that are made louder is always limited."""
    is_louder = chapter.leveling is not None or any(
        chapter.gain_db(index) > 0 for index in range(len(chapter.segments))
    )
    ceiling_dbtp = job.settings.ceiling_dbtp
    if level is None and is_louder:
        level, ceiling_dbtp = Level(0.0, None, limits=True), min(ceiling_dbtp, CEILING_DBTP)
    if level is None:
        yield from blocks
    elif level.limits:
        leveler = Leveler(job.sample_rate, level.gain_db, ceiling_dbtp)
        for block in blocks:
            yield leveler.process(block)
        yield leveler.flush()
    else:
        factor = np.float32(10 ** (level.gain_db / 20))
        for block in blocks:
            yield block * factor


def write_chapter(
    job: NarrateJob,
    folder: NarrationFolder,
    chapter: ChapterPlan,
    lookup: SegmentLookup,
    level: Level | None,
    on_block: OnBlock,
) -> OutputLine:
    """Write a chapter's files, each atomically, and return their line for the manifest."""
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
                file, settings.format, job.sample_rate, bit_rate=settings.bit_rate, tags=_without_empty(tags)
            ) as encoder,
        ):
            for block in leveled(job, chapter, chapter_blocks(chapter, folder, lookup, job.sample_rate), level):
                encoder.write(block)
                on_block(block.size)
    spans, n_samples = chapter_spans(chapter, lookup, job.sample_rate)
    if settings.subtitles is not None or settings.words:
        _write_texts(job, folder, chapter, lookup, spans, n_samples, base, made)
    return OutputLine(
        chapter=chapter.number,
        title=chapter.title,
        inputs=chapter_inputs(job, chapter, lookup),
        files=tuple(made),
        duration_s=round(n_samples / job.sample_rate, 3),
        lufs=None if level is None or level.lufs is None else round(level.lufs, 2),
        gain_db=0.0 if level is None else round(level.gain_db, 2),
    )


def write_book(
    job: NarrateJob,
    folder: NarrationFolder,
    lookup: SegmentLookup,
    level_of: Callable[[int], Level | None],
    on_block: OnBlock,
) -> OutputLine:
    """Write the whole book as one audiobook file with chapter marks."""
    made: list[OutputFile] = []
    tags = {"title": job.book.title, "album": job.book.title, "artist": job.book.author}
    cover = job.book.cover.data if job.book.cover is not None else None
    n_samples = 0
    with _output(folder.path, f"{safe_name(job.book.title) or 'book'}.m4b", made) as file:
        writer = M4bWriter(
            file, job.sample_rate, bit_rate=job.settings.bit_rate, tags=_without_empty(tags), cover=cover
        )
        try:
            for chapter in job.book_chapters:
                level = level_of(chapter.number)
                writer.chapter(chapter.title)
                for block in leveled(job, chapter, chapter_blocks(chapter, folder, lookup, job.sample_rate), level):
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
        inputs=book_inputs(job, lookup),
        files=tuple(made),
        duration_s=round(n_samples / job.sample_rate, 3),
    )


def _write_texts(
    job: NarrateJob,
    folder: NarrationFolder,
    chapter: ChapterPlan,
    lookup: SegmentLookup,
    spans: Sequence[Span],
    n_samples: int,
    base: str,
    made: list[OutputFile],
) -> None:
    settings = job.settings
    kept = [lookup(span.number) for span in spans]
    found = folder.lines(segment for segment in kept if segment is not None)
    lines = [next(found) if segment is not None else None for segment in kept]
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
    """Open an output file that appears once it is complete, and add it to `made`."""
    path = folder / name
    try:
        with atomic_output(path) as file:
            yield file
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    status = path.stat()
    made.append(OutputFile(name, status.st_size, status.st_mtime_ns))


def _without_empty(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if value}


def _segment_audio(chapter: ChapterPlan, lookup: SegmentLookup) -> list[tuple[str, int, int, float, float]]:
    found: list[tuple[str, int, int, float, float]] = [("", 0, 0, chapter.lead_s, 0.0)]
    for index in range(len(chapter.segments)):
        kept: KeptSegment | None = lookup(chapter.first + index)
        pause_s = chapter.pause_s(index, has_audio=kept is not None and kept.n_samples > 0)
        audio = ("", 0, 0) if kept is None else (kept.digest, kept.n_samples, kept.sample_rate)
        found.append((*audio, pause_s, chapter.gain_db(index)))
    return found


def _digest(fields: object, data: bytes) -> str:
    digest = xxhash.xxh3_128(_DOMAIN)
    digest.update(msgspec.msgpack.encode(fields))
    digest.update(data)
    return digest.hexdigest()
