"""Create an environment for each supported Python on this machine, with the core and the packages of its tests.

Usage: `python scripts/hosts.py FOLDER`. The environments are FOLDER/3.10 and so on. `make test-all` runs the suite in
them, and tests across Python versions use them as hosts. The script needs Voxweft installed in its own environment, and
a package index or its cache.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import uv

from voxweft.utils.environments.interpreter import Interpreter, find_all

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")
# The oldest host has the numpy of old ComfyUI installations, on which the core must run.
ADDITIONAL = {"3.10": ("numpy==1.26.*",)}


def supported(found: list[Interpreter]) -> dict[str, Interpreter]:
    """Return the newest usable interpreter of each supported minor version."""
    newest: dict[str, Interpreter] = {}
    for interpreter in found:
        minor = ".".join(interpreter.version.split(".")[:2])
        if minor in SUPPORTED:
            newest.setdefault(minor, interpreter)
    return newest


def make(folder: Path, minor: str, interpreter: Interpreter) -> None:
    """Create one host, unless it exists and was created from the same interpreter and pyproject.toml."""
    host = folder / minor
    stamp = host / "made-from.txt"
    made_from = (
        f"{interpreter.executable} {interpreter.version}\n{(ROOT / 'pyproject.toml').read_text(encoding='utf-8')}"
    )
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_from:
        return
    print(f"{host}: Python {interpreter.version}", flush=True)
    program = uv.find_uv_bin()
    subprocess.run([program, "venv", "--quiet", "--clear", "--python", interpreter.executable, str(host)], check=True)
    packages = ["--editable", f"{ROOT}[test-core]", *ADDITIONAL.get(minor, ())]
    subprocess.run([program, "pip", "install", "--quiet", "--python", str(host), *packages], check=True)
    stamp.write_text(made_from, encoding="utf-8")


def main() -> None:
    """Create all hosts."""
    folder = Path(sys.argv[1]).resolve()
    for minor, interpreter in sorted(supported(find_all()).items()):
        make(folder, minor, interpreter)


if __name__ == "__main__":
    main()
