"""The manifest of a narration: a line of JSON for each thing that is finished, each with a checksum of its own.

It is only ever appended to while a narration runs, so that whatever ends the run, the lines before stand; a line that
was cut or damaged is noticed by its checksum and counts as never written. Of lines for one thing the last counts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import xxhash

from ...utils.atomic_file import atomic_output
from ..voices.speaker import Speaker
from .settings import NarrateSettings

VERSION = 1
BOOK_MARK = b'{"kind":"book",'
"""What the line of a book begins with."""
_CHECK = b',"check":"'
_CHECK_BYTES = len(_CHECK) + 16 + len(b'"}')


class BookLine(msgspec.Struct, frozen=True, kw_only=True, tag="book", tag_field="kind"):
    """Whose narration it is, who speaks, and what is made of it."""

    version: int
    title: str
    author: str = ""
    speaker: Speaker
    cast: str = ""
    settings: NarrateSettings = NarrateSettings()

    def same_sound(self, other: BookLine) -> bool:
        """Whether segments spoken for the one are those of the other."""
        return msgspec.structs.replace(self, settings=other.settings) == other


class SpokenWord(msgspec.Struct, frozen=True, array_like=True):
    """A word: times in seconds from the start of its segment, and characters of the segment's text, -1 if unknown."""

    text: str
    start_s: float
    end_s: float
    start: int = -1
    end: int = -1


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What recognition made of a segment. `rate` is the word error rate; `message` why nothing could be heard."""

    rate: float
    errors: int
    words: str
    message: str = ""


class SegmentLine(msgspec.Struct, frozen=True, kw_only=True, tag="segment", tag_field="kind", omit_defaults=True):
    """A segment that is spoken: what, where its audio is, and what it cost.

    `number` and `chapter` count from 1, `source` are characters of the chapter's text. `file` is relative to the
    folder, empty for a segment without sound; `digest` is that of the file. `take` counts the times that it was made
    again with another seed. Where the narration is whole, `start_s` and `end_s` are its place in its chapter.
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
    take: int = 0
    seed: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    total_s: float = 0.0
    cached: bool = False
    attempts: int = 0
    heard: Heard | None = None
    words: tuple[SpokenWord, ...] = ()


class OutputFile(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was made."""

    name: str
    n_bytes: int
    mtime_ns: int


class OutputLine(msgspec.Struct, frozen=True, kw_only=True, tag="output", tag_field="kind", omit_defaults=True):
    """What was made of segments: a chapter's files (`chapter` from 1 on), or the whole book's (0).

    `inputs` is a digest of all that decides their bytes. `lufs` is the loudness before the gain.
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


class Place(NamedTuple):
    """Where a line stands in the file."""

    offset: int
    n_bytes: int


def encode_line(line: Line) -> bytes:
    """Return a line of the manifest, with its checksum and its end."""
    data = _encode(line)
    check = xxhash.xxh3_64_hexdigest(data).encode()
    return data[:-1] + _CHECK + check + b'"}\n'


def decode_line(data: bytes) -> Line | None:
    """Return what a line (without its end) says; None if it is cut or damaged."""
    body, check = data[:-_CHECK_BYTES] + b"}", data[-_CHECK_BYTES:]
    if not check.startswith(_CHECK) or check != _CHECK + xxhash.xxh3_64_hexdigest(body).encode() + b'"}':
        return None
    try:
        line: Line = _decoder.decode(body)
    except msgspec.DecodeError:
        return None  # of a later version
    return line


class Manifest:
    """The file `path`, open for appending. One process at a time: who holds the folder's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+b", buffering=0)
        self._appending = threading.Lock()
        self.damaged_lines = 0
        """How many lines the last `read` passed over."""

    def read(self) -> Iterator[tuple[Line, Place]]:
        """Yield the lines that are whole, with their places. A cut last line is removed, so that the next one fits."""
        self.damaged_lines = 0
        offset = 0
        with self.path.open("rb") as file:
            for data in file:
                line = decode_line(data[:-1]) if data.endswith(b"\n") else None
                if line is not None:
                    yield line, Place(offset, len(data))
                elif data.endswith(b"\n"):
                    self.damaged_lines += 1
                else:
                    self.damaged_lines += 1
                    self._file.truncate(offset)
                    return
                offset += len(data)

    def lines_at(self, places: Iterable[Place]) -> Iterator[Line | None]:
        """Yield the lines at some places; None for one that is damaged meanwhile."""
        with self.path.open("rb") as file:
            for place in places:
                file.seek(place.offset)
                yield decode_line(file.read(place.n_bytes)[:-1])

    def append(self, line: Line) -> Place:
        """Write a line. OSError (a full disk) leaves what `read` will pass over."""
        data = encode_line(line)
        with self._appending:
            offset = self._file.seek(0, os.SEEK_END)
            try:
                written = self._file.write(data)
                while written < len(data):
                    written += self._file.write(data[written:])
            except OSError as error:
                self._file.truncate(offset)
                raise OSError(error.errno, error.strerror, str(self.path)) from error
            return Place(offset, len(data))

    def sync(self) -> None:
        """Have what was appended reach the disk."""
        os.fsync(self._file.fileno())

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Replace all lines, in one step."""
        self._file.close()  # Windows replaces no file that is open
        try:
            with atomic_output(self.path) as file:
                for line in lines:
                    file.write(encode_line(line))
        finally:
            self._file = self.path.open("a+b", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
