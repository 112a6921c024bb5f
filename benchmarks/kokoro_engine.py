"""Program: the engine's own code without a worker, in its own process.

It is the only module outside the engine that imports the engine's code. Nothing imports it; it runs by `python -m`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from voxweft.utils.offline import refuse_egress
from voxweft.utils.streaming import AdapterContext, AudioChunk, NamedVoice, StreamingSegment, TextPayload

from .program import serve

if TYPE_CHECKING:
    from voxweft.engines.kokoro.adapter import KokoroAdapter
    from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer

_STYLE_VALUES = 128
"""A voice's first half is the decoder's style, its second the predictor's."""


class Engine:
    """Runs the adapter and its model. Answers are JSON objects; times are in seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._voice = ""
        self._adapter: KokoroAdapter | None = None
        self._phonemizer: Phonemizer | None = None

    def load(self, voice: str, device: str = "cpu", dtype: str = "") -> dict[str, Any]:
        """Load the engine as a worker does; return torch's number of threads."""
        import torch

        from voxweft.engines.kokoro.adapter import KokoroAdapter

        self._voice = voice
        self._adapter = KokoroAdapter()
        self._adapter.load(
            AdapterContext(
                model="",
                model_path=self._folder,
                device=device,
                dtype=dtype,
                params={},
                progress=lambda _message, _fraction: None,
                blob=_no_blob,
            )
        )
        return {"torch_threads": torch.get_num_threads()}

    def speak(self, texts: list[str], file: str = "") -> dict[str, Any]:
        """Speak texts, one segment each; return the time and the number of samples. `file` (.npy) gets the samples."""
        import numpy as np

        assert self._adapter is not None, "call load first"
        chunks = []
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        for index, text in enumerate(texts):
            segment = StreamingSegment(
                index=index, payload=TextPayload(text), engine="kokoro", voice=NamedVoice(self._voice)
            )
            events = self._adapter.stream(segment, lambda: False)
            chunks += [event.samples for event in events if isinstance(event, AudioChunk)]
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        if file:
            np.save(file, np.concatenate(chunks), allow_pickle=False)
        return {"wall_s": wall_s, "cpu_s": cpu_s, "n_samples": sum(samples.size for samples in chunks)}

    def symbols(self, texts: list[str]) -> dict[str, Any]:
        """Return the symbols of each text's chunks. Needs no model."""
        from voxweft.engines.kokoro.acoustic.config import read_config
        from voxweft.engines.kokoro.chunks import cut_chunks
        from voxweft.engines.kokoro.common.languages import LANGUAGES
        from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer

        config = read_config(self._folder)
        if self._phonemizer is None:
            self._phonemizer = Phonemizer(frozenset(config.vocab), lambda _note: None)
        phonemizer = self._phonemizer

        def chunks(text: str) -> list[str]:
            def phonemize(start: int, end: int) -> Any:
                return phonemizer.tokens(text, LANGUAGES["a"], start, end)

            return [chunk.symbols for chunk in cut_chunks(text, phonemize, limit=config.max_symbols)]

        return {"chunks": [chunks(text) for text in texts]}

    def close(self) -> None:
        """Remove the libraries' temporary folders."""
        if self._adapter is not None:
            self._adapter.unload()
        if self._phonemizer is not None:
            self._phonemizer.close()

    def differ(self, voice: str, chunks: list[str], seed: int, files: list[str]) -> dict[str, Any]:
        """Return the largest differences between the baseline's recorded samples and the engine's.

        `given` decodes the recorded durations and curves, `end_to_end` starts from the symbols. A chunk whose durations
        differ is excluded from `end_to_end`, and `n_other_durations` counts its differing symbols.
        """
        import numpy as np
        import torch

        from voxweft.engines.kokoro.acoustic.blocks import Curves
        from voxweft.engines.kokoro.acoustic.model import AcousticModel

        model = AcousticModel.load(self._folder, progress=lambda _message, _fraction: None)
        pack = torch.load(self._folder / "voices" / f"{voice}.pt", map_location="cpu", weights_only=True)
        given, end_to_end, n_other_durations = [], [], 0
        for symbols, file in zip(chunks, files, strict=True):
            style = pack[len(symbols) - 1]
            with np.load(file, allow_pickle=False) as recorded:
                # The engine clips its samples to -1..1; the package doesn't.
                samples, frames = recorded["samples"].clip(-1.0, 1.0), recorded["frames"]
                text, f0_hz, energy = (torch.from_numpy(recorded[name]) for name in ("text", "f0_hz", "energy"))
            with torch.inference_mode():
                decoded = model.decode(text, Curves(f0_hz, energy), style[:, :_STYLE_VALUES], seed, lambda: None)
            given.append(float(np.abs(decoded.numpy() - samples).max()))
            spoken = model.speak(symbols, style, speed=1.0, seed=seed, cancelled=lambda: False)
            others = int((spoken.timing.frames != frames).sum())
            n_other_durations += others
            if not others:
                end_to_end.append(float(np.abs(spoken.samples - samples).max()))
        return {"given": given, "end_to_end": end_to_end, "n_other_durations": n_other_durations}

    def distance(self, first: str, second: str) -> dict[str, Any]:
        """Return the distance in dB between the log-mel spectra of two recordings (.npy)."""
        import numpy as np

        from voxweft.engines.kokoro.acoustic.distance import log_mel_distance

        return {"distance_db": log_mel_distance(*(np.load(file, allow_pickle=False) for file in (first, second)))}

    def gpu(self) -> dict[str, Any]:
        """Return the GPU's name, torch's peak memory in this process, and the memory in use by the driver, in bytes.

        Raises:
            ValueError: There is no GPU.
        """
        import torch

        if not torch.cuda.is_available():
            raise ValueError("torch finds no GPU (CUDA or ROCm) on this machine")
        free_bytes, total_bytes = torch.cuda.mem_get_info()
        return {
            "name": torch.cuda.get_device_name(),
            "peak_bytes": torch.cuda.max_memory_allocated(),
            "used_bytes": total_bytes - free_bytes,
        }


def _no_blob(digest: str) -> NoReturn:
    raise KeyError(digest)


def _main() -> None:
    refuse_egress("the engine")
    engine = Engine(Path(sys.argv[1]))
    names = ("load", "speak", "symbols", "differ", "distance", "gpu")
    serve({name: getattr(engine, name) for name in names})
    engine.close()


if __name__ == "__main__":
    _main()
