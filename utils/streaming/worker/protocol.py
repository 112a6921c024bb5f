"""The messages between the parent and a worker. Messages of a request carry its id.

Headers are MessagePack (msgspec, arrays, tagged); samples and blobs travel as the frame's raw payload. No pickle.
"""

from __future__ import annotations

import msgspec

from ..contract.adapter import LoadedModel, VoiceInfo
from ..contract.events import TranscriptUpdate, Word
from ..contract.segment import ParamValue, StreamingSegment

PROTOCOL_VERSION = 1
MAX_CHUNK_BYTES = 256 << 10
"""A longer chunk of an adapter is sent in parts of this size, so that the credit limits the bytes in flight."""


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Base of all messages."""


# Parent to worker


class Start(_Message, frozen=True, tag="start"):
    """The first message: the program to run, which is `module:Class` in `folder`."""

    protocol: int
    folder: str
    program: str
    name: str
    label: str
    distributions: tuple[str, ...]
    network: bool


class Load(_Message, frozen=True, tag="load"):
    """Load a model, or get a helper ready; answered by `Loaded` or `Failed`, with any number of `Progress` before."""

    request: int
    model: str
    model_path: str
    device: str
    dtype: str
    params: dict[str, ParamValue]


class Run(_Message, frozen=True, tag="run"):
    """Run these segments (several only for a batching engine), with credit for `credit_bytes` of samples."""

    request: int
    segments: tuple[StreamingSegment, ...]
    credit_bytes: int


class Estimate(_Message, frozen=True, tag="estimate"):
    """Estimate durations; answered by `Estimates` or `Failed`."""

    request: int
    segments: tuple[StreamingSegment, ...]
    speeds: tuple[float, ...]


class ListVoices(_Message, frozen=True, tag="voices"):
    """List the voices; answered by `Voices` or `Failed`."""

    request: int


class ForgetVoices(_Message, frozen=True, tag="forget"):
    """Drop what is kept of recordings; answered by `Forgotten` or `Failed`."""

    request: int


class Call(_Message, frozen=True, tag="call"):
    """A request to a helper, encoded; answered by `Reply` or `Failed`, with any number of `Progress` before."""

    request: int
    body: bytes


class Grant(_Message, frozen=True, tag="grant"):
    """Let the worker send `n_bytes` more bytes of this request's samples (see `Credit`)."""

    request: int
    n_bytes: int


class Cancel(_Message, frozen=True, tag="cancel"):
    """Stop a request, or one position of it. A `Run` still ends with `Finished`."""

    request: int
    position: int = -1


class BlobData(_Message, frozen=True, tag="blob"):
    """The answer to `GetBlob`; the content is the payload. `found` is false if the parent doesn't have it."""

    digest: str
    found: bool
    sample_rate: int


class Ping(_Message, frozen=True, tag="ping"):
    """Answered by `Pong` at once, from a thread that does nothing else."""

    number: int


class Stop(_Message, frozen=True, tag="stop"):
    """Unload and exit."""


# Worker to parent


class Hello(_Message, frozen=True, tag="hello"):
    """The first answer. `versions` are those of the distributions named in `Start` ('' if missing)."""

    protocol: int
    pid: int
    python: str
    executable: str
    prefix: str
    versions: dict[str, str]

    @property
    def runs_on(self) -> str:
        """The Python and the packages that the worker runs on, as text."""
        versions = [f"{name} {version}" for name, version in self.versions.items() if version]
        return ", ".join((f"Python {self.python} ({self.executable})", *versions))


class Progress(_Message, frozen=True, tag="progress"):
    """Progress of a `Load` or a `Call`."""

    request: int
    message: str
    fraction: float | None


class Loaded(_Message, frozen=True, tag="loaded"):
    """The model is ready."""

    request: int
    model: LoadedModel


class Chunk(_Message, frozen=True, tag="chunk"):
    """Samples (float32, little-endian, mono) of one segment of a request: the payload. `position` counts in `Run`."""

    request: int
    position: int
    sample_rate: int
    words: tuple[Word, ...]


class Transcript(_Message, frozen=True, tag="transcript"):
    """Words recognized in one segment of a request."""

    request: int
    position: int
    update: TranscriptUpdate


class Note(_Message, frozen=True, tag="note"):
    """What a user should know about one segment of a request."""

    request: int
    position: int
    text: str


class SegmentEnd(_Message, frozen=True, tag="end"):
    """One segment of a request is complete."""

    request: int
    position: int


class Failed(_Message, frozen=True, tag="failed"):
    """A request, or one segment of it (`position` 0 and up), failed with the program's own error."""

    request: int
    position: int
    message: str


class Finished(_Message, frozen=True, tag="finished"):
    """A `Run` is over, complete, failed or cancelled: the worker is free."""

    request: int


class Estimates(_Message, frozen=True, tag="estimates"):
    """Durations: a row for each segment, a column for each speed."""

    request: int
    durations_s: tuple[tuple[float, ...], ...]


class Forgotten(_Message, frozen=True, tag="forgotten"):
    """The size of what was kept of recordings."""

    request: int
    n_bytes: int


class Voices(_Message, frozen=True, tag="voices"):
    """Every voice of the engine."""

    request: int
    voices: tuple[VoiceInfo, ...]


class Reply(_Message, frozen=True, tag="reply"):
    """A helper's answer to a `Call`, encoded."""

    request: int
    body: bytes


class GetBlob(_Message, frozen=True, tag="get-blob"):
    """Ask for a voice tensor or a recording."""

    digest: str


class Refused(_Message, frozen=True, tag="refused"):
    """A connection or look-up was refused, whether or not the program notices."""

    message: str


class Pong(_Message, frozen=True, tag="pong"):
    """The answer to `Ping`."""

    number: int


MainThreadMessage = Load | Run | Estimate | ListVoices | ForgetVoices | Call | Stop
"""Messages that the worker's main thread handles, in order; its reader thread handles the others at once."""
ToWorker = Start | Grant | Cancel | BlobData | Ping | MainThreadMessage
Answer = Loaded | Voices | Forgotten | Estimates | Reply | Failed
"""Answers to a question; each ends its request."""
RunEvent = Transcript | Note | SegmentEnd | Finished | Failed
"""Events of a `Run`, other than chunks."""
ToParent = Hello | Progress | Chunk | GetBlob | Refused | Pong | Answer | RunEvent

encoder = msgspec.msgpack.Encoder()
to_worker_decoder = msgspec.msgpack.Decoder(ToWorker)
to_parent_decoder = msgspec.msgpack.Decoder(ToParent)
