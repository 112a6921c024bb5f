"""Files that can be read only once: stdin and pipes."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

_PROBED_BYTES = 4096
_MAX_TEXT_BYTES = (16 << 20) + 1
"""One more than the largest subtitle file, so that a larger one is refused as too large."""
_BLOCK_BYTES = 1 << 20


class PipedFile(NamedTuple):
    """What came through a pipe: `data` of text, or the path of a temporary file with anything else, such as a video."""

    data: bytes | None
    path: Path


def is_piped(file: Path) -> bool:
    """Return whether a file is stdin (`-`) or a pipe, so that it can be read only once."""
    return str(file) == "-" or (file.exists() and not file.is_file() and not file.is_dir())


def read_piped(file: Path) -> PipedFile:
    """Read a pipe to its end. A temporary file of it is removed when the command ends."""
    if str(file) == "-":
        return _read(sys.stdin.buffer, Path("stdin"))
    with file.open("rb") as pipe:
        return _read(pipe, file)


def looks_like_text(head: bytes) -> bool:
    """Return whether a file that starts like this holds text, rather than a video."""
    return b"\0" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff")


def _read(pipe: BinaryIO, name: Path) -> PipedFile:
    head = _exactly(pipe, _PROBED_BYTES)
    if looks_like_text(head):
        return PipedFile(head + _exactly(pipe, _MAX_TEXT_BYTES - len(head)), name)
    folder = Path(tempfile.mkdtemp(prefix="voxweft-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / (name.name if name.suffix else "stdin")
    with path.open("wb") as copy:
        copy.write(head)
        while block := pipe.read(_BLOCK_BYTES):
            copy.write(block)
    return PipedFile(None, path)


def _exactly(pipe: BinaryIO, n_bytes: int) -> bytes:
    """Read this number of bytes, or to the end of the pipe; one read may return fewer."""
    blocks: list[bytes] = []
    while n_bytes > 0 and (block := pipe.read(n_bytes)):
        blocks.append(block)
        n_bytes -= len(block)
    return b"".join(blocks)
