"""The cost of importing the pack in ComfyUI."""

from __future__ import annotations

from pathlib import Path

from .bench import median, script_in_fresh_process

_PROBE = Path(__file__).resolve().with_name("import_probe.py")


def measure_import(*, imports: int) -> dict[str, float]:
    """Return medians over fresh interpreters, in milliseconds: pack, entry point, node list and the nodes' schemas.

    numpy isn't loaded before, so `import_ms` would show an import of it; `import_modules` counts the imported
    modules.
    """
    runs = [script_in_fresh_process(_PROBE) for _ in range(imports)]
    times_ms = [run["import_ms"] for run in runs]
    return {
        "import_ms": median(times_ms),
        "import_highest_ms": max(times_ms),
        "import_modules": median([run["modules"] for run in runs]),
        "import_nodes": median([run["nodes"] for run in runs]),
    }
