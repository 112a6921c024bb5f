"""A stream's way to Silero VAD: one worker for all streams, loaded and let go of like any model."""

from __future__ import annotations

import asyncio

import msgspec
import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import SAMPLE_RATE_HZ
from ....utils.streaming.contract.engine_spec import EngineLimits, EngineSpec
from ....utils.streaming.contract.errors import EngineRequestError, WorkerDiedError
from ....utils.streaming.contract.events import TranscriptUpdate, Word
from ....utils.streaming.contract.registry import HELPERS
from ....utils.streaming.contract.segment import AudioPayload, StreamingSegment
from ....utils.streaming.loading.lease import Lease
from ....utils.streaming.loading.loader import ModelLoader
from ....utils.streaming.worker.request import UNLIMITED_BYTES
from ....utils.streaming.worker.worker import Worker

_STATE = "state"
_ATTEMPTS = 2
_VAD = EngineSpec(
    schema=1,
    name="silero_vad",
    title="Silero VAD",
    task="recognition",
    adapter="adapter:SileroVad",
    adapter_version=1,
    licence="MIT",
    deterministic=True,
    limits=EngineLimits(start_timeout_s=60.0),
    folder=str(HELPERS / "silero_vad"),
)


class _Answer:
    """Where the worker's one update goes (a SegmentSink)."""

    def __init__(self) -> None:
        self.update: TranscriptUpdate | None = None
        self.failure = ""

    def on_chunk(self, samples: NDArray[np.float32], sample_rate: int, words: tuple[Word, ...]) -> None:
        """Nothing is heard from a VAD."""

    def on_transcript(self, update: TranscriptUpdate) -> None:
        """Keep the answer."""
        self.update = update

    def on_end(self) -> None:
        """The answer was all."""

    def on_failed(self, message: str, log_tail: str) -> None:
        """Keep the reason."""
        self.failure = message


class VadStream:
    """Probabilities of speech for one stream's frames. Lives on the runtime loop; `close` it."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._state = ""

    @classmethod
    async def open(cls, loader: ModelLoader, engine: EngineSpec) -> VadStream:
        """Start the worker, if it doesn't run, under a recognition engine's Python. EngineStartError if it can't."""
        placed = await loader.source.placed(engine)
        spec = msgspec.structs.replace(_VAD, interpreter=placed.interpreter)
        return cls(await loader.acquire(spec, loader.key_of(spec)))

    async def probabilities(self, samples: NDArray[np.float32]) -> list[float]:
        """Return the probability of speech in each frame of 512 samples at 16 kHz, one call after the other.

        EngineRequestError if the VAD refuses them, WorkerDiedError if its worker dies twice in a row.
        """
        payload = AudioPayload(samples.astype("<f4", copy=False).tobytes(), SAMPLE_RATE_HZ)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                update = await self._lease.pool.ask(lambda worker: self._ask(worker, payload))
                break
            except WorkerDiedError:
                # The state is here, so that a new worker goes on as if nothing had happened.
                if attempt == _ATTEMPTS:
                    raise
        self._state = update.text
        return [word.probability or 0.0 for word in update.words]

    async def _ask(self, worker: Worker, payload: AudioPayload) -> TranscriptUpdate:
        segment = StreamingSegment(index=0, payload=payload, engine=_VAD.name, params={_STATE: self._state})
        answer = _Answer()
        request = worker.run([segment], [answer], UNLIMITED_BYTES)
        try:
            await request.finished
        except asyncio.CancelledError:
            request.cancel(0)
            raise
        if answer.update is None:
            raise EngineRequestError(answer.failure or "the VAD gave no answer")
        return answer.update

    def close(self) -> None:
        """Give the worker back."""
        self._lease.release()
