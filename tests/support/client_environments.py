"""Clients of other people, installed once into `.clients/` and kept between test runs: Python's by uv, Node's by npm.

Tests that use them are marked `clients`. Whatever runs in them speaks to a server on loopback only.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import uv
from paths import ROOT

KEPT = ROOT / ".clients"
"""Ignored by git: `make clean` removes it."""
PYTHON_CLIENTS = {
    "openai": ("openai[realtime]==3.*",),
    "livekit": ("livekit-agents[openai]==1.*",),
    "pipecat": ("pipecat-ai[openai]",),
    "wyoming_openai": ("wyoming-openai",),
}
PYTHON_VERSIONS = {"wyoming_openai": "3.12"}
"""The Python of a client that doesn't support the tests' one."""
NODE_CLIENTS = {
    "openai": ("openai@6",),
    "ai_sdk": ("ai@6", "@ai-sdk/openai@3"),
    "axe": ("axe-core@4",),
}
OLDEST_NODE = 20
"""The clients need it."""
_INSTALL_LIMIT_S = 900
_RUN_LIMIT_S = 300


def run_python_client(client: str, program: Path, *arguments: str) -> str:
    """Run a file with the Python that has a client's packages, and return what it prints.

    AssertionError, with the end of stderr, if it fails.
    """
    return _output([str(_python_of(client)), "-X", "utf8", str(program), *arguments], program.parent)


def run_node_client(client: str, program: Path, *arguments: str) -> str:
    """Run a module of Node's with a client's packages, and return what it prints. AssertionError if it fails."""
    folder = _node_folder(client)
    # Node looks for packages beside the file that imports them.
    copy = folder / program.name
    shutil.copyfile(program, copy)
    return _output(["node", str(copy), *arguments], folder)


def node_file(client: str, path: str) -> Path:
    """Return the path of a file in one of a client's packages."""
    return _node_folder(client) / "node_modules" / path


def _output(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=_RUN_LIMIT_S, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return done.stdout


@functools.cache
def _python_of(client: str) -> Path:
    folder = KEPT / f"python-{client}"
    packages = PYTHON_CLIENTS[client]
    python = folder / "bin" / "python"
    if _is_current(folder, packages):
        return python
    program = uv.find_uv_bin()
    interpreter = _interpreter(PYTHON_VERSIONS[client]) if client in PYTHON_VERSIONS else sys.executable
    _install([program, "venv", "--quiet", "--clear", "--python", interpreter, str(folder)], ROOT)
    _install([program, "pip", "install", "--quiet", "--python", str(python), *packages], ROOT)
    _note(folder, packages)
    return python


def _interpreter(version: str) -> str:
    """Return a Python of the host tests, or the version, which uv looks for."""
    host = ROOT / ".hosts" / version / "bin" / "python"
    return str(host) if host.exists() else version


@functools.cache
def _node_folder(client: str) -> Path:
    folder = KEPT / f"node-{client}"
    packages = NODE_CLIENTS[client]
    if shutil.which("npm") is None or _node_version() < OLDEST_NODE:
        _missing(f"no Node {OLDEST_NODE} with npm found; install them")
    if not _is_current(folder, packages):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _install(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages], folder)
        _note(folder, packages)
    return folder


def _node_version() -> int:
    shown = subprocess.run(["node", "--version"], capture_output=True, encoding="utf-8", check=False).stdout
    return int(shown.strip().removeprefix("v").partition(".")[0] or 0)


def _missing(message: str) -> None:
    if os.environ.get("VOXWEFT_TEST_CLIENTS") == "required":
        pytest.fail(message)
    pytest.skip(message)


def _is_current(folder: Path, packages: tuple[str, ...]) -> bool:
    stamp = folder / "made-from.txt"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == "\n".join(packages)


def _note(folder: Path, packages: tuple[str, ...]) -> None:
    (folder / "made-from.txt").write_text("\n".join(packages), encoding="utf-8")


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=_INSTALL_LIMIT_S)
    assert done.returncode == 0, done.stderr[-4000:]
