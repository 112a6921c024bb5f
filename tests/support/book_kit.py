"""Build EPUB books for tests."""

from __future__ import annotations

import io
import zipfile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)


def archive(files: dict[str, bytes | str]) -> bytes:
    """Return a ZIP archive of the files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as target_zip:
        for name, content in files.items():
            target_zip.writestr(name, content)
    return target.getvalue()


def page(body: str, title: str = "page") -> str:
    """Return an XHTML file."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{title}</title></head><body>{body}</body></html>'
    )


def nav(*entries: tuple[str, str]) -> str:
    """Return a navigation document; an entry is a title and a link."""
    items = "".join(f'<li><a href="{href}">{title}</a></li>' for title, href in entries)
    return page(f'<nav epub:type="toc"><h1>Contents</h1><ol>{items}</ol></nav>')


def ncx(*entries: tuple[str, str]) -> str:
    """Return an EPUB 2 table of contents, with its usual DOCTYPE."""
    points = "".join(
        f'<navPoint id="n{n}"><navLabel><text>{title}</text></navLabel><content src="{src}"/></navPoint>'
        for n, (title, src) in enumerate(entries)
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" '
        '"http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" '
        f'version="2005-1"><navMap>{points}</navMap></ncx>'
    )


def package(pages: list[str], *, manifest: str = "", metadata: str = "", spine: str = "", toc: str = "") -> str:
    """Return a package document with these pages in its spine."""
    items = "".join(
        f'<item id="p{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(pages)
    )
    refs = "".join(f'<itemref idref="p{n}"/>' for n in range(len(pages)))
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        "<dc:title>A Small Book</dc:title><dc:creator>Ann Author</dc:creator><dc:language>en</dc:language>"
        f"{metadata}</metadata><manifest>{items}{manifest}</manifest><spine{toc}>{refs}{spine}</spine></package>"
    )


def epub(pages: dict[str, str], files: dict[str, bytes | str] | None = None, **parts: str) -> bytes:
    """Return an EPUB with these pages and other files; names are relative to OEBPS/."""
    page_files = {f"OEBPS/{name}": page(body) if "<html" not in body else body for name, body in pages.items()}
    others = {name if name.startswith("META-INF/") else f"OEBPS/{name}": data for name, data in (files or {}).items()}
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package(list(pages), **parts),
            **page_files,
            **others,
        }
    )
