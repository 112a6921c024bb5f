"""The workers' memory as ComfyUI's own: what "unload models" and `/free` end, and what a big load makes room for.

Each engine that is loaded stands in the host's list of loaded models with the bytes that it really holds. Where the
host has no such list, or another one than this knows, engines are let go by their idle time-out alone.
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
"""From here on a model is worth asking the host for room."""
_WORKING_SHARE = 1.3
"""A model at work holds more than its weights: what Kokoro and Whisper were seen to take, rounded up."""
_EVERYTHING = 1e29
"""The host unloads all by asking for more than there is (1e30)."""

_log = logging.getLogger(__name__)


class WorkerModel:
    """An engine's workers in the shape that the host's list wants: a patcher of a model.

    What a later host asks beyond that is answered with 0: nothing to do, nothing held.
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
        """Return the bytes that the workers hold on the host's device, as measured now."""
        pids = () if self._runtime.closed else self._runtime.loader.pids().get(self.engine, ())
        if self.load_device.type == "cpu":
            return sum(map(tree_bytes, pids))
        return gpu_bytes(pids)

    loaded_size = model_size

    def model_dtype(self) -> None:
        """Return no type: nothing here is cast."""

    def model_patches_models(self) -> list[Any]:
        """Return no further models."""
        return []

    def current_loaded_device(self) -> Any:
        """Return the host's device."""
        return self.load_device

    def is_clone(self, other: Any) -> bool:
        """Whether the other one is this."""
        return other is self

    def detach(self, *_: Any, **__: Any) -> WorkerModel:
        """End the workers; returns when their processes are gone."""
        if not self._runtime.closed:
            self._runtime.run(self._runtime.unload(self.engine))
        return self


_presented: dict[str, Any] = {}
"""This pack's entries in the host's list, by engine: the list itself holds models weakly."""


def present_workers(runtime: Runtime) -> None:
    """Make the host's list hold an entry for each engine that is loaded, and none for the others."""
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
        if entry is not None and any(one is entry for one in listed):
            continue
        try:
            model = WorkerModel(engine, runtime, management.get_torch_device())
            entry = _entry(base, model)
        except Exception as error:  # noqa: BLE001  another host than this knows: its own ways must go on
            _log.debug("engine '%s' isn't shown to ComfyUI's memory management: %s", engine, error)
            return
        _presented[engine] = (entry, model)
        listed.append(entry)


def _entry(base: Any, model: WorkerModel) -> Any:
    class LoadedWorker(base):  # type: ignore[misc]
        """The host's entry, which lets go of all or nothing."""

        def model_unload(self, memory_to_free: float | None = None, unpatch_weights: bool = True) -> bool:
            # Workers on the CPU hold nothing of a GPU: ending them wouldn't make the room that is asked for.
            if memory_to_free is not None and memory_to_free < _EVERYTHING and not model.loaded_size():
                return False
            model.detach()
            return True

    entry = LoadedWorker(model)
    entry.real_model = weakref.ref(model)
    # The host detaches the finalizer of what it lets go.
    entry.model_finalizer = weakref.finalize(model, _nothing)
    entry.currently_used = False
    return entry


def _nothing() -> None:
    pass


def room_for(engine: str, model: str, runtime: Runtime) -> None:
    """Before a model is loaded that is big, have the host make room on its GPU. Without one: nothing to do."""
    free: Any = getattr(management, "free_memory", None)
    device = management.get_torch_device()
    if free is None or device.type == "cpu" or runtime.settings.device == "cpu" or engine in runtime.loader.pids():
        return
    needed = round(weights_bytes(runtime.registry.get(engine), model) * _WORKING_SHARE)
    if needed >= BIG_BYTES:
        free(needed, device)


def weights_bytes(spec: EngineSpec, model: str = "") -> int:
    """Return the size of a model's files as its publisher states it; 0 for an engine without weights."""
    weights = spec.weights.get(model or spec.default_model)
    return sum(file.n_bytes for file in weights.files) if weights is not None else 0


def gpu_bytes(pids: tuple[int, ...]) -> int:
    """Return the GPU memory of processes as the driver states it; 0 where the host has no way to ask."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
        running = [one for handle in handles for one in pynvml.nvmlDeviceGetComputeRunningProcesses(handle)]
    except Exception as error:  # noqa: BLE001  no driver, no library, no permission: there are many ways not to know
        _log.debug("GPU memory isn't known: %s", error)
        return 0
    return sum(int(one.usedGpuMemory or 0) for one in running if one.pid in pids)
