"""Read EPUB books."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

import msgspec

from ...text.punctuation import SPEAKABLE
from ..errors import BookError
from .archive import Archive
from .blocks import Mark, TextBuilder
from .book import MAX_CHAPTERS, Book, BookNote, Chapter
from .chapters import OPENING, split_text
from .epub_package import read_package
from .table_of_contents import ChapterStart, read_contents
from .xhtml import extract, parse_xhtml


def read_epub(data: bytes, title: str, pattern: str | None = None) -> Book:
    """Read an EPUB (2 or 3). `title` is used if the book has no title.

    Chapters start where `pattern` matches; otherwise at the entries of the table of contents, else at the files. Notes,
    page numbers, images and similar elements are skipped and counted (see `extract`). BookError if the file is not an
    EPUB, is protected or malicious, or has no text.
    """
    archive = Archive(data)
    package = read_package(archive)
    notes = list(package.notes)
    chapter_starts = read_contents(archive, package, notes)
    skipped: Counter[str] = Counter()
    builder = TextBuilder()
    for name in package.spine:
        if name == package.nav:
            notes.append(BookNote(name, "skipped the table of contents"))
            continue
        root, well_formed = parse_xhtml(archive.read(name), name)
        if not well_formed:
            notes.append(BookNote(name, "not well-formed XHTML; read as HTML"))
        extract(root, name, builder, skipped)
    text = builder.finish()
    if not SPEAKABLE.search(text):
        raise BookError("the book has no text; its pages may be images")
    notes += [
        BookNote("", f"skipped: {kind}{f', {count} times' if count > 1 else ''}") for kind, count in skipped.items()
    ]
    title = package.title or title
    files = [mark for mark in builder.marks if mark.level == 0 and mark.words.endswith("#")]
    if pattern:
        chapters = [_with_place(chapter, files) for chapter in split_text(text, title, pattern)]
    else:
        chapters = _chapters(text, builder.marks, files, chapter_starts, title)
    if len(chapters) > MAX_CHAPTERS:
        raise BookError(f"too many chapters: {len(chapters)}; maximum {MAX_CHAPTERS}")
    return Book(
        title=title,
        author=package.author,
        language=package.language,
        cover=package.cover,
        chapters=tuple(chapters),
        notes=tuple(notes),
    )


def _with_place(chapter: Chapter, files: Sequence[Mark]) -> Chapter:
    assert chapter.start is not None, "split_text sets it"
    return msgspec.structs.replace(chapter, place=_place(chapter.start, files), start=None)


def _place(at: int, files: Sequence[Mark]) -> str:
    found = bisect_right(files, at, key=_at) - 1
    return files[max(0, found)].words.rstrip("#")


def _chapters(
    text: str, marks: Sequence[Mark], files: Sequence[Mark], chapter_starts: Sequence[ChapterStart], title: str
) -> list[Chapter]:
    targets: dict[str, int] = {}
    for mark in marks:
        if mark.level == 0:
            targets.setdefault(mark.words, mark.at)
    starts: dict[int, list[str]] = {}
    for chapter_start in chapter_starts:
        # For a missing or skipped fragment (such as a note), the chapter starts with the file.
        at = targets.get(f"{chapter_start.file}#{chapter_start.fragment}", targets.get(f"{chapter_start.file}#"))
        if at is not None:
            starts.setdefault(at, []).append(chapter_start.title)
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
        # The title page of a part or of the book belongs to the next chapter.
        inside = headings[bisect_left(headings, begin, key=_at) : bisect_left(headings, following, key=_at)]
        headed = "".join(mark.words for mark in inside)
        bare = _letters(body) in {_letters(" ".join(titles)), _letters(headed)}
        if following < len(text) and (not SPEAKABLE.search(body) or bare):
            continue
        if SPEAKABLE.search(body):
            chapter_title = ". ".join(name for name in titles if name != OPENING or len(titles) == 1) or title
            chapters.append(
                Chapter(title=chapter_title, text=text[begin:following].rstrip(), place=_place(begin, files))
            )
        begin, titles = None, []
    return chapters


def _at(mark: Mark) -> int:
    return mark.at


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _by_files(text: str, marks: Sequence[Mark], files: Sequence[Mark]) -> dict[int, list[str]]:
    """Return the chapters of a book without a table of contents: the files that have a heading near their start."""
    headings = [mark for mark in marks if 1 <= mark.level <= 3]
    starts: dict[int, list[str]] = {}
    for file, following in zip(files, [*(file.at for file in files[1:]), len(text)], strict=True):
        first = next((mark for mark in headings if file.at <= mark.at < min(following, file.at + 400)), None)
        if first is not None and first.words:
            starts.setdefault(file.at, []).append(first.words)
    return starts
