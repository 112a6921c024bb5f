"""The cache's index: sizes and recency in SQLite, for eviction and statistics only. The files are authoritative.

If the index is deleted, damaged, locked, or on a read-only disk, it is rebuilt from the files, in memory if need be. No
method raises for it, and no entry is lost.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from .digest import DIGEST_PATTERN

INDEX_SCHEMA = 1
BUSY_TIMEOUT_S = 2.0
"""How long to wait for another process's transaction before falling back to an index in memory."""
REOPEN_AFTER_S = 3600.0
"""The longest life of a connection; after it, an index in memory tries the shared one again."""
RESCAN_AFTER_S = 86400.0
"""How long files missing from the index (written by a process that was killed) may go uncounted."""

_T = TypeVar("_T")
_FAILURES = (sqlite3.Error, UnicodeError)
"""The driver raises UnicodeError if a damaged file's bytes are in a value or in SQLite's own message."""
_log = logging.getLogger(__name__)

_CREATE = (
    "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, bytes INTEGER NOT NULL, used_ns INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used_ns, bytes)",
    "CREATE TABLE IF NOT EXISTS scans (scanned_s REAL NOT NULL)",
    f"PRAGMA user_version = {INDEX_SCHEMA}",
)
_UPSERT = (
    "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key)"
    " DO UPDATE SET bytes = excluded.bytes, used_ns = max(used_ns, excluded.used_ns)"
    " WHERE bytes != excluded.bytes OR used_ns < excluded.used_ns"
)


class IndexRow(NamedTuple):
    """An entry in the index: `used_ns` is the time of its last use, in nanoseconds of Unix time."""

    key: str
    n_bytes: int
    used_ns: int


class SegmentIndex:
    """The index of one cache, opened at its first use. Thread-safe. `scan` lists the files with their write times."""

    def __init__(self, file: Path, scan: Callable[[], Iterable[IndexRow]]) -> None:
        self._file = file
        self._scan = scan
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file_id: tuple[int, int] | None = None
        self._in_memory = False
        self._was_reset = False
        self._opened_at_s = 0.0

    def record(self, rows: Iterable[IndexRow]) -> None:
        """Add entries, or update the time of their last use, in one transaction."""
        listed = list(rows)

        def work(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.executemany(_UPSERT, listed)

        self._attempt(work)

    def totals(self) -> tuple[int, int]:
        """Return the number of entries and their total bytes."""

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            count, n_bytes = connection.execute("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM entries").fetchone()
            if not isinstance(n_bytes, int):
                raise sqlite3.DatabaseError("a size isn't a number")
            return count, n_bytes

        return self._attempt(work)

    def least_recent(self, n_bytes: int) -> list[IndexRow]:
        """Return entries to evict, least recently used first, that free `n_bytes`; never the last one used."""

        def work(connection: sqlite3.Connection) -> list[IndexRow]:
            rows: list[IndexRow] = []
            gathered_bytes = 0
            newest = connection.execute("SELECT key FROM entries ORDER BY used_ns DESC, key DESC LIMIT 1").fetchall()
            for values in connection.execute("SELECT key, bytes, used_ns FROM entries ORDER BY used_ns, key"):
                if tuple(map(type, values)) != (str, int, int) or not DIGEST_PATTERN.fullmatch(values[0]):
                    raise sqlite3.DatabaseError(f"{values!r} isn't an entry")
                row = IndexRow(*values)
                if gathered_bytes >= n_bytes or (row.key,) in newest:
                    break
                rows.append(row)
                gathered_bytes += row.n_bytes
            return rows

        return self._attempt(work)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove entries; unknown keys are ignored."""
        listed = [(key,) for key in keys]

        def work(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.executemany("DELETE FROM entries WHERE key = ?", listed)

        self._attempt(work)

    def rebuild(self) -> None:
        """Synchronize the index with the files; times of last use are kept."""
        self._attempt(self._rebuild)

    def close(self) -> None:
        """Close the connection. The next use opens it again."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None
            self._in_memory = self._was_reset = False

    def _attempt(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._lock:
            try:
                return work(self._open())
            except _FAILURES as error:
                if self._in_memory:
                    raise
                self._fall_back(error)
                return self._attempt(work)

    def _fall_back(self, error: Exception) -> None:
        """Replace a damaged index, once; after any other failure use an index in memory."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        # OperationalError has external causes (locked, read-only, full), except for missing tables.
        damaged = not isinstance(error, sqlite3.OperationalError) or "no such" in str(error)
        if damaged and not self._was_reset:
            self._was_reset = True
            try:
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self._file}{suffix}").unlink(missing_ok=True)
            except OSError as unlink_error:
                _log.info("the cache index can't be replaced: %s", unlink_error)
            else:
                _log.info("the cache index is damaged (%s); it is rebuilt from the files", error)
                return
        _log.info("the shared cache index can't be used (%s); this process uses one in memory", error)
        self._in_memory = True

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._is_current():
                return self._connection
            self.close()
        self._opened_at_s = time.monotonic()
        # Autocommit, since _transaction runs BEGIN IMMEDIATE itself. Threads are serialized by the lock.
        connection = sqlite3.connect(
            ":memory:" if self._in_memory else self._file,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, INDEX_SCHEMA}:
            raise sqlite3.DatabaseError(f"unknown schema {version}")
        with suppress(sqlite3.OperationalError):
            # Fails on network disks and while another process does the same; optional.
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            with _transaction(connection):
                for statement in _CREATE:
                    connection.execute(statement)
        self._file_id = None if self._in_memory else _file_id(self._file)
        scanned_s = connection.execute("SELECT MAX(scanned_s) FROM scans").fetchone()[0]
        if scanned_s is None or not 0.0 <= time.time() - scanned_s < RESCAN_AFTER_S:
            self._rebuild(connection)

    def _rebuild(self, connection: sqlite3.Connection) -> None:
        complaints = connection.execute("PRAGMA quick_check(1)").fetchone()
        if complaints != ("ok",):
            raise sqlite3.DatabaseError(complaints[0])
        started_ns = time.time_ns()
        found = {row.key: row for row in self._scan()}
        with _transaction(connection):
            now_ns = time.time_ns()
            for key, n_bytes, used_ns in connection.execute("SELECT key, bytes, used_ns FROM entries").fetchall():
                if not isinstance(used_ns, int) or used_ns > now_ns:
                    continue  # a damaged row, or the clock was set back
                row = found.get(key)
                if row is not None:
                    found[key] = row._replace(used_ns=max(row.used_ns, used_ns))
                elif used_ns > started_ns:
                    found[key] = IndexRow(key, n_bytes, used_ns)  # another process added it during the scan
            # All rows are rewritten, so that undetected damage is removed.
            connection.execute("DELETE FROM entries")
            connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", sorted(found.values()))
            connection.execute("DELETE FROM scans")
            connection.execute("INSERT INTO scans VALUES (?)", (started_ns / 1e9,))

    def _is_current(self) -> bool:
        """Whether the connection isn't too old and its file is still the one at that path."""
        if time.monotonic() - self._opened_at_s > REOPEN_AFTER_S:
            return False
        return self._in_memory or _file_id(self._file) == self._file_id


def _file_id(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
