"""Real environments of engines, built once by `voxweft engines install` into `.engines/` and kept between test runs.

Whatever runs in them afterwards is offline. Tests that use them are marked `engines`.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from paths import ROOT, SUPPORT

KEPT = ROOT / ".engines"
"""Environments and small models, ignored by git: `make clean` removes them."""
ENVIRONMENTS_HOME = KEPT / "environments"
_BUILD_LIMIT_S = 1800
_PROGRAM_LIMIT_S = 600


def environment_python(engine: str) -> Path:
    """Return the Python of an engine's own environment, which is built if it is missing or out of date."""
    return Path(_built(engine)["interpreter"])


@functools.cache
def _built(engine: str) -> dict[str, Any]:
    ENVIRONMENTS_HOME.mkdir(parents=True, exist_ok=True)
    _voxweft("engines", "install", engine, "--quiet", limit_s=_BUILD_LIMIT_S)
    shown: dict[str, Any] = json.loads(_voxweft("engines", "show", engine, "--json", limit_s=60))
    return shown["environment"]


def offline_variables(**more: str) -> dict[str, str]:
    """Return environment variables for the product and its engines: kept environments, no network, one thread."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOXWEFT_", "HF_"))}
    offline = {"VOXWEFT_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return kept | offline | {"VOXWEFT_ENVIRONMENTS_HOME": str(ENVIRONMENTS_HOME), "OMP_NUM_THREADS": "1"} | more


def run_program(engine: str, program: Path, *arguments: str | Path) -> Any:
    """Run a file with an engine's Python, `voxweft` and tests/support importable; return the last line as JSON.

    AssertionError, with the end of stderr, if it fails.
    """
    built = _built(engine)
    # The packages of an overlay, which the host's Python runs; there are none in a virtual environment.
    packages = str(Path(built["folder"]) / "packages")
    with tempfile.TemporaryDirectory() as links:
        (Path(links) / "voxweft").symlink_to(ROOT, target_is_directory=True)
        done = subprocess.run(
            [built["interpreter"], "-X", "utf8", program, *arguments],
            env=offline_variables(PYTHONPATH=os.pathsep.join((packages, links, str(SUPPORT)))),
            capture_output=True,
            encoding="utf-8",
            timeout=_PROGRAM_LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


def _voxweft(*arguments: str, limit_s: int) -> str:
    # Only here may anything be downloaded. The caller's own settings don't count.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("VOXWEFT_")}
    done = subprocess.run(
        [sys.executable, "-m", "voxweft", *arguments],
        env=variables | {"VOXWEFT_ENVIRONMENTS_HOME": str(ENVIRONMENTS_HOME), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=limit_s,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
