"""Find the folders that processes run from: these must not be removed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from ..streaming.worker.process import OVERLAY_VARIABLE, WORKER_MAIN


def folders_in_use(folders: Iterable[Path]) -> dict[Path, str]:
    """Return the folders that a process runs from, each with the id and name of one such process.

    The kernel resolves an environment's executable to its base's, so the command line is checked too. Processes that
    can't be inspected belong to other users, so they aren't workers of this one.
    """
    import psutil

    workers = os.path.join(WORKER_MAIN.parent.name, WORKER_MAIN.name)  # noqa: PTH118  compared with text
    roots = {os.path.normcase(os.path.realpath(folder)) + os.sep: folder for folder in folders}
    found: dict[Path, str] = {}
    for process in psutil.process_iter(["exe", "cmdline", "name"]):
        command = process.info["cmdline"] or []
        programs = [process.info["exe"], *command[:1]]
        if any(argument.endswith(workers) for argument in command):
            with contextlib.suppress(psutil.Error):  # an overlay's worker runs from elsewhere
                programs.append(os.path.join(process.environ().get(OVERLAY_VARIABLE, ""), ""))  # noqa: PTH118
        for program in programs:
            if program and os.path.isabs(program):  # noqa: PTH117  called for every process of the machine
                parent, name = os.path.split(program)
                real = os.path.normcase(os.path.join(os.path.realpath(parent), name))  # noqa: PTH118  the same
                for root, folder in roots.items():
                    if real.startswith(root):
                        found.setdefault(folder, f"{process.pid}, {process.info['name']}")
    return found
