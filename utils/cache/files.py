"""The cache's files: their paths, and atomic writes."""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ..streaming.contract.errors import CacheEntryError, NewerSchemaError
from .digest import DIGEST_PATTERN
from .entry import check_schema
from .index import IndexRow

STALE_AFTER_S = 3600.0
"""Age from which a temporary file belongs to a writer that died."""

_SUFFIX = ".seg"


class EntryFiles:
    """The files under one folder: `ab/<key>.seg`, and `tmp/` for those being written.

    Every method raises ValueError for a key that isn't 32 lower-case hex digits, so no key can leave the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._temporaries = root / "tmp"
        self._prefix = f"{root}{os.sep}"

    def prepare(self) -> None:
        """Create the folders. OSError if that fails."""
        self._temporaries.mkdir(parents=True, exist_ok=True)

    def read(self, key: str) -> bytes | None:
        """Return an entry's bytes, None if there is none. OSError if it can't be read."""
        try:
            with io.FileIO(self._path(key)) as file:
                return file.readall()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_newer(self, key: str) -> bool:
        """Whether a later release has an entry under this key."""
        try:
            with io.FileIO(self._path(key)) as file:
                check_schema(file.read(8))
        except NewerSchemaError:
            return True
        except (OSError, CacheEntryError):
            return False
        return False

    def write(self, key: str, buffers: Sequence[bytes | memoryview]) -> None:
        """Write an entry atomically. OSError, leaving nothing, if that fails.

        It isn't synced: after a power cut, the checksum detects incomplete entries.
        """
        try:
            self._write(key, buffers)
        except FileNotFoundError:
            # The first entry of its folder, or the folder was deleted by the user.
            self.prepare()
            Path(self._path(key)).parent.mkdir(parents=True, exist_ok=True)
            self._write(key, buffers)

    def remove(self, key: str) -> bool:
        """Remove an entry; return whether it no longer exists (it may not have existed before)."""
        try:
            Path(self._path(key)).unlink()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False  # a read-only disk, or an open file on Windows
        return True

    def scan(self) -> Iterator[IndexRow]:
        """Yield the entries with the time they were written; other files are skipped."""
        for folder in _list(self.root):
            for item in _list(Path(folder.path)):
                key = item.name.removesuffix(_SUFFIX)
                if not (item.name.endswith(_SUFFIX) and key[:2] == folder.name and DIGEST_PATTERN.fullmatch(key)):
                    continue
                try:
                    status = item.stat()
                except OSError:
                    continue  # evicted by another process
                yield IndexRow(key, status.st_size, status.st_mtime_ns)

    def sweep(self) -> None:
        """Remove the temporary files of writers that died."""
        now_s = time.time()
        for item in _list(self._temporaries):
            with suppress(OSError):
                if now_s - item.stat().st_mtime > STALE_AFTER_S:
                    Path(item.path).unlink()

    def _path(self, key: str) -> str:
        if not DIGEST_PATTERN.fullmatch(key):
            raise ValueError(f"invalid key {key!r}; a key has 32 lower-case hex digits")
        # Joined by hand: every hit calls this, and pathlib costs more than the look-up.
        return f"{self._prefix}{key[:2]}{os.sep}{key}{_SUFFIX}"

    def _write(self, key: str, buffers: Sequence[bytes | memoryview]) -> None:
        path = self._path(key)
        temporary = self._temporaries / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                file.writelines(buffers)
            temporary.replace(path)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink()
            # Windows can't replace an open file: another reader has this very entry open.
            if not (os.name == "nt" and isinstance(error, PermissionError) and Path(path).exists()):
                raise


def _list(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return list(items)
    except OSError:
        return []
