"""Check the whole tree: words, format, lint, generated pages, types, tests.

Usage: `python scripts/check.py [--no-tests] [PYTEST ARGUMENT ...]`, with the Python of an environment that has the
extra `test` (`make test` creates one).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINKS = ROOT / ".check"
EVERYTHING = ("-p", "voxweft", "-p", "benchmarks")
NOT_HERE = "not slow and not engines and not clients and not cluster and not real and not host"
"""Excludes the tests of the other gates."""


def run(*command: str) -> None:
    """Run a program in the root of the checkout. SystemExit with its exit code if it fails."""
    code = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
    if code:
        raise SystemExit(code)


def link(name: str, target: Path) -> None:
    """Make `.check/NAME` a link to a folder."""
    path = LINKS / name
    if path.is_symlink() or path.exists():
        path.unlink() if path.is_symlink() else path.rmdir()
    try:
        path.symlink_to(target, target_is_directory=True)
    except OSError:
        # Windows restricts symbolic links to some users, but allows junctions to all.
        command = ["cmd.exe", "/c", "mklink", "/J", str(path), str(target)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def types(*arguments: str) -> None:
    """Run mypy for this platform and for another one, at the same time, on the given targets or on everything.

    mypy derives the package's name from the folder's and rejects a dash, so it reads the package through a link. Each
    platform has a separate cache: in a shared cache, each run would invalidate the other's entries.
    """
    LINKS.mkdir(exist_ok=True)
    link("voxweft", ROOT)
    link("benchmarks", ROOT / "benchmarks")
    environment = os.environ | {"MYPYPATH": str(LINKS)}
    other = "linux" if sys.platform == "win32" else "win32"
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *(arguments or EVERYTHING)]
    runs = [
        subprocess.Popen(
            [*command, "--platform", name, "--cache-dir", f".check/mypy-{name}"], cwd=ROOT, env=environment
        )
        for name in (sys.platform, other)
    ]
    codes = [process.wait() for process in runs]
    if any(codes):
        raise SystemExit(max(codes))


def tests(*arguments: str) -> None:
    """Run the tests of `make test`, two files at a time.

    Most tests wait for child processes. The tests of a file run in one process and share their fixtures. The files keep
    their order: those that load eSpeak NG into the test's process come before those whose libraries load it.
    """
    run(
        "-m",
        "pytest",
        "-m",
        NOT_HERE,
        "--numprocesses",
        "2",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
        *arguments,
    )


def main(arguments: list[str]) -> None:
    """Run every check. The first failure ends the program with its exit code."""
    run("scripts/words.py")
    run("-m", "ruff", "format", "--check", ".")
    run("-m", "ruff", "check", ".")
    run("scripts/node_docs.py", "--check")
    types()
    if arguments[:1] != ["--no-tests"]:
        tests(*arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
