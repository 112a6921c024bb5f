"""The state of all engines: ready or not, missing parts, memory."""

from __future__ import annotations

from typing import Any

import msgspec

from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.loading.readiness import missing_requirement
from ...utils.streaming.runtime import shared_runtime
from ..comfy.commands import runnable


def status() -> tuple[str, str]:
    """Return all engines, one per line, and the same list as JSON."""
    runtime = shared_runtime()
    loaded = {model.engine: model for model in runtime.run(runtime.stats())}
    engines: list[dict[str, Any]] = []
    lines: list[str] = []
    for name, spec in sorted(runtime.registry.specs.items()):
        missing = missing_requirement(spec, runtime.store, runtime.environments)
        model = loaded.get(name)
        memory_bytes = model.memory_bytes if model is not None else 0
        engines.append(
            {
                "name": name,
                "title": spec.title,
                "task": spec.task,
                "ready": missing is None,
                "missing": None if missing is None else missing.what,
                "fix": "" if missing is None else runnable(missing.fix),
                "models": list(spec.models),
                "licenses": {model: spec.facts(model).license for model in spec.models},
                "not_commercial": [model for model in spec.models if not spec.facts(model).commercial],
                "loaded": model is not None,
                "memory_bytes": memory_bytes,
                "pids": model.pids if model is not None else (),
            }
        )
        if model is not None:
            state = f"loaded, {memory_bytes / (1 << 20):.0f} MiB"
        else:
            state = "ready" if missing is None else f"{missing.what.partition('. ')[0]}; fix: {runnable(missing.fix)}"
        lines.append(f"{name} ({spec.title}, {spec.task}): {state}{_license_note(spec)}")
    lines += [f"skipped: {error}" for error in runtime.registry.broken]
    return "\n".join(lines), msgspec.json.encode({"engines": engines}).decode()


def _license_note(spec: EngineSpec) -> str:
    """Return which models' licenses forbid commercial use; empty for none."""
    models = [model for model in spec.models if not spec.facts(model).commercial]
    if not models:
        return ""
    licenses = ", ".join(dict.fromkeys(spec.facts(model).license for model in models))
    which = "" if len(models) == len(spec.models) else f" of {', '.join(models)}"
    return f"; no commercial use{which} ({licenses})"
