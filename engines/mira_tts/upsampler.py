"""FlashSR: sound at 16 kHz to 48 kHz, in parts that join without a seam."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import MiraError

FACTOR = 3
_CONTEXT_SAMPLES = 320
"""20 ms on either side of a part, far more than the network sees."""
_MAX_SAMPLES = 4000
"""Of a part: the network computes the places of its samples with 24 bits, which is less exact the longer a part is."""
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class FlashSR:
    """The network.

    Its own program divides each call's result by its largest sample: from one part to the next, the loudness would
    jump. Here nothing is divided.

    Args:
        session: An `onnxruntime.InferenceSession`. The names and shapes of its input and output are read from it,
            because files with different ones exist.
        source: The file, for messages.
    """

    def __init__(self, session: Any, source: Path) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or not outputs or inputs[0].type not in _TYPES or len(inputs[0].shape) not in (1, 2, 3):
            raise MiraError(f"{source} isn't FlashSR; download it again")
        self._session = session
        self._source = source
        self._input, self._output = inputs[0].name, outputs[0].name
        self._type = _TYPES[inputs[0].type]
        self._shape = (1,) * (len(inputs[0].shape) - 1) + (-1,)

    @classmethod
    def load(cls, path: Path, n_threads: int) -> FlashSR:
        """Load the network of a file. MiraError if it is missing, damaged or something else."""
        import onnxruntime

        if not path.is_file():
            raise MiraError(
                f"there is no FlashSR in {path.parent}, which makes 48 kHz; download the model again, or set the "
                "parameter upsample to false for 16 kHz"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.enable_cpu_mem_arena = False  # it keeps the most that any part needed
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the package has no base class of its errors
            raise MiraError(f"{path} can't be read by onnxruntime; download it again") from error
        return cls(session, path)

    def extend(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return sound at 48 kHz, `[3 * n_samples]`."""
        given = samples.astype(self._type).reshape(self._shape)
        (found,) = self._session.run([self._output], {self._input: given})
        wide: NDArray[np.float32] = np.asarray(found, dtype=np.float32).reshape(-1)
        if wide.size != FACTOR * samples.size:
            raise MiraError(
                f"{self._source} isn't FlashSR: it makes {wide.size} samples of {samples.size}; download it again"
            )
        return wide


class PieceUpsampler:
    """Extends one piece's sound, part by part. What it returns together is what one call would give.

    Each part is computed with 20 ms before it, and with 20 ms after it, which are held back until the next one.
    """

    def __init__(self, network: FlashSR) -> None:
        self._network = network
        self._before: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._held: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def push(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """Return the samples at 48 kHz that a part at 16 kHz makes final; after the last part, all that are left."""
        given = np.concatenate([self._before, self._held, samples])
        begin = self._before.size
        end = given.size if last else max(begin, given.size - _CONTEXT_SAMPLES)
        if begin == end:
            self._held = given[begin:]
            return np.zeros(0, dtype=np.float32)
        self._before, self._held = given[max(0, end - _CONTEXT_SAMPLES) : end], given[end:]
        return np.concatenate(
            [self._part(given, at, min(end, at + _MAX_SAMPLES)) for at in range(begin, end, _MAX_SAMPLES)]
        )

    def _part(self, given: NDArray[np.float32], begin: int, end: int) -> NDArray[np.float32]:
        first = max(0, begin - _CONTEXT_SAMPLES)
        wide = self._network.extend(given[first : end + _CONTEXT_SAMPLES])
        return wide[FACTOR * (begin - first) : FACTOR * (end - first)]
