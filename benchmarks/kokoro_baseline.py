"""Program: the kokoro package without Voxweft, with its defaults, in its own process, as the baseline."""

from __future__ import annotations

import importlib.metadata
import sys
import time
from pathlib import Path
from typing import Any

from voxweft.utils.offline import refuse_egress

from .program import serve

ENGLISH_MODEL = "en_core_web_sm"
_REPO = "hexgrad/Kokoro-82M"
"""Given to silence the package's message about its default; nothing is downloaded."""
_WEIGHTS = "kokoro-v1_0.pth"


class Baseline:
    """Runs the package and measures it. Answers are JSON objects; times are in seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._voice = ""
        self._pack: Any = None
        self._model: Any = None
        self._pipeline: Any = None

    def load(self, voice: str, device: str = "cpu", pipeline: bool = True, letter: str = "a") -> dict[str, Any]:
        """Load the model and, with `pipeline`, the pipeline of a language; return torch's number of threads.

        Raises:
            ValueError: SpaCy's model is missing; the pipeline would install it with pip.
        """
        if pipeline:
            check_english_model()
        import torch
        from kokoro import KModel, KPipeline

        self._voice = str(self._folder / "voices" / f"{voice}.pt")
        self._pack = torch.load(self._voice, map_location="cpu", weights_only=True)
        files = {"config": str(self._folder / "config.json"), "model": str(self._folder / _WEIGHTS)}
        self._model = KModel(repo_id=_REPO, **files).to(device).eval()
        if pipeline:
            self._pipeline = KPipeline(lang_code=letter, repo_id=_REPO, model=self._model)
        return {"torch_threads": torch.get_num_threads()}

    def first(self, text: str) -> dict[str, Any]:
        """Speak a text with the pipeline and return the time to its first result."""
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        results = self._pipeline(text, voice=self._voice)
        audio = next(results).audio
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        return {"wall_s": wall_s, "cpu_s": cpu_s, "n_samples": audio.numel(), "n_more": len(list(results))}

    def say(self, text: str, file: str) -> dict[str, Any]:
        """Speak a text with the pipeline and write the samples, float32 `[n_samples]`, as .npy."""
        import numpy as np

        np.save(file, np.concatenate([result.audio.numpy() for result in self._pipeline(text, voice=self._voice)]))
        return {"sample_rate": 24_000}

    def speak(self, chunks: list[str]) -> dict[str, Any]:
        """Speak chunks of symbols one after the other; return the time and the number of samples."""
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        n_samples = sum(self._model(symbols, self._style(symbols)).numel() for symbols in chunks)
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        return {"wall_s": wall_s, "cpu_s": cpu_s, "n_samples": n_samples}

    def record(self, chunks: list[str], seed: int, files: list[str]) -> dict[str, Any]:
        """Speak chunks of symbols, each with the same seed, and write the output and the decoder's input.

        One .npz per chunk: `samples`, `frames`, and the decoder's `text [1, n_channels, n_frames]`, `f0_hz` and
        `energy` `[1, 2 * n_frames]`.
        """
        import numpy as np
        import torch

        decoded: list[Any] = []
        handle = self._model.decoder.register_forward_pre_hook(lambda _decoder, given: decoded.append(given))
        for symbols, file in zip(chunks, files, strict=True):
            torch.manual_seed(seed)
            output = self._model(symbols, self._style(symbols), return_output=True)
            text, f0_hz, energy, _ = (value.numpy() for value in decoded.pop())
            np.savez(
                file,
                samples=output.audio.numpy(),
                frames=output.pred_dur.numpy(),
                text=text,
                f0_hz=f0_hz,
                energy=energy,
            )
        handle.remove()
        return {}

    def _style(self, symbols: str) -> Any:
        return self._pack[len(symbols) - 1]


def check_english_model() -> None:
    """Raise ValueError, with the command to run, if spaCy's English model isn't installed."""
    try:
        importlib.metadata.distribution(ENGLISH_MODEL)  # as spaCy and misaki look it up
    except importlib.metadata.PackageNotFoundError:
        raise ValueError(
            f"the kokoro package needs spaCy's model {ENGLISH_MODEL}; "
            f"fix: {sys.executable} -m spacy download {ENGLISH_MODEL}"
        ) from None


def _main() -> None:
    refuse_egress("the baseline")
    baseline = Baseline(Path(sys.argv[1]))
    serve(
        {
            "load": baseline.load,
            "first": baseline.first,
            "say": baseline.say,
            "speak": baseline.speak,
            "record": baseline.record,
        }
    )


if __name__ == "__main__":
    _main()
