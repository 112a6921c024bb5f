"""Memory released by unloading Kokoro, over repeated loads."""

from __future__ import annotations

import os
from pathlib import Path

from voxweft.utils.streaming.loading.memory import tree_bytes

from .bench import median_with_spread, with_spread
from .kokoro_isolated import ENGINE, isolated, kokoro_segment
from .kokoro_texts import SHORT

_MIB = 1 << 20


def measure_released(folder: Path, *, loads: int, device: str = "cpu") -> dict[str, float]:
    """Return the smallest share of a load's memory that its unload released, over `loads` loads.

    A load's memory is the growth (PSS) of this process and its children until a sentence has been spoken.
    `released_worker_ratio` is the worker's share, as reported by the unload. `parent_growth_mib` is this process's
    growth between the first unload and the last. The spread is over the loads.
    """
    shares, worker_shares, loaded_mib, after_mib = [], [], [], []
    with isolated(folder, device=device) as kokoro:
        for _ in range(loads):
            before_bytes = tree_bytes(os.getpid())
            kokoro.speak([kokoro_segment(SHORT)])
            loaded_bytes = tree_bytes(os.getpid())
            (released,) = kokoro.runtime.run(kokoro.runtime.unload(ENGINE))
            after_bytes = tree_bytes(os.getpid())
            shares.append((loaded_bytes - after_bytes) / (loaded_bytes - before_bytes))
            worker_shares.append(released.released_bytes / released.before_bytes)
            loaded_mib.append((loaded_bytes - before_bytes) / _MIB)
            after_mib.append(after_bytes / _MIB)
    return {
        **with_spread("released_ratio", min(shares), shares),
        **with_spread("released_worker_ratio", min(worker_shares), worker_shares),
        **median_with_spread("loaded_mib", loaded_mib),
        "parent_growth_mib": after_mib[-1] - after_mib[0],
    }
