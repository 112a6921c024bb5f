"""Read the ZIP archive of an EPUB in memory, within size limits."""

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
"""Maximum total size of the unpacked text, tables of contents and cover."""
MAX_RATIO = 250
"""XHTML compresses to about a tenth. A larger ratio, in a file of some megabytes, is a zip bomb."""
_SMALL_BYTES = 8 << 20
_ENCRYPTED_FLAG = 0x1
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAMED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


class Archive:
    """The files of a ZIP archive by name. BookError if it is invalid, damaged or too large."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BookError(f"not an EPUB: not a valid ZIP archive ({error})") from error
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise BookError(f"too many files in the archive: {len(infos)}; maximum {MAX_FILES}")
        self._infos = {info.filename: info for info in infos}
        self._read_bytes = 0

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """Return the bytes of a file. BookError if it is missing, damaged, encrypted or too large."""
        info = self._infos.get(name)
        if info is None:
            raise BookError("the book is damaged: this file is missing", name)
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise BookError("the file is encrypted with a password", name)
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BookError("unsupported ZIP compression method", name)
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > MAX_FILE_BYTES or (info.file_size > _SMALL_BYTES and ratio > MAX_RATIO):
            raise BookError(
                f"{info.file_size >> 20} MiB at a compression ratio of {ratio:.0f}:1; too much (possible zip bomb)",
                name,
            )
        self._read_bytes += info.file_size
        if self._read_bytes > MAX_TOTAL_BYTES:
            raise BookError(f"the unpacked book is too large; maximum {MAX_TOTAL_BYTES >> 20} MiB", name)
        try:
            with self._zip.open(info) as file:
                # The stated size may be wrong: never read more than that.
                return file.read(info.file_size + 1)[: info.file_size]
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as error:
            raise BookError(f"the archive is damaged here: {error}", name) from error

    def xml(self, name: str) -> etree._Element:
        """Return the root of an XML file. BookError if it isn't well-formed or declares entities."""
        return parse_xml(self.read(name), name)


def decode_xml(data: bytes, name: str) -> str:
    """Decode an XML file by its byte order mark, else its declaration, else as UTF-8. Remove the declaration.

    BookError for entity declarations, which could fetch files or expand without limit.
    """
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif (named := _NAMED.match(data)) is not None:
        encoding = named[1].decode("ascii")
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise BookError(f"not valid {encoding}: {error}", name) from error
    if _ENTITY.search(text):
        raise BookError("entity declarations are not allowed: they could fetch files or exhaust the memory", name)
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
        raise BookError(f"not well-formed XML: {error.msg}", name) from error
    if root is None:
        raise BookError("the file is empty", name)
    return root


def resolve(base: str, href: str) -> tuple[str, str] | None:
    """Resolve a link in the file `base` to a file of the archive and a fragment.

    None for an external link. BookError for a path outside the archive.
    """
    parts = urlsplit(href.strip())
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if not path:
        return base, unquote(parts.fragment)
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path.replace("\\", "/")))
    if joined.startswith(("../", "/")) or joined == ".." or "\0" in joined:
        raise BookError(f"the link {href!r} leads outside the book", base)
    return joined, unquote(parts.fragment)
