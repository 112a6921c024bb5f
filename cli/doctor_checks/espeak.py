"""Check that the files of eSpeak NG's library are installed, without loading it."""

from __future__ import annotations

import csv
from pathlib import PurePosixPath

from ...utils.environments.installed import Installed

DISTRIBUTION = "espeakng-loader"
_LIBRARY_SUFFIXES = {".so", ".dll", ".dylib"}
_DATA = "espeak-ng-data"


def absent(installed: Installed) -> str:
    """Return which part of eSpeak NG is missing (`its library` or `its data`), with a file; '' if none is."""
    distribution = installed.get(DISTRIBUTION)
    if distribution is None:
        return ""
    try:
        # Not importlib.metadata.files, which in newer Pythons omits missing files.
        with (distribution.folder / "RECORD").open(newline="", encoding="utf-8") as file:
            names = [PurePosixPath(row[0]) for row in csv.reader(file) if row]
    except (OSError, ValueError, csv.Error):
        # Installed without a RECORD: the worker shows whether it works.
        return ""
    for name in names:
        path = distribution.folder.parent / name
        is_library = name.suffix in _LIBRARY_SUFFIXES
        if (is_library or _DATA in name.parts) and not path.exists():
            return f"{'its library' if is_library else 'its data'} ({path})"
    return ""
