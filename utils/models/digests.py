"""Cached digests of files' contents: a file is read again only after it has changed."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import secrets
import threading
import time
from pathlib import Path

import msgspec
import xxhash

_DOMAIN = b"voxweft file1"
"""Domain separation from other hashes of the same bytes."""
_MAX_REMEMBERED = 4096
_STABLE_NS = 2_000_000_000
"""Timestamps may be this coarse: a file written more recently could change again without a new timestamp."""
_BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """A file's stamp when it was read, and its digest."""

    n_bytes: int
    mtime_ns: int
    inode: int
    digest: str


_decoder = msgspec.json.Decoder(dict[str, _Known])


class FileDigests:
    """Content digests by path, size, modification time and inode, in one file shared by all processes. Thread-safe.

    If that file is deleted or damaged, digests are computed again; if it can't be written, they are kept in memory.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, _Known] | None = None
        self._new: dict[str, _Known] = {}

    def of(self, path: Path) -> str:
        """Return the digest of a file's content: 32 lower-case hex digits (xxh3-128). OSError if it can't be read."""
        name = os.path.abspath(path)  # noqa: PTH100  not resolved: a link's target may be replaced
        with self._lock:
            if self._known is None:
                self._known = self._read()
            known = self._known.get(name)
            if known is not None and _looks_like(known, path.stat()):
                return known.digest
            digest, before, after = _hash(path)
            fresh = _Known(before.st_size, before.st_mtime_ns, before.st_ino, digest)
            is_stable = abs(time.time_ns() - before.st_mtime_ns) > _STABLE_NS
            if is_stable and _looks_like(fresh, after):
                self._known[name] = self._new[name] = fresh
            return digest

    def save(self) -> None:
        """Write the new digests, merged with those that other processes have written meanwhile."""
        with self._lock:
            if not self._new:
                return
            known = self._read() | self._new
            surplus = max(0, len(known) - _MAX_REMEMBERED)
            body = msgspec.json.encode(dict(itertools.islice(known.items(), surplus, None)))
            temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}-{secrets.token_hex(8)}")
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(xxhash.xxh3_128_hexdigest(body).encode() + b"\n" + body)
                temporary.replace(self._file)
            except OSError as error:
                _log.info("digests of model files can't be saved: %s", error)
                with contextlib.suppress(OSError):
                    temporary.unlink()
                return
            self._new.clear()

    def _read(self) -> dict[str, _Known]:
        try:
            checksum, _, body = self._file.read_bytes().partition(b"\n")
        except OSError:
            return {}
        try:
            if checksum.decode() != xxhash.xxh3_128_hexdigest(body):
                raise ValueError("its checksum is wrong")
            return _decoder.decode(body)
        except ValueError as error:  # msgspec's errors are ValueErrors too
            _log.info("%s is rebuilt: %s", self._file, error)
            return {}


def _looks_like(known: _Known, status: os.stat_result) -> bool:
    return (known.n_bytes, known.mtime_ns, known.inode) == (status.st_size, status.st_mtime_ns, status.st_ino)


def _hash(path: Path) -> tuple[str, os.stat_result, os.stat_result]:
    digest = xxhash.xxh3_128(_DOMAIN)
    with path.open("rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
        return digest.hexdigest(), before, os.fstat(file.fileno())
