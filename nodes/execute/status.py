"""The state of the pack in words: engines, what they lack, and what is loaded."""

from __future__ import annotations

from typing import Any

import msgspec

from ...utils.streaming.loading.readiness import lack_of
from ...utils.streaming.runtime import shared_runtime


def status() -> tuple[str, str]:
    """Return the engines that were found, a line each, and the same as JSON."""
    runtime = shared_runtime()
    loaded = {one.engine: one for one in runtime.run(runtime.stats())}
    engines: list[dict[str, Any]] = []
    lines: list[str] = []
    for name, spec in sorted(runtime.registry.specs.items()):
        lack = lack_of(spec, runtime.store, runtime.environments)
        model = loaded.get(name)
        memory_bytes = model.memory_bytes if model is not None else 0
        engines.append(
            {
                "name": name,
                "title": spec.title,
                "task": spec.task,
                "ready": lack is None,
                "lacks": None if lack is None else lack.what,
                "mend": "" if lack is None else lack.mend,
                "models": spec.models,
                "loaded": model is not None,
                "memory_bytes": memory_bytes,
                "pids": model.pids if model is not None else (),
            }
        )
        if model is not None:
            state = f"loaded, {memory_bytes / (1 << 20):.0f} MiB"
        else:
            state = "ready" if lack is None else f"{lack.what.partition('. ')[0]}; to mend it: {lack.mend}"
        lines.append(f"{name} ({spec.title}, {spec.task}): {state}")
    lines += [f"left out: {error}" for error in runtime.registry.broken]
    return "\n".join(lines), msgspec.json.encode({"engines": engines}).decode()
