"""Program: faster-whisper without Voxweft, in its own process, as the baseline."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from voxweft.utils.offline import refuse_egress

from .program import serve

_CPU_TYPE = "int8"


class Direct:
    """Runs `WhisperModel` and measures it. Answers are JSON objects; times are in seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None

    def load(self) -> dict[str, Any]:
        """Load the model with the compute type that is fastest on a CPU."""
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(self._folder), device="cpu", compute_type=_CPU_TYPE, local_files_only=True)
        return {}

    def transcribe(self, file: str, options: dict[str, Any]) -> dict[str, Any]:
        """Transcribe a file; return its segments (text, start, end) and the time taken."""
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        segments, _ = self._model.transcribe(file, **options)
        found = [[segment.text, segment.start, segment.end] for segment in segments]
        return {
            "wall_s": time.perf_counter() - began_s,
            "cpu_s": time.process_time() - began_cpu_s,
            "segments": found,
        }

    def count(self, file: str, windows: list[tuple[float, float, str]], options: dict[str, Any]) -> dict[str, Any]:
        """Recognize windows of a recording (.npy, float32 at 16 kHz), each with its prompt, and count the model's work.

        `passes` are encoder passes, `tokens` the decoder's output (best hypothesis), `prompt_tokens` its input.
        """
        import numpy as np

        samples = np.load(file, allow_pickle=False)
        counted = _Counting(self._model.model)
        self._model.model = counted
        try:
            for start_s, end_s, prompt in windows:
                audio = samples[round(start_s * 16_000) : round(end_s * 16_000)]
                segments, _ = self._model.transcribe(audio, **options, initial_prompt=prompt or None)
                for _segment in segments:
                    pass
        finally:
            self._model.model = counted.inner
        return {"passes": counted.passes, "tokens": counted.tokens, "prompt_tokens": counted.prompt_tokens}


class _Counting:
    """CTranslate2's model with counters."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.passes = self.tokens = self.prompt_tokens = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def encode(self, *arguments: Any, **named: Any) -> Any:
        self.passes += 1
        return self.inner.encode(*arguments, **named)

    def generate(self, features: Any, prompts: Any, **named: Any) -> Any:
        results = self.inner.generate(features, prompts, **named)
        self.prompt_tokens += sum(len(prompt) for prompt in prompts)
        self.tokens += sum(len(result.sequences_ids[0]) for result in results)
        return results


def _main() -> None:
    refuse_egress("the baseline")
    direct = Direct(Path(sys.argv[1]))
    serve({"load": direct.load, "transcribe": direct.transcribe, "count": direct.count})


if __name__ == "__main__":
    _main()
