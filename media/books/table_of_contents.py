"""Read the table of contents of an EPUB: the navigation document (version 3) or the NCX (version 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from ..errors import BookError
from .archive import Archive, resolve
from .book import BookNote, one_line
from .epub_package import Package, local
from .xhtml import parse_xhtml

_TYPE = "{http://www.idpf.org/2007/ops}type"
_PART = re.compile(
    r"(?:part|book|volume|teil|buch|band|partie|livre|tome|parte|libro|tomo|deel|часть|книга|том)\b|第?\S{1,8}[部卷篇編]",
    re.IGNORECASE,
)
_MAX_DEPTH = 64


class Entry(NamedTuple):
    """An entry with its title, file, fragment and child entries."""

    title: str
    file: str
    fragment: str
    children: tuple[Entry, ...] = ()


class ChapterStart(NamedTuple):
    """The start of a chapter, from the table of contents."""

    title: str
    file: str
    fragment: str


def read_contents(archive: Archive, package: Package, notes: list[BookNote]) -> list[ChapterStart]:
    """Return the starts of the chapters; empty without a usable table of contents.

    These are the top-level entries, and their children if an entry is the only one or is titled as a part or book. An
    invalid table of contents is noted; then chapters follow the files of the book.
    """
    for name, read in ((package.nav, _nav), (package.ncx, _ncx)):
        if name is None or name not in archive:
            continue
        try:
            entries = read(archive, name)
        except (BookError, RecursionError) as error:
            notes.append(BookNote(name, f"ignored the invalid table of contents: {error}"))
            continue
        if entries:
            return list(_chapter_starts(entries))
    return []


def _chapter_starts(entries: tuple[Entry, ...]) -> Iterator[ChapterStart]:
    is_only = len(entries) == 1
    for entry in entries:
        if entry.file:
            yield ChapterStart(entry.title, entry.file, entry.fragment)
        if entry.children and (is_only or not entry.file or _PART.match(entry.title)):
            yield from _chapter_starts(entry.children)


def _entry(title: str, base: str, href: str, children: tuple[Entry, ...]) -> Entry:
    found = resolve(base, href) if href else None
    file, fragment = found if found is not None else ("", "")
    return Entry(one_line(title), file, fragment, children)


def _nav(archive: Archive, name: str) -> tuple[Entry, ...]:
    root, _ = parse_xhtml(archive.read(name), name)
    navs = [element for element in root.iter() if local(element) == "nav"]
    toc = next((nav for nav in navs if "toc" in (nav.get(_TYPE) or nav.get("epub:type") or "").split()), None)
    ordered_list = (
        next((element for element in toc.iter() if local(element) == "ol"), None) if toc is not None else None
    )
    return _nav_list(ordered_list, name, 0) if ordered_list is not None else ()


def _nav_list(ordered_list: etree._Element, base: str, depth: int) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for item in ordered_list:
        if local(item) != "li" or depth > _MAX_DEPTH:
            continue
        link = next((child for child in item if local(child) in {"a", "span"}), None)
        nested = next((child for child in item if local(child) == "ol"), None)
        children = _nav_list(nested, base, depth + 1) if nested is not None else ()
        if link is not None:
            entries.append(_entry("".join(link.itertext()), base, link.get("href") or "", children))
    return tuple(entries)


def _ncx(archive: Archive, name: str) -> tuple[Entry, ...]:
    root = archive.xml(name)
    points = next((element for element in root.iter() if local(element) == "navMap"), None)
    return _points(points, name, 0) if points is not None else ()


def _points(parent: etree._Element, base: str, depth: int) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for point in parent:
        if local(point) != "navPoint" or depth > _MAX_DEPTH:
            continue
        label = next((child for child in point if local(child) == "navLabel"), None)
        content = next((child for child in point if local(child) == "content"), None)
        title = "".join(label.itertext()) if label is not None else ""
        href = (content.get("src") or "") if content is not None else ""
        entries.append(_entry(title, base, href, _points(point, base, depth + 1)))
    return tuple(entries)
