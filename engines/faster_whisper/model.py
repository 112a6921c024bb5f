"""A loaded Whisper: faster-whisper's model, which can be stopped before each of its windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from .errors import FolderError, StoppedError, WhisperError
from .folder import PREPROCESSOR, check_folder, mel_bands
from .heap import Heap

_AUTO = "auto"
_PREFERRED = {"cpu": ("int8", "int8_float32", "float32"), "cuda": ("float16", "int8_float16", "float32")}
"""The compute types that are taken where none is named, the best first."""
_HEAP = Heap()


class Heard(NamedTuple):
    """A transcription under way: `segments` are faster-whisper's own, made as they are asked for."""

    segments: Iterator[Any]
    language: str
    language_probability: float


class _Stoppable(WhisperModel):  # type: ignore[misc]  # the library has no types
    """Asks before each window, and before each of its decodings, whether anybody still waits."""

    cancelled: Callable[[], bool] = staticmethod(lambda: False)

    def encode(self, features: NDArray[np.float32]) -> Any:
        if self.cancelled():
            raise StoppedError
        _HEAP.give_back()
        return super().encode(features)


class Whisper:
    """A model in memory. For one thread."""

    def __init__(self, model: _Stoppable) -> None:
        self._model = model
        self.is_multilingual = bool(model.model.is_multilingual)
        self.languages = _languages(model)

    @classmethod
    def load(cls, folder: Path, *, device: str, compute_type: str) -> Whisper:
        """Load a model from a folder. FolderError for its files, WhisperError for what the machine can't do."""
        check_folder(folder)
        device = choose_device(device)
        compute_type = choose_compute_type(device, compute_type)
        try:
            model = _Stoppable(str(folder), device=device, compute_type=compute_type, local_files_only=True)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise FolderError(
                f"the model in {folder} can't be loaded on '{device}' as {compute_type}: {error}"
            ) from error
        except Exception as error:  # tokenizers raises nothing more exact
            raise FolderError(f"the model in {folder} can't be loaded: {error}") from error
        _fit_features(model, folder)
        return cls(model)

    def transcribe(self, audio: NDArray[np.float32], options: dict[str, Any], cancelled: Callable[[], bool]) -> Heard:
        """Begin to transcribe float32 `[n]` at 16 kHz with faster-whisper's own options.

        Taking the segments raises StoppedError when `cancelled()` before a window.
        """
        self._model.cancelled = cancelled
        whole = BatchedInferencePipeline(self._model) if "batch_size" in options else self._model
        segments, info = whole.transcribe(audio, **options)
        return Heard(iter(segments), info.language, float(info.language_probability))


def choose_device(wanted: str) -> str:
    """Return `cpu` or `cuda`: the one that is named, or for `auto` the best that is there. WhisperError if it isn't."""
    n_gpus = ctranslate2.get_cuda_device_count()
    if wanted in ("", _AUTO):
        return "cuda" if n_gpus else "cpu"
    if wanted == "cuda" and not n_gpus:
        raise WhisperError("CTranslate2 finds no CUDA device on this machine; take --device cpu, or auto")
    return wanted


def choose_compute_type(device: str, wanted: str) -> str:
    """Return the compute type that is named, or for `auto` the fastest good one that the device has.

    WhisperError names those that it has.
    """
    supported: Sequence[str] = sorted(ctranslate2.get_supported_compute_types(device))
    if wanted in ("", _AUTO):
        return next((kind for kind in _PREFERRED[device] if kind in supported), "default")
    if wanted not in supported:
        raise WhisperError(f"'{device}' can't compute in {wanted} on this machine; it has {', '.join(supported)}")
    return wanted


def _languages(model: _Stoppable) -> frozenset[str]:
    """Return the codes that the model has tokens for: not every one knows all that the library knows."""
    if not model.model.is_multilingual:
        return frozenset({"en"})
    known = model.supported_languages
    return frozenset(code for code in known if model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None)


def _fit_features(model: _Stoppable, folder: Path) -> None:
    """Let the model hear as many mel bands as it was trained with, if its folder doesn't say how many."""
    n_bands = int(model.model.n_mels)
    stated = mel_bands(folder)
    if stated is not None and stated != n_bands:
        raise FolderError(f"{folder / PREPROCESSOR} says {stated} mel bands, but the model has {n_bands}: get it again")
    if n_bands != model.feature_extractor.mel_filters.shape[0]:
        model.feature_extractor = FeatureExtractor(**{**model.feat_kwargs, "feature_size": n_bands})
