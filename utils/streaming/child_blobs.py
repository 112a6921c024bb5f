"""A worker's view of voice tensors and recordings: asked for by digest, kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from . import protocol
from .adapter import Blob

_KEPT_BYTES = 256 << 20


class BlobMissingError(KeyError):
    """The parent doesn't have the content. Says so in plain words, where a KeyError shows a quoted key."""

    def __str__(self) -> str:
        return str(self.args[0])


class BlobClient:
    """Fetches blobs from the parent; the most recently used stay, up to 256 MiB."""

    def __init__(self, send: Callable[[protocol.ToParent], None]) -> None:
        self._send = send
        self._kept: OrderedDict[str, Blob] = OrderedDict()
        self._kept_bytes = 0
        self._answers: dict[str, Blob | None] = {}
        self._arrived = threading.Condition()

    def get(self, digest: str) -> Blob:
        """Return the content of that digest. KeyError if the parent doesn't have it."""
        kept = self._kept.get(digest)
        if kept is not None:
            self._kept.move_to_end(digest)
            return kept
        self._send(protocol.BlobWanted(digest))
        with self._arrived:
            # The parent answers every request or is gone, and then the reader ends this process.
            self._arrived.wait_for(lambda: digest in self._answers)
            blob = self._answers.pop(digest)
        if blob is None:
            raise BlobMissingError(f"the content with digest {digest} is gone; load the voice or recording again")
        self._kept[digest] = blob
        self._kept_bytes += len(blob.data)
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.data)
        return blob

    def deliver(self, message: protocol.BlobData, data: bytes) -> None:
        """Take the parent's answer (called by the reader thread)."""
        with self._arrived:
            self._answers[message.digest] = Blob(data, message.sample_rate) if message.found else None
            self._arrived.notify_all()
