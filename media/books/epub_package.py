"""The package of an EPUB: what it is called, its files in the order of reading, its cover, its tables of contents."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from .archive import Archive, resolve
from ..errors import BookError
from .book import MAX_COVER_BYTES, BookNote, Cover, image_type, one_line

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS_ONLY = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""What hides fonts and nothing else (EPUB 3.3, section 4.4; Adobe's of before)."""
_XHTML = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}


class Item(NamedTuple):
    """A file of the package."""

    name: str
    media_type: str
    properties: frozenset[str]


class Package(NamedTuple):
    """What the package document says. `spine` are the files to read, in order."""

    title: str
    author: str
    language: str
    spine: tuple[str, ...]
    nav: str | None
    ncx: str | None
    cover: Cover | None
    notes: tuple[BookNote, ...]


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace; '' for what is none (a comment)."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def read_package(archive: Archive) -> Package:
    """Return what an EPUB's package says. BookError for one that isn't there, is protected, or has nothing to read."""
    if _CONTAINER not in archive:
        raise BookError("this is no EPUB: the archive has no META-INF/container.xml")
    rootfiles = [element for element in archive.xml(_CONTAINER).iter() if local(element) == "rootfile"]
    name = next((path for element in rootfiles if (path := element.get("full-path"))), "")
    found = resolve("", name) if name else None
    if found is None:
        raise BookError("it names no package document", _CONTAINER)
    opf = found[0]
    root = archive.xml(opf)
    notes: list[BookNote] = []
    items = _items(root, opf)
    spine = _spine(root, opf, items, archive, notes)
    _check_protection(archive, set(spine))
    metas = {meta.get("property") or meta.get("name"): meta for meta in root.iter() if local(meta) == "meta"}
    layout = metas.get("rendition:layout")
    if layout is not None and one_line(layout.text or "") == "pre-paginated":
        notes.append(BookNote(opf, "its pages have a fixed layout: the order of reading may be wrong"))
    toc = next((element.get("toc") for element in root.iter() if local(element) == "spine"), None)
    ncx = items.get(toc or "") or next(
        (one for one in items.values() if one.media_type == "application/x-dtbncx+xml"), None
    )
    return Package(
        title=_first(root, "title"),
        author=", ".join(_creators(root)),
        language=_first(root, "language"),
        spine=tuple(spine),
        nav=next((one.name for one in items.values() if "nav" in one.properties), None),
        ncx=ncx.name if ncx is not None else None,
        cover=_cover(items, metas.get("cover"), archive, notes),
        notes=tuple(notes),
    )


def _items(root: etree._Element, opf: str) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for element in root.iter():
        identifier, href = element.get("id"), element.get("href")
        if local(element) != "item" or not identifier or not href:
            continue
        found = resolve(opf, href)
        # What lies elsewhere (a film on a server) isn't read.
        if found is not None:
            properties = frozenset((element.get("properties") or "").split())
            items[identifier] = Item(found[0], element.get("media-type") or "", properties)
    return items


def _spine(
    root: etree._Element, opf: str, items: dict[str, Item], archive: Archive, notes: list[BookNote]
) -> list[str]:
    spine: list[str] = []
    for element in root.iter():
        if local(element) != "itemref":
            continue
        item = items.get(element.get("idref") or "")
        if item is None:
            notes.append(
                BookNote(opf, f"the spine names {element.get('idref')!r}, which the book doesn't have: left out")
            )
        elif item.name not in archive:
            notes.append(BookNote(item.name, "the book is damaged: this file isn't in it, so it is left out"))
        elif item.media_type not in _XHTML:
            notes.append(BookNote(item.name, f"{item.media_type or 'a file of no type'} has no text: left out"))
        elif element.get("linear") == "no":
            notes.append(BookNote(item.name, "it stands beside the text (linear=no): left out"))
        elif item.name not in spine:
            spine.append(item.name)
    if not spine:
        raise BookError("its spine has nothing to read", opf)
    return spine


def _check_protection(archive: Archive, read: set[str]) -> None:
    """BookError if any file that is to be read is encrypted."""
    if _ENCRYPTION not in archive:
        return
    for data in archive.xml(_ENCRYPTION).iter():
        if local(data) != "EncryptedData":
            continue
        methods = [one.get("Algorithm") for one in data.iter() if local(one) == "EncryptionMethod"]
        if methods and methods[0] in _FONTS_ONLY:
            continue
        for reference in data.iter():
            uri = reference.get("URI") if local(reference) == "CipherReference" else None
            found = resolve("", uri) if uri else None
            if found is not None and found[0] in read:
                raise BookError("the book is protected (DRM): its text is encrypted, and can't be read", found[0])


def _first(root: etree._Element, name: str) -> str:
    return next((words for one in root.iter() if local(one) == name and (words := one_line(one.text or ""))), "")


def _creators(root: etree._Element) -> list[str]:
    """Return who wrote it: creators whose role is author, else all that have none."""
    roles = {
        (meta.get("refines") or "").lstrip("#"): one_line(meta.text or "")
        for meta in root.iter()
        if local(meta) == "meta" and meta.get("property") == "role"
    }
    creators: list[tuple[str, str]] = []
    for one in root.iter():
        words = one_line(one.text or "") if local(one) == "creator" else ""
        if words:
            old = next((value for key, value in one.attrib.items() if str(key).endswith("}role")), "")
            creators.append((words, str(old) or roles.get(one.get("id") or "", "")))
    return [name for name, role in creators if role in {"", "aut"}] or [name for name, _ in creators[:1]]


def _cover(
    items: dict[str, Item], meta: etree._Element | None, archive: Archive, notes: list[BookNote]
) -> Cover | None:
    old = items.get(meta.get("content") or "") if meta is not None else None
    item = next((one for one in items.values() if "cover-image" in one.properties), old)
    if item is None or not item.media_type.startswith("image/"):
        return None
    if item.name not in archive:
        notes.append(BookNote(item.name, "the cover isn't in the book"))
        return None
    data = archive.read(item.name)
    kind = image_type(data)
    if kind is None or len(data) > MAX_COVER_BYTES:
        notes.append(BookNote(item.name, "the cover is neither JPEG nor PNG of a sensible size: left out"))
        return None
    return Cover(data, kind)
