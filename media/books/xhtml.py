"""Extract the text to read aloud from XHTML, as blocks."""

from __future__ import annotations

import html
import re
from collections import Counter

from lxml import etree

from ..errors import BookError
from .archive import decode_xml
from .blocks import TextBuilder
from .epub_package import local

_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form"
    "|h[1-6]|header|hgroup|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_SILENT = re.compile("head|script|style|template|noscript|object|embed|audio|video|canvas|iframe|rt|rp|rtc")
_NAMED = {"svg": "a drawing", "math": "a formula", "img": "an image", "image": "an image"}
_HEADING = re.compile(r"h[1-6]")
_SKIPPED = {
    "footnote": "a note",
    "footnotes": "notes",
    "endnote": "a note",
    "endnotes": "notes",
    "rearnote": "a note",
    "rearnotes": "notes",
    "note": "a note",
    "noteref": "a note reference",
    "backlink": "a backlink",
    "pagebreak": "a page number",
    "page-list": "a page list",
    "toc": "a table of contents",
    "landmarks": "landmarks",
    "index": "an index",
}
_TYPE = "{http://www.idpf.org/2007/ops}type"
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_EMPTY = re.compile(r"<(script|style|title|a|p|div|span|iframe|textarea|i|b|em)(\s[^<>]*)?/>", re.IGNORECASE)
_NOTE_REFERENCE = re.compile(r"\s*[\[(]?(?:\d{1,4}|[*†‡§¶]{1,3}|[a-z])[\])]?\s*")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAX_DEPTH = 400


def parse_xhtml(data: bytes, name: str) -> tuple[etree._Element, bool]:
    """Parse an XHTML file, or as HTML if it isn't well-formed. Return its root, and whether it was well-formed.

    BookError for an empty file, and as for `decode_xml`.
    """
    text = _ENTITY.sub(_character, decode_xml(data, name))
    # Entities are rejected and the file size is limited, so the parser's limits, which cut long paragraphs, can be off.
    strict = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), strict)
    except etree.XMLSyntaxError:
        # HTML has no self-closing tags of these kinds: the parser would read the following text as their content.
        loose = etree.HTMLParser(
            encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
        )
        try:
            root = etree.fromstring(_EMPTY.sub(r"<\1\2></\1>", text).encode("utf-8", "replace"), loose)
        except etree.XMLSyntaxError as error:
            raise BookError(f"not valid XHTML or HTML: {error.msg}", name) from error
        if root is None:
            raise BookError("the file is empty", name) from None
        return root, False
    return root, True


def extract(root: etree._Element, name: str, builder: TextBuilder, skipped: Counter[str]) -> None:
    """Add the text of a file to a builder, with one block per paragraph, heading, list item and table row.

    Marks of level 0 are named `file#id`, and `file#` at the start. Of ruby, the base is read. Notes and their
    references, page numbers, tables of contents, images, drawings and formulas are skipped and counted in `skipped`.
    Scripts, styles and hidden elements are skipped without counting.
    """
    builder.end_block()
    builder.mark(0, f"{name}#")
    body = next((element for element in root.iter() if local(element) == "body"), root)
    _walk(body, name, builder, skipped, 0, pre=False)
    builder.end_block()


def _character(found: re.Match[str]) -> str:
    if found[1] in _XML_ENTITIES:
        return found[0]
    unescaped = html.unescape(found[0])
    return unescaped if unescaped != found[0] else f"&amp;{found[1]};"


def _kinds(element: etree._Element) -> set[str]:
    types = (element.get(_TYPE) or element.get("epub:type") or "").split()
    roles = [role.removeprefix("doc-") for role in (element.get("role") or "").split() if role.startswith("doc-")]
    return {*types, *roles}


def _skipped_kind(element: etree._Element, tag: str) -> str | None:
    """Return the kind of an element that isn't read aloud, '' if it needs no note. Return None if it is read."""
    if _SILENT.fullmatch(tag) or tag in _NAMED:
        return _NAMED.get(tag, "")
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return ""
    if _HIDDEN.search(element.get("style") or ""):
        return ""
    for kind in _kinds(element) & _SKIPPED.keys():
        return _SKIPPED[kind]
    if tag == "a" and _is_note_reference(element):
        return _SKIPPED["noteref"]
    return None


def _is_note_reference(link: etree._Element) -> bool:
    """Return whether a link is a superscript number, which is an unmarked note reference."""
    if "#" not in (link.get("href") or "") or not _NOTE_REFERENCE.fullmatch("".join(link.itertext())):
        return False
    parent = link.getparent()
    return any(local(child) == "sup" for child in link) or (parent is not None and local(parent) == "sup")


def _walk(
    element: etree._Element, name: str, builder: TextBuilder, skipped: Counter[str], depth: int, *, pre: bool
) -> None:
    if depth > _MAX_DEPTH:
        raise BookError(f"elements are nested too deeply; maximum {_MAX_DEPTH}", name)
    tag = local(element)
    block = _BLOCK.fullmatch(tag) is not None
    if block:
        builder.end_block()
    for target in (element.get("id"), element.get("name") if tag == "a" else None):
        if target:
            builder.mark(0, f"{name}#{target}")
    kind_skipped = _skipped_kind(element, tag)
    if kind_skipped is not None:
        if kind_skipped:
            skipped[kind_skipped] += 1
        return
    if _HEADING.fullmatch(tag):
        builder.mark(int(tag[1]), " ".join(_heading_text(element).split()))
    pre = pre or tag == "pre"
    if element.text:
        _add_text(element.text, builder, pre=pre)
    for child in element:
        if isinstance(child.tag, str):
            if local(child) == "br":
                builder.line_break()
            else:
                if local(child) in {"td", "th"} and child.getprevious() is not None:
                    builder.add("; ")
                _walk(child, name, builder, skipped, depth + 1, pre=pre)
        if child.tail:
            _add_text(child.tail, builder, pre=pre)
    if block:
        builder.end_block()


def _add_text(words: str, builder: TextBuilder, *, pre: bool) -> None:
    if not pre:
        builder.add(words.replace("\x00", ""))
        return
    for number, line in enumerate(words.split("\n")):
        if number:
            builder.line_break()
        builder.add(line)


def _heading_text(heading: etree._Element) -> str:
    inner = TextBuilder()
    _add_inline(heading, inner)
    return inner.finish().replace("\n", " ")


def _add_inline(element: etree._Element, builder: TextBuilder) -> None:
    builder.add(element.text or "")
    for child in element:
        tag = local(child)
        if tag == "br":
            builder.add(" ")
        elif tag and _skipped_kind(child, tag) is None:
            _add_inline(child, builder)
        builder.add(child.tail or "")
