"""Make the folder `benchmarks` importable without adding the rest of the clone to sys.path."""

from __future__ import annotations

import importlib.util
import sys

from paths import ROOT

spec = importlib.util.spec_from_file_location(
    "benchmarks", ROOT / "benchmarks" / "__init__.py", submodule_search_locations=[str(ROOT / "benchmarks")]
)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
sys.modules["benchmarks"] = module
spec.loader.exec_module(module)
