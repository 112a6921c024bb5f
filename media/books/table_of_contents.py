"""The table of contents of an EPUB: the navigation document of version 3, the NCX of version 2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from .archive import Archive, resolve
from ..errors import BookError
from .book import BookNote, one_line
from .epub_package import Package, local
from .xhtml import parse_xhtml

_TYPE = "{http://www.idpf.org/2007/ops}type"
_PART = re.compile(
    r"(?:part|book|volume|teil|buch|band|partie|livre|tome|parte|libro|tomo|deel|часть|книга|том)\b|第?\S{1,8}[部卷篇編]",
    re.IGNORECASE,
)
_DEEPEST = 64


class Entry(NamedTuple):
    """An entry: what it is called, the file and the place in it, and those below it."""

    title: str
    file: str
    fragment: str
    children: tuple[Entry, ...] = ()


class Opening(NamedTuple):
    """Where a chapter begins, by its table of contents."""

    title: str
    file: str
    fragment: str


def read_contents(archive: Archive, package: Package, notes: list[BookNote]) -> list[Opening]:
    """Return where the chapters begin; none where there is no table of contents that says it.

    Those of the highest level; the ones below where that is a single entry, or one that is called a part or a book.
    A table that can't be read is a note: the files of the book still are its chapters.
    """
    for name, read in ((package.nav, _nav), (package.ncx, _ncx)):
        if name is None or name not in archive:
            continue
        try:
            entries = read(archive, name)
        except (BookError, RecursionError) as error:
            notes.append(BookNote(name, f"the table of contents can't be read: {error}"))
            continue
        if entries:
            return list(_openings(entries))
    return []


def _openings(entries: tuple[Entry, ...]) -> Iterator[Opening]:
    alone = len(entries) == 1
    for entry in entries:
        if entry.file:
            yield Opening(entry.title, entry.file, entry.fragment)
        if entry.children and (alone or not entry.file or _PART.match(entry.title)):
            yield from _openings(entry.children)


def _entry(title: str, base: str, href: str, children: tuple[Entry, ...]) -> Entry:
    found = resolve(base, href) if href else None
    file, fragment = found if found is not None else ("", "")
    return Entry(one_line(title), file, fragment, children)


def _nav(archive: Archive, name: str) -> tuple[Entry, ...]:
    root, _ = parse_xhtml(archive.read(name), name)
    navs = [element for element in root.iter() if local(element) == "nav"]
    toc = next((nav for nav in navs if "toc" in (nav.get(_TYPE) or nav.get("epub:type") or "").split()), None)
    listed = next((element for element in toc.iter() if local(element) == "ol"), None) if toc is not None else None
    return _nav_list(listed, name, 0) if listed is not None else ()


def _nav_list(listed: etree._Element, base: str, depth: int) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for item in listed:
        if local(item) != "li" or depth > _DEEPEST:
            continue
        link = next((one for one in item if local(one) in {"a", "span"}), None)
        below = next((one for one in item if local(one) == "ol"), None)
        children = _nav_list(below, base, depth + 1) if below is not None else ()
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
        if local(point) != "navPoint" or depth > _DEEPEST:
            continue
        label = next((one for one in point if local(one) == "navLabel"), None)
        content = next((one for one in point if local(one) == "content"), None)
        title = "".join(label.itertext()) if label is not None else ""
        href = (content.get("src") or "") if content is not None else ""
        entries.append(_entry(title, base, href, _points(point, base, depth + 1)))
    return tuple(entries)
