"""Which folders a process runs from, so that nobody removes them under it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def used(folders: Iterable[Path]) -> dict[Path, str]:
    """Return the folders that a process runs from, each with a process, by id and name.

    The kernel resolves an environment's executable to that of its base, so what counts is what a process was started
    as. Processes of others may not let themselves be looked at; they are no workers of ours.
    """
    import psutil

    roots = {os.path.normcase(os.path.realpath(folder)) + os.sep: folder for folder in folders}
    found: dict[Path, str] = {}
    for process in psutil.process_iter(["exe", "cmdline", "name"]):
        for program in (process.info["exe"], next(iter(process.info["cmdline"] or ()), None)):
            if program and os.path.isabs(program):  # noqa: PTH117  one string a process, of all there are
                parent, name = os.path.split(program)
                real = os.path.normcase(os.path.join(os.path.realpath(parent), name))  # noqa: PTH118  the same
                for root, folder in roots.items():
                    if real.startswith(root):
                        found.setdefault(folder, f"{process.pid}, {process.info['name']}")
    return found
