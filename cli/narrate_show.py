"""What `voxweft narrate` prints: the chapters of a book, what became of them, what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import console

if TYPE_CHECKING:
    from ..jobs.narrate.check import Checked
    from ..jobs.narrate.run import NarrateReport
    from ..media.books import Book

_ROWS = 60
_NAMED = 10
_WORST = 10
_TITLE_CHARS = 48
_TEXT_CHARS = 60
_NOTES = 20


def list_book(book: Book, *, as_json: bool) -> None:
    """Print a book's chapters and notes on stdout."""
    if as_json:
        from .output import pretty_json

        chapters = [
            {"number": number, "title": one.title, "place": one.place, "characters": len(one.text)}
            for number, one in enumerate(book.chapters, 1)
        ]
        about = {"title": book.title, "author": book.author, "language": book.language}
        data = {**about, "chapters": chapters, "notes": [str(note) for note in book.notes]}
        print(pretty_json(data))  # noqa: T201  for programs
        return
    from rich.table import Table

    by = f" by {book.author}" if book.author else ""
    language = f" ({book.language})" if book.language else ""
    console.out.print(f"{book.title}{by}{language}", soft_wrap=True)
    table = Table("no.", "chapter", "from", "characters", box=None)
    for number, chapter in enumerate(book.chapters, 1):
        table.add_row(str(number), _short(chapter.title, _TITLE_CHARS), chapter.place, str(len(chapter.text)))
    console.out.print(table)
    for note in book.notes:
        console.out.print(str(note), soft_wrap=True)


def say_notes(book: Book) -> None:
    """Print what was guessed or left out, on stderr."""
    for note in book.notes[:_NOTES]:
        console.note(str(note))
    if len(book.notes) > _NOTES:
        console.note(f"and {len(book.notes) - _NOTES} more; --list-chapters has them all")


def show_report(done: NarrateReport, took_s: float) -> None:
    """Print what became of the chapters, on stderr."""
    from rich.table import Table

    levels = any(chapter.lufs is not None for chapter in done.chapters)
    table = Table("no.", "chapter", "time", "segments", *(("LUFS", "gain") if levels else ()), "file", box=None)
    for chapter in done.chapters[:_ROWS]:
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
    if len(done.chapters) > _ROWS:
        console.err.print(f"and {len(done.chapters) - _ROWS} more chapters")
    if done.damaged_lines:
        console.note(f"{console.count(done.damaged_lines, 'line')} of the manifest was cut or damaged, and made again")
    whole = f", {done.book_file}" if done.book_file else ""
    made = f"{console.count(done.made, 'segment')} made ({done.cached} from the cache), {done.kept} kept"
    console.err.print(
        f"{done.folder}: {clock(done.duration_s)} at {done.sample_rate} Hz in "
        f"{console.count(len(done.chapters), 'chapter')}{whole}; {made}, in {took_s:.1f} s",
        soft_wrap=True,
    )


def show_checked(checked: Sequence[Checked], rate: float) -> None:
    """Print the segments whose audio is furthest from their text, on stderr."""
    from rich.table import Table

    bad = [one for one in checked if one.heard.rate > 0 or one.heard.message]
    over = sum(one.heard.rate > rate for one in checked)
    console.err.print(
        f"{console.count(len(checked), 'segment')} heard; {len(bad)} differ from their text, "
        f"{over} by more than {rate:.0%}"
    )
    if not bad:
        return
    table = Table("segment", "chapter", "errors", "takes", "text", "heard", box=None)
    for one in bad[:_WORST]:
        heard = one.heard.message or one.heard.words
        table.add_row(
            str(one.number),
            str(one.chapter),
            f"{one.heard.rate:.0%}",
            str(one.takes),
            _short(one.text, _TEXT_CHARS),
            _short(heard, _TEXT_CHARS),
        )
    console.err.print(table)


def failures(done: NarrateReport) -> str:
    """Return what couldn't be spoken, as an error's message."""
    lines = [f"{console.count(len(done.failed), 'segment')} could not be spoken:"]
    lines += [f"  segment {number}: {message}" for number, message in done.failed[:_NAMED]]
    if len(done.failed) > _NAMED:
        lines.append(f"  and {len(done.failed) - _NAMED} more; --json has them all")
    return "\n".join(lines)


def clock(seconds: float) -> str:
    """Return a time as 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _short(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1] + "…"
