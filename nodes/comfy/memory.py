"""Make the workers part of ComfyUI's memory management.

"Unload Models" and `/free` stop them, and ComfyUI frees GPU memory before a large model is loaded. Each loaded engine
has an entry in the host's list of loaded models, with its measured memory. If the host has no such list, or an
unknown kind of list, only the idle timeout unloads engines.
"""

from __future__ import annotations

import contextlib
import logging
import weakref
from typing import Any

import comfy.model_management as management

from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.loading.memory import tree_bytes
from ...utils.streaming.runtime import Runtime

BIG_BYTES = 64 << 20
"""Minimum size of a model for which the host frees memory."""
_MEMORY_PER_WEIGHT_BYTE = 1.3
"""Memory of a running model per byte of weights: measured for Kokoro and Whisper, rounded up."""
_EVERYTHING = 1e29
"""The host unloads everything by requesting 1e30 bytes."""

_log = logging.getLogger(__name__)


class WorkerModel:
    """An engine's workers with the interface of a model patcher, which the host's list expects.

    Methods that later hosts add return 0: nothing to do, no memory held.
    """

    def __init__(self, engine: str, runtime: Runtime, device: Any) -> None:
        self.engine = engine
        self.model = self
        self.parent = None
        self.load_device = device
        self.offload_device = device
        self._runtime = runtime

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: 0

    def model_size(self) -> int:
        """Return the bytes that the workers hold on the host's device, measured now."""
        pids = () if self._runtime.closed else self._runtime.loader.pids().get(self.engine, ())
        if self.load_device.type == "cpu":
            return sum(map(tree_bytes, pids))
        return gpu_bytes(pids)

    loaded_size = model_size

    def model_dtype(self) -> None:
        """Return None: nothing here is cast."""

    def model_patches_models(self) -> list[Any]:
        """Return no other models."""
        return []

    def current_loaded_device(self) -> Any:
        """Return the device that the host loads models on."""
        return self.load_device

    def is_clone(self, other: Any) -> bool:
        """Return whether `other` is this object."""
        return other is self

    def detach(self, *_: Any, **__: Any) -> WorkerModel:
        """Stop the workers and wait until their processes have exited."""
        if not self._runtime.closed:
            self._runtime.run(self._runtime.unload(self.engine))
        return self


_presented: dict[str, Any] = {}
"""This pack's entries in the host's list, by engine. They keep the models alive: the list holds weak references."""


def present_workers(runtime: Runtime) -> None:
    """Update the host's list: one entry for each loaded engine, none for the others."""
    listed: Any = getattr(management, "current_loaded_models", None)
    base: Any = getattr(management, "LoadedModel", None)
    if not isinstance(listed, list) or base is None:
        return
    loaded = runtime.loader.pids()
    with contextlib.suppress(ValueError):
        for engine in set(_presented) - set(loaded):
            listed.remove(_presented.pop(engine)[0])
    for engine in loaded:
        entry, model = _presented.get(engine) or (None, None)
        if entry is not None and any(other is entry for other in listed):
            continue
        try:
            model = WorkerModel(engine, runtime, management.get_torch_device())
            entry = _entry(base, model)
        except Exception as error:  # noqa: BLE001  an unknown host must keep working
            _log.debug("engine '%s' is not in ComfyUI's memory management: %s", engine, error)
            return
        _presented[engine] = (entry, model)
        listed.append(entry)


def _entry(base: Any, model: WorkerModel) -> Any:
    class LoadedWorker(base):  # type: ignore[misc]
        """The host's entry. It unloads completely or not at all."""

        def model_unload(self, memory_to_free: float | None = None, unpatch_weights: bool = True) -> bool:
            # Workers on the CPU hold no GPU memory, so stopping them would free none of it.
            if memory_to_free is not None and memory_to_free < _EVERYTHING and not model.loaded_size():
                return False
            model.detach()
            return True

    entry = LoadedWorker(model)
    entry.real_model = weakref.ref(model)
    # The host detaches the finalizer of a model that it unloads.
    entry.model_finalizer = weakref.finalize(model, _nothing)
    entry.currently_used = False
    return entry


def _nothing() -> None:
    pass


def free_host_memory(engine: str, model: str, runtime: Runtime) -> None:
    """Make the host free GPU memory before a large model is loaded. Does nothing without a GPU."""
    free: Any = getattr(management, "free_memory", None)
    device = management.get_torch_device()
    if free is None or device.type == "cpu" or runtime.settings.device == "cpu" or engine in runtime.loader.pids():
        return
    needed = round(weights_bytes(runtime.registry.get(engine), model) * _MEMORY_PER_WEIGHT_BYTE)
    if needed >= BIG_BYTES:
        free(needed, device)


def weights_bytes(spec: EngineSpec, model: str = "") -> int:
    """Return the size of a model's files as published; 0 for an engine without weights."""
    weights = spec.weights.get(model or spec.default_model)
    return sum(file.n_bytes for file in weights.files) if weights is not None else 0


def gpu_bytes(pids: tuple[int, ...]) -> int:
    """Return the GPU memory of processes as reported by the driver; 0 if it cannot be read."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
        running = [process for handle in handles for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle)]
    except Exception as error:  # noqa: BLE001  no driver, no library or no permission
        _log.debug("GPU memory is unknown: %s", error)
        return 0
    return sum(int(process.usedGpuMemory or 0) for process in running if process.pid in pids)
