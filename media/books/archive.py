"""The archive of an EPUB, read within bounds. Nothing of it reaches the disk."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from urllib.parse import unquote, urlsplit

from lxml import etree

from ..errors import BookError

MAX_FILES = 20_000
MAX_FILE_BYTES = 128 << 20
MAX_TOTAL_BYTES = 512 << 20
"""What is unpacked of one book at most: text, tables of contents, the cover."""
MAX_RATIO = 250
"""XHTML shrinks to a tenth or so; what shrinks more than this, beyond some megabytes, was made to fill memory."""
_SMALL_BYTES = 8 << 20
_ENCRYPTED_FLAG = 0x1
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAMED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


class Archive:
    """The files of a ZIP by their names. BookError for what is none, or is damaged, or is larger than any book."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BookError(f"this is no EPUB: it isn't a ZIP archive that can be read ({error})") from error
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise BookError(f"an archive of {len(infos)} files; a book has no more than {MAX_FILES}")
        self._infos = {info.filename: info for info in infos}
        self._read_bytes = 0

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """Return a file's bytes. BookError names the file that is missing, damaged, encrypted or too large."""
        info = self._infos.get(name)
        if info is None:
            raise BookError("the book is damaged: this file isn't in it", name)
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise BookError("the file is encrypted with a password", name)
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BookError("it is packed in a way that no EPUB may be", name)
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > MAX_FILE_BYTES or (info.file_size > _SMALL_BYTES and ratio > MAX_RATIO):
            raise BookError(f"{info.file_size >> 20} MiB packed {ratio:.0f} to 1: that is no file of a book", name)
        self._read_bytes += info.file_size
        if self._read_bytes > MAX_TOTAL_BYTES:
            raise BookError(f"more than {MAX_TOTAL_BYTES >> 20} MiB would have to be unpacked", name)
        try:
            with self._zip.open(info) as file:
                # Whatever the archive says: no more than it said is taken.
                return file.read(info.file_size + 1)[: info.file_size]
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as error:
            raise BookError(f"the archive is damaged here: {error}", name) from error

    def xml(self, name: str) -> etree._Element:
        """Return the root of an XML file. BookError for one that isn't well-formed or declares entities."""
        return parse_xml(self.read(name), name)


def decode_xml(data: bytes, name: str) -> str:
    """Return an XML file's characters by its mark, its declaration, or UTF-8, without the declaration.

    BookError for declarations of entities, whether they would fetch files or grow: no book needs any.
    """
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif (named := _NAMED.match(data)) is not None:
        encoding = named[1].decode("ascii")
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise BookError(f"its characters can't be read as {encoding}: {error}", name) from error
    if _ENTITY.search(text):
        raise BookError("it declares entities, which could fetch files or fill the memory: it isn't read", name)
    return _DECLARATION.sub("", text.lstrip("\ufeff"))


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of an XML file's bytes; see `Archive.xml`."""
    text = decode_xml(data, name)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise BookError(f"it isn't well-formed XML: {error.msg}", name) from error
    if root is None:
        raise BookError("it is empty", name)
    return root


def resolve(base: str, href: str) -> tuple[str, str] | None:
    """Return what a link in the file `base` leads to: a file of the archive, and the place in it.

    None for a link to another place than the book. BookError for one that leads out of the archive.
    """
    parts = urlsplit(href.strip())
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if not path:
        return base, unquote(parts.fragment)
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path.replace("\\", "/")))
    if joined.startswith(("../", "/")) or joined == ".." or "\0" in joined:
        raise BookError(f"{href!r} leads out of the book", base)
    return joined, unquote(parts.fragment)
