"""The segment cache: content-addressed files up to a maximum size, shared by any number of processes.

The files `<folder>/v1/ab/<key>.seg` are authoritative. `<folder>/index-v1.sqlite3` keeps sizes and recency and can be
rebuilt from them.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from types import TracebackType

import msgspec

from ..streaming.contract.errors import CacheEntryError, NewerSchemaError
from .entry import CachedSegment, decode_entry, encode_entry
from .files import EntryFiles
from .index import IndexRow, SegmentIndex

LAYOUT = "v1"
RETRY_AFTER_S = 60.0
"""How long to wait after a failed write: a host that runs for days may get its disk space back."""
FLUSH_ROWS = 256
FLUSH_AFTER_S = 5.0
"""Uses are recorded in the index in batches: after this many, or at the first use after this time."""

_log = logging.getLogger(__name__)


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """The cache's content, and what this process did. `disabled` says why writing is off; empty if it is on."""

    entries: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int
    writes: int
    evicted: int
    damaged: int
    disabled: str


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `verify`: the number and bytes of intact entries, and the keys of the others.

    `damaged` entries were removed; `newer` (written by a later release) and `unreadable` ones were kept.
    """

    entries: int
    bytes: int
    damaged: tuple[str, ...]
    newer: tuple[str, ...]
    unreadable: tuple[str, ...]


class SegmentCache:
    """Stores engines' output by key. Thread-safe, and safe with other processes on the same folder.

    Disk errors never raise: if nothing can be written, there is one warning, a reason in the stats, and jobs continue
    uncached. A key that isn't 32 lower-case hex digits is a ValueError.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        if max_bytes < 0:
            raise ValueError(f"invalid cache size '{max_bytes}'; it must not be negative")
        self._max_bytes = max_bytes
        self._files = EntryFiles(folder / LAYOUT)
        self._index = SegmentIndex(folder / "index-v1.sqlite3", self._files.scan)
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._pending: dict[str, IndexRow] = {}
        self._flushed_at_s = time.monotonic()
        self._used_ns = 0
        self._known_bytes: int | None = None
        self._fresh_bytes = 0
        self._hits = self._misses = self._writes = self._evicted = self._damaged = 0
        self._disabled = ""
        self._retry_at_s = 0.0
        self._warned = False
        try:
            self._files.prepare()
        except OSError as error:
            self._stop_writing(error)
        self._files.sweep()

    def __enter__(self) -> SegmentCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, key: str) -> CachedSegment | None:
        """Return a copy of an entry; None if there is none. A damaged entry is removed."""
        n_bytes = 0
        segment: CachedSegment | None = None
        try:
            data = self._files.read(key)
            if data is not None:
                n_bytes = len(data)
                segment = decode_entry(data, key)
        except NewerSchemaError:
            pass
        except CacheEntryError as error:
            self._drop(key, error)
        except OSError as error:
            self._warn_once(f"an entry can't be read: {error}")
        with self._lock:
            if segment is None:
                self._misses += 1
                return None
            self._hits += 1
            due = self._record_use(key, n_bytes)
        if due:
            self._flush(wait=False)
        return segment

    def put(self, key: str, segment: CachedSegment) -> bool:
        """Write an entry and return whether it was written.

        It isn't if it is larger than the cache, if an entry of a later release has this key, or if the folder isn't
        writable. ValueError for a segment that can't be stored.
        """
        newer = self._files.is_newer(key)
        buffers = encode_entry(segment, key)
        n_bytes = sum(map(len, buffers))
        if newer or n_bytes > self._max_bytes or (self._disabled and time.monotonic() < self._retry_at_s):
            return False
        try:
            self._files.write(key, buffers)
        except OSError as error:
            self._stop_writing(error)
            return False
        with self._lock:
            if self._disabled:
                _log.info("segment cache in %s: writable again", self._files.root)
                self._disabled = ""
            self._writes += 1
            self._fresh_bytes += n_bytes
            due = self._record_use(key, n_bytes)
            full = self._known_bytes is None or self._known_bytes + self._fresh_bytes > self._max_bytes
        if due or full:
            self._flush(wait=full)
        return True

    def stats(self) -> CacheStats:
        """Return the statistics. Entries and bytes come from the index; `verify` synchronizes it with the files."""
        self._flush(wait=True)
        entries, n_bytes = self._index.totals()
        with self._lock:
            return CacheStats(
                entries=entries,
                bytes=n_bytes,
                max_bytes=self._max_bytes,
                hits=self._hits,
                misses=self._misses,
                writes=self._writes,
                evicted=self._evicted,
                damaged=self._damaged,
                disabled=self._disabled,
            )

    def verify(self) -> VerifyReport:
        """Read every entry, remove the damaged ones, and rebuild the index."""
        found: dict[str, list[str]] = {"intact": [], "damaged": [], "newer": [], "unreadable": [], "gone": []}
        n_bytes = 0
        for row in self._files.scan():
            state = self._check(row.key)
            found[state].append(row.key)
            if state == "intact":
                n_bytes += row.n_bytes
        self._files.sweep()
        self._flush(wait=True)
        self._index.rebuild()
        with self._lock:
            self._known_bytes = None
        return VerifyReport(
            entries=len(found["intact"]),
            bytes=n_bytes,
            damaged=tuple(found["damaged"]),
            newer=tuple(found["newer"]),
            unreadable=tuple(found["unreadable"]),
        )

    def clear(self) -> int:
        """Remove all entries, also those of later releases; return their number. Other writers may continue."""
        removed = sum(self._files.remove(row.key) for row in self._files.scan())
        self._files.sweep()
        with self._lock:
            self._pending.clear()
            self._fresh_bytes = 0
            self._known_bytes = None
        self._index.rebuild()
        return removed

    def close(self) -> None:
        """Write the recorded uses to the index. The cache may be used again afterwards."""
        self._flush(wait=True)
        self._index.close()

    def _check(self, key: str) -> str:
        try:
            data = self._files.read(key)
            if data is None:
                return "gone"
            decode_entry(data, key)
        except NewerSchemaError:
            return "newer"
        except CacheEntryError as error:
            self._drop(key, error)
            return "damaged"
        except OSError:
            return "unreadable"
        return "intact"

    def _record_use(self, key: str, n_bytes: int) -> bool:
        """Record a use (under the lock); return whether a flush to the index is due."""
        # Strictly increasing, even if the system's clock is coarse or set back.
        self._used_ns = max(time.time_ns(), self._used_ns + 1)
        self._pending[key] = IndexRow(key, n_bytes, self._used_ns)
        return len(self._pending) >= FLUSH_ROWS or time.monotonic() - self._flushed_at_s >= FLUSH_AFTER_S

    def _flush(self, *, wait: bool) -> None:
        if not self._flushing.acquire(blocking=wait):
            return
        try:
            with self._lock:
                rows = list(self._pending.values())
                self._pending.clear()
                self._flushed_at_s = time.monotonic()
                wrote = self._fresh_bytes > 0
                self._fresh_bytes = 0
            if rows:
                self._index.record(rows)
            if wrote:
                self._evict()
        finally:
            self._flushing.release()

    def _evict(self) -> None:
        """If the cache is too large, evict the least recently used entries: the surplus and a sixteenth more."""
        known_bytes = self._index.totals()[1]
        if known_bytes > self._max_bytes:
            # Evict by the files, not by a stale index. Once per sixteenth of the cache, the scan is cheap.
            self._index.rebuild()
            known_bytes = self._index.totals()[1]
        if known_bytes > self._max_bytes:
            rows = self._index.least_recent(known_bytes - self._max_bytes + self._max_bytes // 16)
            gone = [row for row in rows if self._files.remove(row.key)]
            self._index.forget(row.key for row in gone)
            known_bytes -= sum(row.n_bytes for row in gone)
            with self._lock:
                self._evicted += len(gone)
        with self._lock:
            self._known_bytes = known_bytes

    def _drop(self, key: str, error: CacheEntryError) -> None:
        _log.warning("a damaged cache entry is removed: %s: %s", key, error)
        self._files.remove(key)
        with self._lock:
            self._damaged += 1
            self._pending.pop(key, None)
        self._index.forget([key])

    def _stop_writing(self, error: OSError) -> None:
        # strerror leaves out the name of the temporary file, which changes with every attempt.
        reason = error.strerror or str(error)
        with self._lock:
            self._disabled = reason
            self._retry_at_s = time.monotonic() + RETRY_AFTER_S
        self._warn_once(f"not writable, so new output isn't cached: {reason}")

    def _warn_once(self, message: str) -> None:
        with self._lock:
            if self._warned:
                return
            self._warned = True
        _log.warning("segment cache in %s: %s", self._files.root, message)
