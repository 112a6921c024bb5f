"""Reading EPUB books: valid and invalid archives."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from book_kit import CONTAINER, PNG, archive, epub, nav, ncx, package, page

from voxweft.media.books import BookError, Cover, read_book
from voxweft.media.books import archive as archives

NAV_ITEM = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
NCX_ITEM = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
HOSTILE = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


def error_of(data: bytes) -> str:
    with pytest.raises(BookError) as caught:
        read_book(data, "b.epub")
    return str(caught.value)


def titles(data: bytes, pattern: str | None = None) -> list[str]:
    return [chapter.title for chapter in read_book(data, "b.epub", pattern).chapters]


def test_an_epub_3_book():
    data = epub(
        {
            "title.xhtml": "<h1>A Small Book</h1>",
            "c1.xhtml": '<h1 id="one">One</h1><p>Hello&nbsp;there<sup><a href="n.xhtml#1">1</a></sup> you.'
            '<span epub:type="pagebreak">12</span></p><script>x</script><img src="x" alt="y"/>'
            "<p><ruby>漢<rt>かん</rt></ruby> <i>in</i>side &amp; out</p>",
            "c2.xhtml": "<h1>Two</h1><table><tr><td>a</td><td>b</td></tr></table><p>More<br/>lines</p>"
            "<div hidden='hidden'>unseen</div><pre>x\n y</pre>",
            "n.xhtml": '<section epub:type="endnotes"><p>A note.</p></section>',
        },
        {"nav.xhtml": nav(("One", "c1.xhtml#one"), ("Two", "c2.xhtml")), "cover.png": PNG},
        manifest=NAV_ITEM + '<item id="c" href="cover.png" media-type="image/png" properties="cover-image"/>',
        spine='<itemref idref="nav"/>',
    )
    book = read_book(data, "b.epub")
    assert (book.title, book.author, book.language) == ("A Small Book", "Ann Author", "en")
    assert book.cover == Cover(PNG, "image/png")
    assert [(chapter.title, chapter.text, chapter.place) for chapter in book.chapters] == [
        ("One", "A Small Book\n\nOne\n\nHello there you.\n\n漢 inside & out", "OEBPS/title.xhtml"),
        ("Two", "Two\n\na; b\n\nMore\nlines\n\nx\ny", "OEBPS/c2.xhtml"),
    ]
    assert [str(note) for note in book.notes] == [
        "OEBPS/nav.xhtml: skipped the table of contents",
        "skipped: a note reference",
        "skipped: a page number",
        "skipped: an image",
        "skipped: notes",
    ]


def test_an_epub_2_book():
    data = epub(
        {"a.html": "<h2>One</h2><p>Words of one.</p>", "b.html": "<p>More of one.</p>", "c.html": "<p>Of two.</p>"},
        {"toc.ncx": ncx(("One", "a.html"), ("Two", "c.html")), "cover.png": PNG},
        manifest=NCX_ITEM + '<item id="pic" href="cover.png" media-type="image/png"/>',
        metadata='<dc:creator opf:role="ill">Ina Inker</dc:creator><meta name="cover" content="pic"/>',
        toc=' toc="ncx"',
    )
    book = read_book(data, "b.epub")
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert book.chapters[0].text == "One\n\nWords of one.\n\nMore of one."
    assert book.cover == Cover(PNG, "image/png")
    assert book.author == "Ann Author"


def test_parts_contain_chapters_and_sections_do_not_split():
    inner = "".join(f'<li><a href="{n}.xhtml">{n}</a></li>' for n in ("a", "b"))
    listed = (
        f'<nav epub:type="toc"><ol><li><a href="p.xhtml">Part One</a><ol>{inner}</ol></li><li><a href="c.xhtml">c</a>'
        '<ol><li><a href="c.xhtml#s">section</a></li></ol></li></ol></nav>'
    )
    pages = {"p.xhtml": "<h1>Part One</h1>", "a.xhtml": "<p>Of a, some.</p>", "b.xhtml": "<p>Of b.</p>"}
    pages["c.xhtml"] = '<p>Of c.</p><p id="s">Section.</p>'
    data = epub(pages, {"nav.xhtml": page(listed)}, manifest=NAV_ITEM)
    assert titles(data) == ["Part One. a", "b", "c"]


def test_several_chapters_in_one_file():
    pages = {"all.xhtml": '<p>Before it all, words.</p><h2 id="x">X</h2><p>Of x.</p><h2><a id="y"/>Y</h2><p>Of y.</p>'}
    data = epub(pages, {"nav.xhtml": nav(("X", "all.xhtml#x"), ("Y", "all.xhtml#y"))}, manifest=NAV_ITEM)
    book = read_book(data, "b.epub")
    assert [chapter.text for chapter in book.chapters] == ["Before it all, words.", "X\n\nOf x.", "Y\n\nOf y."]


def test_without_a_table_of_contents_files_with_headings_are_chapters():
    pages = {"a.xhtml": "<h1>A</h1><p>a a</p>", "b.xhtml": "<p>goes on</p>", "c.xhtml": "<h1>C</h1><p>c c</p>"}
    assert titles(epub(pages)) == ["A", "C"]
    assert titles(epub({"a.xhtml": "<p>only words</p>"})) == ["A Small Book"]
    assert titles(epub(pages), "^goes") == ["Opening", "goes"]


def test_malformed_xhtml_is_read_as_html_and_noted():
    body = page("<p>One <b>two</p><p>three & four &nosuch; <a id='x'/>five</p>").replace(
        "<title>page</title>", "<title/>"
    )
    book = read_book(epub({"a.xhtml": body}), "b.epub")
    assert book.chapters[0].text == "One two\n\nthree & four &nosuch; five"
    assert [str(note) for note in book.notes] == ["OEBPS/a.xhtml: not well-formed XHTML; read as HTML"]


def test_a_declared_encoding_is_used():
    body = page("<p>Größe</p>").replace('encoding="utf-8"', 'encoding="iso-8859-1"').encode("iso-8859-1")
    files = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package(["a.xhtml"]), "OEBPS/a.xhtml": body}
    assert read_book(archive(files), "b.epub").chapters[0].text == "Größe"


def test_a_missing_spine_file_is_noted_and_skipped():
    spine = '<itemref idref="gone"/><itemref idref="x"/>'
    manifest = '<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>'
    book = read_book(epub({"a.xhtml": "<p>a</p>"}, manifest=manifest, spine=spine), "b.epub")
    assert [str(note) for note in book.notes] == [
        "OEBPS/gone.xhtml: skipped: the book is damaged, this file is missing",
        "OEBPS/book.opf: skipped 'x' in the spine: not in the book",
    ]


def test_a_fixed_layout_is_noted():
    metadata = '<meta property="rendition:layout">pre-paginated</meta>'
    book = read_book(epub({"a.xhtml": "<p>a</p>"}, metadata=metadata), "b.epub")
    assert "fixed layout" in str(book.notes[0])
    assert "its pages may be images" in error_of(epub({"a.xhtml": "<img src='a.png'/>"}, metadata=metadata))


def test_invalid_epubs():
    assert error_of(b"no ZIP").startswith("b.epub: not an EPUB: not a valid ZIP archive")
    assert error_of(archive({"a": "b"})) == "b.epub: not an EPUB: META-INF/container.xml is missing"
    assert "package document is not named" in error_of(archive({"META-INF/container.xml": "<container/>"}))
    container = {"META-INF/container.xml": CONTAINER}
    assert error_of(archive(container)) == "b.epub, OEBPS/book.opf: the book is damaged: this file is missing"
    assert "not well-formed XML" in error_of(archive({**container, "OEBPS/book.opf": "<package>"}))
    assert "spine has no readable files" in error_of(archive({**container, "OEBPS/book.opf": "<package/>"}))


def test_entity_declarations_are_rejected_with_the_file_name():
    assert error_of(epub({"a.xhtml": HOSTILE + page("<p>&x;</p>")})).startswith("b.epub, OEBPS/a.xhtml: entity")
    laughs = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><package>&b;</package>'
    for encoding in ("utf-8", "utf-16"):
        data = archive({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": laughs.encode(encoding)})
        assert error_of(data).startswith("b.epub, OEBPS/book.opf: entity declarations")


def test_zip_bombs_are_rejected(monkeypatch):
    bomb = epub({"a.xhtml": "<p>" + "a" * (16 << 20) + "</p>"})
    assert len(bomb) < 100_000
    assert "possible zip bomb" in error_of(bomb)
    small = epub({"a.xhtml": "<p>" + "ab " * 9999 + "</p>", "b.xhtml": "<p>" + "ba " * 9999 + "</p>"})
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 40_000)
    assert "unpacked book is too large" in error_of(small)
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    assert "too many files in the archive: 5" in error_of(small)


def test_a_wrong_size_in_the_archive_is_an_error():
    data = bytearray(epub({"a.xhtml": "<p>" + "word " * 5000 + "</p>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as opened:
        size = opened.getinfo("OEBPS/a.xhtml").file_size
    changed = bytes(data).replace(struct.pack("<I", size), struct.pack("<I", 100))
    assert "OEBPS/a.xhtml" in error_of(changed)


def test_links_outside_the_book_are_rejected():
    data = epub({"a.xhtml": "<p>a</p>"}, manifest='<item id="x" href="../../etc/passwd" media-type="text/html"/>')
    assert error_of(data) == "b.epub, OEBPS/book.opf: the link '../../etc/passwd' leads outside the book"
    book = epub({"a.xhtml": "<p>a</p>"}, manifest='<item id="x" href="http://localhost/x" media-type="text/html"/>')
    assert titles(book) == ["A Small Book"]


def test_a_protected_book_is_reported():
    def encryption(algorithm: str, uri: str) -> str:
        return (
            f'<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/><CipherData>'
            f'<CipherReference URI="{uri}"/></CipherData></EncryptedData></encryption>'
        )

    pages = {"a.xhtml": "<p>a</p>"}
    aes = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")
    assert "protected (DRM)" in error_of(epub(pages, {"META-INF/encryption.xml": aes}))
    font = encryption("http://www.idpf.org/2008/embedding", "OEBPS/font.otf")
    assert titles(epub(pages, {"META-INF/encryption.xml": font})) == ["A Small Book"]


def test_an_invalid_table_of_contents_is_noted():
    book = read_book(epub({"a.xhtml": "<h1>A</h1>"}, {"toc.ncx": "<ncx"}, manifest=NCX_ITEM), "b.epub")
    assert str(book.notes[0]).startswith("OEBPS/toc.ncx: ignored the invalid table of contents")
    assert [chapter.title for chapter in book.chapters] == ["A"]


def test_deeply_nested_elements_are_rejected():
    deep = "<div>" * 500 + "a" + "</div>" * 600
    assert "OEBPS/a.xhtml" in error_of(epub({"a.xhtml": deep}))


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_archive_raises_book_error(seed):
    """With any damaged byte, reading succeeds or raises BookError; no other exception."""
    data = bytearray(
        epub({"a.xhtml": "<p>words and words</p>"}, {"nav.xhtml": nav(("A", "a.xhtml"))}, manifest=NAV_ITEM)
    )
    messages: list[str] = []
    for position in range(seed, len(data), 40):
        damaged = bytes(data[:position]) + bytes([data[position] ^ (1 << seed % 8)]) + bytes(data[position + 1 :])
        try:
            read_book(damaged, "b.epub")
        except BookError as error:
            messages.append(str(error))
    assert messages
    assert [message for message in messages if not message.startswith("b.epub")] == []
