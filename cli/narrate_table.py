"""Printed output of `voxweft narrate`: chapters, the report, and the results of verification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import console

if TYPE_CHECKING:
    from ..jobs.narrate.run import NarrateReport
    from ..jobs.narrate.verify import VerifiedSegment
    from ..media.books import Book

_MAX_ROWS = 60
_MAX_NAMED = 10
_MAX_VERIFIED = 10
_TITLE_CHARS = 48
_TEXT_CHARS = 60
_MAX_NOTES = 20


def list_book(book: Book, *, as_json: bool) -> None:
    """Print a book's chapters and notes on stdout."""
    if as_json:
        from .output import pretty_json

        chapters = [
            {"number": number, "title": chapter.title, "place": chapter.place, "characters": len(chapter.text)}
            for number, chapter in enumerate(book.chapters, 1)
        ]
        about = {"title": book.title, "author": book.author, "language": book.language}
        data = {**about, "chapters": chapters, "notes": [str(note) for note in book.notes]}
        print(pretty_json(data))  # noqa: T201  for programs
        return
    from rich.table import Table

    by = f" by {book.author}" if book.author else ""
    language = f" ({book.language})" if book.language else ""
    console.out.print(f"{book.title}{by}{language}", soft_wrap=True)
    table = Table("no.", "chapter", "source", "characters", box=None)
    for number, chapter in enumerate(book.chapters, 1):
        table.add_row(str(number), _short(chapter.title, _TITLE_CHARS), chapter.place, str(len(chapter.text)))
    console.out.print(table)
    for note in book.notes:
        console.out.print(str(note), soft_wrap=True)


def show_notes(book: Book) -> None:
    """Print on stderr which parts were guessed or skipped."""
    for note in book.notes[:_MAX_NOTES]:
        console.note(str(note))
    if len(book.notes) > _MAX_NOTES:
        console.note(f"and {len(book.notes) - _MAX_NOTES} more; use --list-chapters to get all of them")


def show_report(done: NarrateReport, took_s: float) -> None:
    """Print a table of the chapters and a summary on stderr."""
    from rich.table import Table

    levels = any(chapter.lufs is not None for chapter in done.chapters)
    table = Table("no.", "chapter", "time", "segments", *(("LUFS", "gain") if levels else ()), "file", box=None)
    for chapter in done.chapters[:_MAX_ROWS]:
        level = ("" if chapter.lufs is None else f"{chapter.lufs:.1f}", f"{chapter.gain_db:+.1f} dB")
        table.add_row(
            str(chapter.number),
            _short(chapter.title, _TITLE_CHARS),
            clock(chapter.duration_s),
            str(chapter.segments) + (f" ({len(chapter.failed)} failed)" if chapter.failed else ""),
            *(level if levels else ()),
            _short(chapter.files[0] if chapter.files else "", _TITLE_CHARS + 10),
        )
    console.err.print(table)
    if len(done.chapters) > _MAX_ROWS:
        console.err.print(f"and {len(done.chapters) - _MAX_ROWS} more chapters")
    for note in done.notes:
        console.note(note)
    if done.damaged_lines:
        lines = console.count(done.damaged_lines, "damaged line")
        console.note(f"{lines} in the manifest; these segments were made again")
    whole = f", {done.book_file}" if done.book_file else ""
    made = f"{console.count(done.made, 'segment')} made ({done.cached} from the cache), {done.kept} kept"
    console.err.print(
        f"{done.folder}: {clock(done.duration_s)} at {done.sample_rate} Hz in "
        f"{console.count(len(done.chapters), 'chapter')}{whole}{console.levels(done.levels)}; {made}, "
        f"in {took_s:.1f} s",
        soft_wrap=True,
    )


def show_verified(segments: Sequence[VerifiedSegment], max_wer: float) -> None:
    """Print the segments with the highest word error rates on stderr."""
    from rich.table import Table

    bad = [segment for segment in segments if segment.verification.rate > 0 or segment.verification.message]
    over = sum(segment.verification.rate > max_wer for segment in segments)
    above = f", {over} with a word error rate above {max_wer:.0%}" if max_wer else ""
    console.err.print(
        f"{console.count(len(segments), 'segment')} verified; {len(bad)} with word errors{above}", soft_wrap=True
    )
    if not bad:
        return
    table = Table("segment", "chapter", "WER", "attempts", "text", "recognized", box=None)
    for segment in bad[:_MAX_VERIFIED]:
        table.add_row(
            str(segment.number),
            str(segment.chapter),
            f"{segment.verification.rate:.0%}",
            str(segment.regenerations + 1),
            _short(segment.text, _TEXT_CHARS),
            _short(segment.verification.message or segment.verification.recognized, _TEXT_CHARS),
        )
    console.err.print(table)


def failures(done: NarrateReport) -> str:
    """Return the error message for segments that failed."""
    lines = [f"{console.count(len(done.failed), 'segment')} could not be spoken:"]
    lines += [f"  segment {number}: {message}" for number, message in done.failed[:_MAX_NAMED]]
    if len(done.failed) > _MAX_NAMED:
        lines.append(f"  and {len(done.failed) - _MAX_NAMED} more; use --json to get all of them")
    return "\n".join(lines)


def clock(seconds: float) -> str:
    """Return a time in seconds as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _short(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1] + "…"
