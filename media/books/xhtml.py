"""XHTML to text: what is read aloud of it, as blocks."""

from __future__ import annotations

import html
import re
from collections import Counter

from lxml import etree

from .archive import decode_xml
from .blocks import TextBuilder
from ..errors import BookError
from .epub_package import local

_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form"
    "|h[1-6]|header|hgroup|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_SILENT = re.compile("head|script|style|template|noscript|object|embed|audio|video|canvas|iframe|rt|rp|rtc")
_NAMED = {"svg": "a drawing", "math": "a formula", "img": "a picture", "image": "a picture"}
_HEADING = re.compile(r"h[1-6]")
_LEFT_OUT = {
    "footnote": "a note",
    "footnotes": "notes",
    "endnote": "a note",
    "endnotes": "notes",
    "rearnote": "a note",
    "rearnotes": "notes",
    "note": "a note",
    "noteref": "a note's mark",
    "backlink": "a link back",
    "pagebreak": "a page's number",
    "page-list": "a list of pages",
    "toc": "a table of contents",
    "landmarks": "a list of landmarks",
    "index": "an index",
}
_TYPE = "{http://www.idpf.org/2007/ops}type"
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_EMPTY = re.compile(r"<(script|style|title|a|p|div|span|iframe|textarea|i|b|em)(\s[^<>]*)?/>", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\s*[\[(]?(?:\d{1,4}|[*†‡§¶]{1,3}|[a-z])[\])]?\s*")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST = 400


def parse_xhtml(data: bytes, name: str) -> tuple[etree._Element, bool]:
    """Return the root of an XHTML file, and whether it was well-formed; what isn't is read as HTML.

    BookError for an empty file, and as `decode_xml`.
    """
    text = _ENTITY.sub(_character, decode_xml(data, name))
    # Entities are refused and files are bounded, so the parser's own bounds, which would cut long paragraphs, may go.
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
        # HTML has no empty tags of these kinds: it would take all that follows as their content.
        loose = etree.HTMLParser(
            encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
        )
        try:
            root = etree.fromstring(_EMPTY.sub(r"<\1\2></\1>", text).encode("utf-8", "replace"), loose)
        except etree.XMLSyntaxError as error:
            raise BookError(f"it can't be read as HTML either: {error.msg}", name) from error
        if root is None:
            raise BookError("it is empty", name) from None
        return root, False
    return root, True


def extract(root: etree._Element, name: str, builder: TextBuilder, left_out: Counter[str]) -> None:
    """Put a file's text into a builder: a block for each paragraph, heading, item of a list and row of a table.

    Marks of level 0 are named `file#id`, and `file#` at its start. Of ruby the base is read. Notes and their marks,
    page numbers, tables of contents, pictures, drawings and formulas are left out and counted in `left_out`; so are,
    uncounted, scripts, styles and what is hidden.
    """
    builder.end_block()
    builder.mark(0, f"{name}#")
    body = next((element for element in root.iter() if local(element) == "body"), root)
    _walk(body, name, builder, left_out, 0, pre=False)
    builder.end_block()


def _character(found: re.Match[str]) -> str:
    if found[1] in _XML_ENTITIES:
        return found[0]
    said = html.unescape(found[0])
    return said if said != found[0] else f"&amp;{found[1]};"


def _kinds(element: etree._Element) -> set[str]:
    types = (element.get(_TYPE) or element.get("epub:type") or "").split()
    roles = [role.removeprefix("doc-") for role in (element.get("role") or "").split() if role.startswith("doc-")]
    return {*types, *roles}


def _unspoken(element: etree._Element, tag: str) -> str | None:
    """Return why an element isn't read aloud, '' for what nobody would miss; None if it is."""
    if _SILENT.fullmatch(tag) or tag in _NAMED:
        return _NAMED.get(tag, "")
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return ""
    if _HIDDEN.search(element.get("style") or ""):
        return ""
    for kind in _kinds(element) & _LEFT_OUT.keys():
        return _LEFT_OUT[kind]
    if tag == "a" and _is_note_mark(element):
        return _LEFT_OUT["noteref"]
    return None


def _is_note_mark(link: etree._Element) -> bool:
    """Whether a link is a raised number: what leads to notes in books that don't say so."""
    if "#" not in (link.get("href") or "") or not _NOTE_MARK.fullmatch("".join(link.itertext())):
        return False
    parent = link.getparent()
    return any(local(one) == "sup" for one in link) or (parent is not None and local(parent) == "sup")


def _walk(
    element: etree._Element, name: str, builder: TextBuilder, left_out: Counter[str], depth: int, *, pre: bool
) -> None:
    if depth > _DEEPEST:
        raise BookError(f"elements within elements, more than {_DEEPEST} deep", name)
    tag = local(element)
    block = _BLOCK.fullmatch(tag) is not None
    if block:
        builder.end_block()
    for target in (element.get("id"), element.get("name") if tag == "a" else None):
        if target:
            builder.mark(0, f"{name}#{target}")
    why = _unspoken(element, tag)
    if why is not None:
        if why:
            left_out[why] += 1
        return
    if _HEADING.fullmatch(tag):
        builder.mark(int(tag[1]), " ".join(_words(element).split()))
    pre = pre or tag == "pre"
    if element.text:
        _say(element.text, builder, pre=pre)
    for child in element:
        if isinstance(child.tag, str):
            if local(child) == "br":
                builder.line_break()
            else:
                if local(child) in {"td", "th"} and child.getprevious() is not None:
                    builder.add("; ")
                _walk(child, name, builder, left_out, depth + 1, pre=pre)
        if child.tail:
            _say(child.tail, builder, pre=pre)
    if block:
        builder.end_block()


def _say(words: str, builder: TextBuilder, *, pre: bool) -> None:
    if not pre:
        builder.add(words.replace("\x00", ""))
        return
    for number, line in enumerate(words.split("\n")):
        if number:
            builder.line_break()
        builder.add(line)


def _words(heading: etree._Element) -> str:
    inner = TextBuilder()
    _inner(heading, inner)
    return inner.finish().replace("\n", " ")


def _inner(element: etree._Element, builder: TextBuilder) -> None:
    builder.add(element.text or "")
    for child in element:
        tag = local(child)
        if tag == "br":
            builder.add(" ")
        elif tag and _unspoken(child, tag) is None:
            _inner(child, builder)
        builder.add(child.tail or "")
