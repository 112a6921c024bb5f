"""A worker's end of the pipes."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

from ..contract.adapter import Blob
from ..contract.errors import BlobMissingError, ParentGoneError
from ..worker import protocol
from ..worker.frames import FrameDecoder, encode_prefix

_READ_BYTES = 256 << 10
_PIPE_BYTES = 1 << 20
"""The size of the pipe: several chunks, so that neither side waits for the other after each chunk."""


class ParentLink:
    """Sends and receives messages. `send` may be called from any thread, `receive` from one."""

    def __init__(self, frames_in: int, frames_out: int) -> None:
        self._in = frames_in
        self._out = frames_out
        self._lock = threading.Lock()
        self._decoder = FrameDecoder()
        if sys.platform == "linux":
            import fcntl

            # This fails if the user's quota of pipe memory is used up, which only costs speed.
            with contextlib.suppress(OSError):
                fcntl.fcntl(frames_out, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, message: protocol.ToParent, payload: memoryview | bytes = b"") -> None:
        """Write one frame. ParentGoneError if the parent has closed the pipe."""
        head = encode_prefix(protocol.encoder.encode(message), len(payload))
        with self._lock:
            try:
                if sys.platform != "win32":
                    written = os.writev(self._out, (head, payload)) if payload else os.write(self._out, head)
                    if written == len(head) + len(payload):
                        return
                    rest = memoryview(head + bytes(payload))[written:]
                else:
                    rest = memoryview(head + bytes(payload))
                while rest:
                    rest = rest[os.write(self._out, rest) :]
            except (BrokenPipeError, OSError) as error:
                raise ParentGoneError(str(error)) from error

    def receive(self) -> Iterator[tuple[protocol.ToWorker, memoryview]]:
        """Yield messages with their payloads until the pipe ends, then raise ParentGoneError."""
        while True:
            data = os.read(self._in, _READ_BYTES)
            if not data:
                raise ParentGoneError
            for frame in self._decoder.feed(data):
                yield protocol.to_worker_decoder.decode(frame.header), frame.payload

    def receive_first(self) -> protocol.Start:
        """Return the first message, Start. The parent sends nothing more before the hello."""
        message, _ = next(self.receive())
        if not isinstance(message, protocol.Start):
            raise TypeError(f"expected Start, got {type(message).__name__}")
        if message.protocol != protocol.PROTOCOL_VERSION:
            raise ValueError(f"the parent has protocol {message.protocol}, this worker {protocol.PROTOCOL_VERSION}")
        return message


_KEPT_BYTES = 256 << 20


class BlobClient:
    """Fetches blobs from the parent, and keeps the most recently used, up to 256 MiB."""

    def __init__(self, send: Callable[[protocol.ToParent], None]) -> None:
        self._send = send
        self._kept: OrderedDict[str, Blob] = OrderedDict()
        self._kept_bytes = 0
        self._answers: dict[str, Blob | None] = {}
        self._arrived = threading.Condition()

    def get(self, digest: str) -> Blob:
        """Return the content with this digest. BlobMissingError if the parent doesn't have it."""
        kept = self._kept.get(digest)
        if kept is not None:
            self._kept.move_to_end(digest)
            return kept
        self._send(protocol.GetBlob(digest))
        with self._arrived:
            # The parent answers every request. If the parent is gone, the reader thread ends this process.
            self._arrived.wait_for(lambda: digest in self._answers)
            blob = self._answers.pop(digest)
        if blob is None:
            raise BlobMissingError(f"the content with digest {digest} was dropped; load the voice or recording again")
        self._kept[digest] = blob
        self._kept_bytes += len(blob.data)
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.data)
        return blob

    def deliver(self, message: protocol.BlobData, data: bytes) -> None:
        """Receive the parent's answer; called by the reader thread."""
        with self._arrived:
            self._answers[message.digest] = Blob(data, message.sample_rate) if message.found else None
            self._arrived.notify_all()
