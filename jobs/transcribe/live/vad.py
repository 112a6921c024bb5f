"""Voice activity of a live stream. One worker serves all streams; it is loaded and unloaded like a model."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from ....utils.streaming.contract.engine_spec import EngineLimits, EngineSpec
from ....utils.streaming.contract.errors import EngineStartError
from ....utils.streaming.contract.helper import HelperSpec
from ....utils.streaming.contract.model_key import ModelKey
from ....utils.streaming.contract.registry import HELPERS
from ....utils.streaming.contract.voice_activity import VadReply, VadRequest
from ....utils.streaming.loading.lease import Lease
from ....utils.streaming.loading.loader import ModelLoader
from .gain import QuietGain

_VAD = HelperSpec(
    name="silero_vad",
    program="program:SileroVad",
    folder=str(HELPERS / "silero_vad"),
    limits=EngineLimits(start_timeout_s=60.0),
)


class VadStream:
    """Probabilities of speech for the frames of one stream. Lives on the runtime loop; `close` it."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._state = b""
        self._gain = QuietGain()

    @classmethod
    async def open(cls, loader: ModelLoader, engine: EngineSpec) -> VadStream:
        """Start the worker, unless it runs, under a recognition engine's Python. EngineStartError if it can't start."""
        resolved = await loader.source.resolved(engine)
        spec = msgspec.structs.replace(_VAD, interpreter=resolved.interpreter, overlay=resolved.overlay)
        try:
            key = ModelKey(spec.name, interpreter=spec.overlay or spec.interpreter)
            return cls(await loader.acquire(spec, key))
        except EngineStartError as error:
            # The rest of the message is the helper's traceback.
            reason = str(error).partition("\n")[0]
            raise EngineStartError(
                f"live transcription with engine '{engine.name}' can't detect speech: {reason}; "
                "fix: voxweft engines install faster_whisper"
            ) from error

    async def probabilities(self, samples: NDArray[np.float32]) -> list[float]:
        """Return the probability of speech in each frame of 512 samples at 16 kHz. One call at a time.

        EngineRequestError if the VAD refuses the samples, WorkerDiedError if its worker dies twice in a row.
        """
        raised = self._gain.raised(samples)
        request = VadRequest(pcm=raised.astype("<f4", copy=False).tobytes(), state=self._state)
        # The state is in the request, so a new worker continues as if nothing had happened.
        reply = await self._lease.pool.ask(lambda worker: worker.call(request, VadReply))
        self._state = reply.state
        return list(reply.probabilities)

    def close(self) -> None:
        """Release the worker."""
        self._lease.release()
