"""A loaded Whisper: faster-whisper's model, which can be cancelled before each window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from ..errors import CancelledError
from .errors import WhisperError
from .folder import PREPROCESSOR, check_folder, mel_bands
from .heap import Heap

_AUTO = "auto"
_PREFERRED = {"cpu": ("int8", "int8_float32", "float32"), "cuda": ("float16", "int8_float16", "float32")}
"""The default compute types by device, best first."""
_HEAP = Heap()


class Transcription(NamedTuple):
    """A transcription in progress: `segments` are faster-whisper's, computed while they are iterated."""

    segments: Iterator[Any]
    language: str
    language_probability: float


class _CancellableModel(WhisperModel):  # type: ignore[misc]  # the library has no types
    """Checks for a cancel before each window, and before each decoding of a window."""

    cancelled: Callable[[], bool] = staticmethod(lambda: False)

    def encode(self, features: NDArray[np.float32]) -> Any:
        if self.cancelled():
            raise CancelledError
        _HEAP.trim()
        return super().encode(features)


class Whisper:
    """A loaded model. Not thread-safe."""

    def __init__(self, model: _CancellableModel) -> None:
        self._model = model
        self.is_multilingual = bool(model.model.is_multilingual)
        self.languages = _languages(model)

    @classmethod
    def load(cls, folder: Path, *, device: str, compute_type: str) -> Whisper:
        """Load a model from a folder. WhisperError for invalid files, and for an unsupported device or compute type."""
        check_folder(folder)
        device = choose_device(device)
        compute_type = choose_compute_type(device, compute_type)
        try:
            model = _CancellableModel(str(folder), device=device, compute_type=compute_type, local_files_only=True)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise WhisperError(
                f"the model in {folder} can't be loaded on '{device}' as {compute_type}: {error}"
            ) from error
        except Exception as error:  # tokenizers raises plain Exception
            raise WhisperError(f"the model in {folder} can't be loaded: {error}") from error
        _fit_features(model, folder)
        return cls(model)

    def transcribe(
        self, audio: NDArray[np.float32], options: dict[str, Any], cancelled: Callable[[], bool]
    ) -> Transcription:
        """Start to transcribe float32 `[n]` at 16 kHz with faster-whisper's own options.

        Iterating the segments raises CancelledError if `cancelled()` is true before a window.
        """
        self._model.cancelled = cancelled
        pipeline = BatchedInferencePipeline(self._model) if "batch_size" in options else self._model
        segments, info = pipeline.transcribe(audio, **options)
        return Transcription(iter(segments), info.language, float(info.language_probability))


def choose_device(wanted: str) -> str:
    """Return the named device, `cpu` or `cuda`; for `auto`, the best available. WhisperError if it isn't available."""
    n_gpus = ctranslate2.get_cuda_device_count()
    if wanted in ("", _AUTO):
        return "cuda" if n_gpus else "cpu"
    if wanted == "cuda" and not n_gpus:
        raise WhisperError("CTranslate2 finds no CUDA device on this machine; use --device cpu, or auto")
    return wanted


def choose_compute_type(device: str, wanted: str) -> str:
    """Return the named compute type; for `auto`, the first of the device's defaults that it supports.

    WhisperError, with the supported ones, if it isn't supported.
    """
    supported: Sequence[str] = sorted(ctranslate2.get_supported_compute_types(device))
    if wanted in ("", _AUTO):
        return next((kind for kind in _PREFERRED[device] if kind in supported), "default")
    if wanted not in supported:
        raise WhisperError(f"'{device}' doesn't support {wanted} on this machine; supported: {', '.join(supported)}")
    return wanted


def _languages(model: _CancellableModel) -> frozenset[str]:
    """Return the codes that the model has tokens for; some models have fewer than the library."""
    if not model.model.is_multilingual:
        return frozenset({"en"})
    known = model.supported_languages
    return frozenset(code for code in known if model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None)


def _fit_features(model: _CancellableModel, folder: Path) -> None:
    """Set the number of mel bands to the model's own, if its folder doesn't state it."""
    n_bands = int(model.model.n_mels)
    stated = mel_bands(folder)
    if stated is not None and stated != n_bands:
        raise WhisperError(
            f"{folder / PREPROCESSOR} states {stated} mel bands, but the model has {n_bands}; download it again"
        )
    if n_bands != model.feature_extractor.mel_filters.shape[0]:
        model.feature_extractor = FeatureExtractor(**{**model.feat_kwargs, "feature_size": n_bands})
