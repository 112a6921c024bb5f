"""The manifest of a narration: one line of JSON with a checksum for each segment, each output, and the book.

While a narration runs, lines are only appended, so an interrupted run loses no line. A line that is cut or damaged
fails its checksum and is skipped. If several lines describe the same segment or output, the last one is valid.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import xxhash

from ...text.sound_tags import without_tags
from ...utils.atomic_file import atomic_output
from ..voices.speaker import Speaker
from .settings import NarrateSettings

VERSION = 1
BOOK = 0
"""The chapter number of the whole book."""
BOOK_MARK = b'{"kind":"book",'
"""The first bytes of a book's line."""
_CHECK = b',"check":"'
_CHECK_BYTES = len(_CHECK) + 16 + len(b'"}')


class BookLine(msgspec.Struct, frozen=True, kw_only=True, tag="book", tag_field="kind"):
    """The book, the speaker, and the output settings of a narration."""

    version: int
    title: str
    author: str = ""
    speaker: Speaker
    cast: str = ""
    settings: NarrateSettings = NarrateSettings()


class SpokenWord(msgspec.Struct, frozen=True, array_like=True):
    """A word: times in seconds from the start of its segment, character offsets in the segment's text (-1: unknown)."""

    text: str
    start_s: float
    end_s: float
    start: int = -1
    end: int = -1


class SegmentVerification(msgspec.Struct, frozen=True, kw_only=True):
    """The words that were recognized in a segment. `rate` is the word error rate; `message` the reason of a failure."""

    rate: float
    errors: int
    recognized: str
    message: str = ""


class SegmentLine(msgspec.Struct, frozen=True, kw_only=True, tag="segment", tag_field="kind", omit_defaults=True):
    """A finished segment.

    `number` and `chapter` count from 1. `written` is the text as written, if the engine received another. `performed`
    are the tags of sounds and moods in `text`. `source` are character offsets in the chapter's text. `file` is
    relative to the folder and empty for a segment without audio; `digest` is the digest of the file. `regeneration`
    counts the times that the segment was regenerated with another seed. `start_s` and `end_s`, in the chapter's
    audio, are set once the narration is complete.
    """

    identity: str
    number: int
    chapter: int
    text: str
    source: tuple[int, int]
    file: str
    digest: str
    sample_rate: int
    n_samples: int
    float32: bool = False
    regeneration: int = 0
    seed: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    total_s: float = 0.0
    cached: bool = False
    attempts: int = 0
    verification: SegmentVerification | None = None
    words: tuple[SpokenWord, ...] = ()
    performed: tuple[str, ...] = ()
    written: str = ""

    @property
    def spoken_text(self) -> str:
        """The words of the text, without tags."""
        return without_tags(self.text, self.performed)


class OutputFile(msgspec.Struct, frozen=True, array_like=True):
    """An output file's name, size and modification time after it was written."""

    name: str
    n_bytes: int
    mtime_ns: int


class OutputLine(msgspec.Struct, frozen=True, kw_only=True, tag="output", tag_field="kind", omit_defaults=True):
    """The output files of a chapter (`chapter` from 1), or of the whole book (`chapter` 0).

    `inputs` is a digest of everything that determines their bytes. `lufs` is the loudness before the gain.
    """

    chapter: int
    title: str
    inputs: str
    files: tuple[OutputFile, ...]
    duration_s: float = 0.0
    lufs: float | None = None
    gain_db: float = 0.0


Line = BookLine | SegmentLine | OutputLine
_decoder = msgspec.json.Decoder(Line)
_encode = msgspec.json.Encoder().encode


class LinePosition(NamedTuple):
    """The position of a line in the manifest, in bytes."""

    offset: int
    n_bytes: int


def encode_line(line: Line) -> bytes:
    """Return a line of the manifest with its checksum and its line end."""
    data = _encode(line)
    check = xxhash.xxh3_64_hexdigest(data).encode()
    return data[:-1] + _CHECK + check + b'"}\n'


def decode_line(data: bytes) -> Line | None:
    """Return the contents of a line (without its line end); None if it is cut or damaged."""
    body, check = data[:-_CHECK_BYTES] + b"}", data[-_CHECK_BYTES:]
    if not check.startswith(_CHECK) or check != _CHECK + xxhash.xxh3_64_hexdigest(body).encode() + b'"}':
        return None
    try:
        line: Line = _decoder.decode(body)
    except msgspec.DecodeError:
        return None  # written by a later version
    return line


class Manifest:
    """The file `path`, open for appending. Only the process that holds the folder's lock may open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+b", buffering=0)
        self._append_lock = threading.Lock()
        self.damaged_lines = 0
        """The number of lines that the last `read` skipped."""

    def read(self) -> Iterator[tuple[Line, LinePosition]]:
        """Yield the valid lines with their positions. Removes a cut last line, so that the next append is valid."""
        self.damaged_lines = 0
        offset = 0
        with self.path.open("rb") as file:
            for data in file:
                line = decode_line(data[:-1]) if data.endswith(b"\n") else None
                if line is not None:
                    yield line, LinePosition(offset, len(data))
                elif data.endswith(b"\n"):
                    self.damaged_lines += 1
                else:
                    self.damaged_lines += 1
                    self._file.truncate(offset)
                    return
                offset += len(data)

    def lines_at(self, positions: Iterable[LinePosition]) -> Iterator[Line | None]:
        """Yield the lines at some positions; None for a line that has been damaged since."""
        with self.path.open("rb") as file:
            for position in positions:
                file.seek(position.offset)
                yield decode_line(file.read(position.n_bytes)[:-1])

    def append(self, line: Line) -> LinePosition:
        """Append a line. After an OSError (such as a full disk) the manifest is as before, or `read` skips the rest."""
        data = encode_line(line)
        with self._append_lock:
            offset = self._file.seek(0, os.SEEK_END)
            try:
                written = self._file.write(data)
                while written < len(data):
                    written += self._file.write(data[written:])
            except OSError as error:
                self._file.truncate(offset)
                raise OSError(error.errno, error.strerror, str(self.path)) from error
            return LinePosition(offset, len(data))

    def sync(self) -> None:
        """Flush the appended lines to the disk."""
        os.fsync(self._file.fileno())

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace all lines atomically."""
        self._file.close()  # Windows can't replace an open file
        try:
            with atomic_output(self.path) as file:
                for line in lines:
                    file.write(encode_line(line))
        finally:
            self._file = self.path.open("a+b", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
