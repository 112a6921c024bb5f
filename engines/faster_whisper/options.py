"""The arguments of faster-whisper's `transcribe`, from a segment's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...utils.streaming import ParamValue

_UNCHANGED = (
    "beam_size",
    "word_timestamps",
    "condition_on_previous_text",
    "no_speech_threshold",
    "log_prob_threshold",
    "compression_ratio_threshold",
    "max_initial_timestamp",
)
"""Parameters passed to faster-whisper unchanged."""

_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The steps of the fallback; faster-whisper's default."""


def transcribe_options(params: Mapping[str, ParamValue], *, language: str | None, prompt: str | None) -> dict[str, Any]:
    """Return the arguments of `transcribe`, of a model or (with a `batch_size`) of a batched pipeline.

    `params` are complete; `language` is Whisper's code, None to detect it. All other arguments keep faster-whisper's
    defaults.
    """
    options: dict[str, Any] = {name: params[name] for name in _UNCHANGED}
    options |= {
        "task": params["task"],
        "language": language,
        "initial_prompt": prompt or None,
        "hotwords": params["hotwords"] or None,
        "hallucination_silence_threshold": params["hallucination_silence_threshold"] or None,
    }
    lowest = float(params["temperature"])
    higher = [step for step in _TEMPERATURES if step > lowest] if params["temperature_fallback"] else []
    options["temperature"] = [lowest, *higher]
    if params["batch_size"]:
        # The batches consist of the segments of speech found by VAD.
        options["batch_size"] = params["batch_size"]
    else:
        options["vad_filter"] = params["vad_filter"]
    return options
