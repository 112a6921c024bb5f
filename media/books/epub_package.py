"""Read the package document of an EPUB: metadata, reading order, cover and tables of contents."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from ..errors import BookError
from .archive import Archive, resolve
from .book import MAX_COVER_BYTES, BookNote, Cover, image_type, one_line

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS_ONLY = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""Algorithms that obfuscate only fonts (EPUB 3.3, section 4.4; Adobe's earlier algorithm)."""
_XHTML = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}


class Item(NamedTuple):
    """A file in the manifest."""

    name: str
    media_type: str
    properties: frozenset[str]


class Package(NamedTuple):
    """The content of a package document. `spine` lists the files to read, in order."""

    title: str
    author: str
    language: str
    spine: tuple[str, ...]
    nav: str | None
    ncx: str | None
    cover: Cover | None
    notes: tuple[BookNote, ...]


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; '' for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def read_package(archive: Archive) -> Package:
    """Read the package document of an EPUB. BookError if it is missing, protected, or has no readable files."""
    if _CONTAINER not in archive:
        raise BookError("not an EPUB: META-INF/container.xml is missing")
    rootfiles = [element for element in archive.xml(_CONTAINER).iter() if local(element) == "rootfile"]
    name = next((path for element in rootfiles if (path := element.get("full-path"))), "")
    found = resolve("", name) if name else None
    if found is None:
        raise BookError("the package document is not named", _CONTAINER)
    opf = found[0]
    root = archive.xml(opf)
    notes: list[BookNote] = []
    items = _items(root, opf)
    spine = _spine(root, opf, items, archive, notes)
    _check_protection(archive, set(spine))
    metas = {meta.get("property") or meta.get("name"): meta for meta in root.iter() if local(meta) == "meta"}
    layout = metas.get("rendition:layout")
    if layout is not None and one_line(layout.text or "") == "pre-paginated":
        notes.append(BookNote(opf, "the book has a fixed layout; the reading order may be wrong"))
    toc = next((element.get("toc") for element in root.iter() if local(element) == "spine"), None)
    ncx = items.get(toc or "") or next(
        (item for item in items.values() if item.media_type == "application/x-dtbncx+xml"), None
    )
    return Package(
        title=_first(root, "title"),
        author=", ".join(_creators(root)),
        language=_first(root, "language"),
        spine=tuple(spine),
        nav=next((item.name for item in items.values() if "nav" in item.properties), None),
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
        # External files (such as a video on a server) are ignored.
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
            notes.append(BookNote(opf, f"skipped {element.get('idref')!r} in the spine: not in the book"))
        elif item.name not in archive:
            notes.append(BookNote(item.name, "skipped: the book is damaged, this file is missing"))
        elif item.media_type not in _XHTML:
            notes.append(BookNote(item.name, f"skipped: {item.media_type or 'a file without a type'} has no text"))
        elif element.get("linear") == "no":
            notes.append(BookNote(item.name, "skipped: not part of the main text (linear=no)"))
        elif item.name not in spine:
            spine.append(item.name)
    if not spine:
        raise BookError("the spine has no readable files", opf)
    return spine


def _check_protection(archive: Archive, read: set[str]) -> None:
    """Raise BookError if any file to read is encrypted."""
    if _ENCRYPTION not in archive:
        return
    for data in archive.xml(_ENCRYPTION).iter():
        if local(data) != "EncryptedData":
            continue
        methods = [element.get("Algorithm") for element in data.iter() if local(element) == "EncryptionMethod"]
        if methods and methods[0] in _FONTS_ONLY:
            continue
        for reference in data.iter():
            uri = reference.get("URI") if local(reference) == "CipherReference" else None
            found = resolve("", uri) if uri else None
            if found is not None and found[0] in read:
                raise BookError("the book is protected (DRM): its text is encrypted", found[0])


def _first(root: etree._Element, name: str) -> str:
    elements = (element for element in root.iter() if local(element) == name)
    return next((words for element in elements if (words := one_line(element.text or ""))), "")


def _creators(root: etree._Element) -> list[str]:
    """Return the authors: creators with the role author or without a role, else the first creator."""
    roles = {
        (meta.get("refines") or "").lstrip("#"): one_line(meta.text or "")
        for meta in root.iter()
        if local(meta) == "meta" and meta.get("property") == "role"
    }
    creators: list[tuple[str, str]] = []
    for element in root.iter():
        words = one_line(element.text or "") if local(element) == "creator" else ""
        if words:
            epub2_role = next((value for key, value in element.attrib.items() if str(key).endswith("}role")), "")
            creators.append((words, str(epub2_role) or roles.get(element.get("id") or "", "")))
    return [name for name, role in creators if role in {"", "aut"}] or [name for name, _ in creators[:1]]


def _cover(
    items: dict[str, Item], meta: etree._Element | None, archive: Archive, notes: list[BookNote]
) -> Cover | None:
    epub2_item = items.get(meta.get("content") or "") if meta is not None else None
    item = next((item for item in items.values() if "cover-image" in item.properties), epub2_item)
    if item is None or not item.media_type.startswith("image/"):
        return None
    if item.name not in archive:
        notes.append(BookNote(item.name, "the cover image is missing"))
        return None
    data = archive.read(item.name)
    kind = image_type(data)
    if kind is None or len(data) > MAX_COVER_BYTES:
        notes.append(
            BookNote(item.name, f"skipped the cover: not a JPEG or PNG of at most {MAX_COVER_BYTES >> 20} MiB")
        )
        return None
    return Cover(data, kind)
