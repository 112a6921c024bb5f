"""Voice tensors and reference recordings on the parent's side, by the digest of their content."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ...cache.digest import content_digest
from ..contract.adapter import Blob
from .frames import MAX_PAYLOAD_BYTES

DEFAULT_BYTES = 512 << 20


class BlobStore:
    """Keeps what segments refer to by digest: the most recently used, up to `max_bytes`. Thread-safe."""

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._blobs: OrderedDict[str, Blob] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, data: bytes, sample_rate: int = 0) -> str:
        """Store content and return its digest. ValueError if it is over the limit of the store or of a frame."""
        limit = min(self._max_bytes, MAX_PAYLOAD_BYTES)
        if len(data) > limit:
            raise ValueError(f"{len(data)} bytes are over the limit of {limit}")
        digest = content_digest(data, sample_rate)
        with self._lock:
            if digest not in self._blobs:
                self._blobs[digest] = Blob(data, sample_rate)
                self._bytes += len(data)
            self._blobs.move_to_end(digest)
            while self._bytes > self._max_bytes:
                _, oldest = self._blobs.popitem(last=False)
                self._bytes -= len(oldest.data)
        return digest

    def get(self, digest: str) -> Blob | None:
        """Return the content, or None if it isn't stored (any more)."""
        with self._lock:
            blob = self._blobs.get(digest)
            if blob is not None:
                self._blobs.move_to_end(digest)
            return blob
