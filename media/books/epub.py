"""An EPUB as a book."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

import msgspec

from ...text.punctuation import SPEAKABLE
from .archive import Archive
from .blocks import Mark, TextBuilder
from ..errors import BookError
from .book import MAX_CHAPTERS, Book, BookNote, Chapter
from .table_of_contents import Opening, read_contents
from .epub_package import read_package
from .chapters import OPENING, split_text
from .xhtml import extract, parse_xhtml


def read_epub(data: bytes, title: str, pattern: str | None = None) -> Book:
    """Return an EPUB (2 or 3) as a book; its own title counts, `title` where it has none.

    Chapters begin where its table of contents says, else with its files, or where `pattern` matches. Links in the text
    are their words. Notes, page numbers, pictures and the like are left out and counted; see `extract`. BookError for
    what is no EPUB, is protected, was made to do harm, or has no text.
    """
    archive = Archive(data)
    package = read_package(archive)
    notes = list(package.notes)
    openings = read_contents(archive, package, notes)
    left_out: Counter[str] = Counter()
    builder = TextBuilder()
    for name in package.spine:
        if name == package.nav:
            notes.append(BookNote(name, "the table of contents is left out"))
            continue
        root, well_formed = parse_xhtml(archive.read(name), name)
        if not well_formed:
            notes.append(BookNote(name, "it isn't well-formed XHTML: read as HTML"))
        extract(root, name, builder, left_out)
    text = builder.finish()
    if not SPEAKABLE.search(text):
        raise BookError("there is no text in it: perhaps its pages are pictures")
    notes += [
        BookNote("", f"left out: {what}{f', {count} times' if count > 1 else ''}") for what, count in left_out.items()
    ]
    title = package.title or title
    files = [mark for mark in builder.marks if mark.level == 0 and mark.words.endswith("#")]
    if pattern:
        chapters = [_placed(one, files) for one in split_text(text, title, pattern)]
    else:
        chapters = _chapters(text, builder.marks, files, openings, title)
    if len(chapters) > MAX_CHAPTERS:
        raise BookError(f"{len(chapters)} chapters: no more than {MAX_CHAPTERS} are made of a book")
    return Book(
        title=title,
        author=package.author,
        language=package.language,
        cover=package.cover,
        chapters=tuple(chapters),
        notes=tuple(notes),
    )


def _placed(chapter: Chapter, files: Sequence[Mark]) -> Chapter:
    assert chapter.start is not None, "it was cut out of the text"
    return msgspec.structs.replace(chapter, place=_place(chapter.start, files), start=None)


def _place(at: int, files: Sequence[Mark]) -> str:
    found = bisect_right(files, at, key=_at) - 1
    return files[max(0, found)].words.rstrip("#")


def _chapters(
    text: str, marks: Sequence[Mark], files: Sequence[Mark], openings: Sequence[Opening], title: str
) -> list[Chapter]:
    targets: dict[str, int] = {}
    for mark in marks:
        if mark.level == 0:
            targets.setdefault(mark.words, mark.at)
    starts: dict[int, list[str]] = {}
    for opening in openings:
        # A place that the file doesn't have is the file's start; so is one that is left out (a note).
        at = targets.get(f"{opening.file}#{opening.fragment}", targets.get(f"{opening.file}#"))
        if at is not None:
            starts.setdefault(at, []).append(opening.title)
    if len(starts) < 2:
        starts = _by_files(text, marks, files)
    cuts = sorted(at for at in starts if at < len(text))
    if not cuts or SPEAKABLE.search(text, 0, cuts[0]):
        starts.setdefault(0, [OPENING if cuts else title])
        cuts = sorted({0, *cuts})
    chapters: list[Chapter] = []
    headings = [mark for mark in marks if mark.level]
    begin: int | None = None
    titles: list[str] = []
    for at, following in zip(cuts, [*cuts[1:], len(text)], strict=True):
        begin = at if begin is None else begin
        titles += [words for words in starts[at] if words and words not in titles]
        body = text[begin:following].strip()
        # A part's title page, or the book's own, belongs to the chapter behind it.
        inside = headings[bisect_left(headings, begin, key=_at) : bisect_left(headings, following, key=_at)]
        headed = "".join(mark.words for mark in inside)
        bare = _letters(body) in {_letters(" ".join(titles)), _letters(headed)}
        if following < len(text) and (not SPEAKABLE.search(body) or bare):
            continue
        if SPEAKABLE.search(body):
            said = ". ".join(one for one in titles if one != OPENING or len(titles) == 1) or title
            chapters.append(Chapter(title=said, text=text[begin:following].rstrip(), place=_place(begin, files)))
        begin, titles = None, []
    return chapters


def _at(mark: Mark) -> int:
    return mark.at


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _by_files(text: str, marks: Sequence[Mark], files: Sequence[Mark]) -> dict[int, list[str]]:
    """Return where chapters begin without a table of contents: at the files that have a heading near their start."""
    headings = [mark for mark in marks if 1 <= mark.level <= 3]
    starts: dict[int, list[str]] = {}
    for file, following in zip(files, [*(file.at for file in files[1:]), len(text)], strict=True):
        first = next((mark for mark in headings if file.at <= mark.at < min(following, file.at + 400)), None)
        if first is not None and first.words:
            starts.setdefault(file.at, []).append(first.words)
    return starts
