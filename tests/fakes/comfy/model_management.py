"""Interruption, and the list of loaded models.

`FAKE_COMFY_INTERRUPT=BaseException` makes the interruption what it is in ComfyUI of 2026.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

_Base: type[BaseException] = BaseException if os.environ.get("FAKE_COMFY_INTERRUPT") == "BaseException" else Exception


class InterruptProcessingException(_Base):  # type: ignore[misc, valid-type]
    pass


_interrupted = threading.Event()


def interrupt_current_processing(value: bool = True) -> None:
    _interrupted.set() if value else _interrupted.clear()


def throw_exception_if_processing_interrupted() -> None:
    if _interrupted.is_set():
        _interrupted.clear()
        raise InterruptProcessingException


# The host's memory management, as in ComfyUI 0.3.64, but without a GPU.


class LoadedModel:
    def __init__(self, model: Any) -> None:
        self._model = weakref.ref(model)
        self.device = model.load_device
        self.real_model: Any = None
        self.currently_used = True
        self.model_finalizer: Any = None

    @property
    def model(self) -> Any:
        return self._model()

    def model_memory(self) -> int:
        return int(self.model.model_size())

    def model_offloaded_memory(self) -> int:
        return int(self.model.model_size() - self.model.loaded_size())

    def model_unload(self, memory_to_free: float | None = None, unpatch_weights: bool = True) -> bool:
        self.model.detach(unpatch_weights)
        self.model_finalizer.detach()
        return True

    def is_dead(self) -> bool:
        return self.real_model() is not None and self.model is None


current_loaded_models: list[LoadedModel] = []


def get_torch_device() -> Any:
    import torch

    return torch.device("cpu")


def free_memory(memory_required: float, device: Any, keep_loaded: list[Any] = []) -> list[LoadedModel]:  # noqa: B006
    unloaded: list[LoadedModel] = []
    for loaded in list(current_loaded_models):
        if loaded.device == device and not loaded.is_dead() and loaded.model_unload(memory_required):
            current_loaded_models.remove(loaded)
            unloaded.append(loaded)
    return unloaded


def unload_all_models() -> None:
    free_memory(1e30, get_torch_device())
