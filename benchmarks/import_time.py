"""What importing the pack costs its host."""

from __future__ import annotations

from pathlib import Path

from .bench import median, script_in_fresh_process

_PROBE = Path(__file__).resolve().with_name("import_probe.py")


def measure_import(*, imports: int) -> dict[str, float]:
    """Return medians over fresh interpreters, in milliseconds: pack, entry point, node list and the nodes' schemas.

    `import_ms` is without numpy loaded before, so it would show if the pack pulled it in; `import_modules` counts the
    modules that came with it.
    """
    runs = [script_in_fresh_process(_PROBE) for _ in range(imports)]
    times_ms = [run["import_ms"] for run in runs]
    return {
        "import_ms": median(times_ms),
        "import_highest_ms": max(times_ms),
        "import_modules": median([run["modules"] for run in runs]),
        "import_nodes": median([run["nodes"] for run in runs]),
    }
