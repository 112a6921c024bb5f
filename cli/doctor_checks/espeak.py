"""eSpeak NG's library as its distribution brings it: whether its files are all there, without loading it."""

from __future__ import annotations

import csv
from pathlib import PurePosixPath

from ...utils.environments.installed import Installed

DISTRIBUTION = "espeakng-loader"
_LIBRARY_SUFFIXES = {".so", ".dll", ".dylib"}
_DATA = "espeak-ng-data"


def absent(installed: Installed) -> str:
    """Return what lacks of eSpeak NG, `its library` or `its data`, with a file; '' if nothing does or none is here."""
    distribution = installed.get(DISTRIBUTION)
    if distribution is None:
        return ""
    try:
        # Not importlib.metadata's list, which in newer Pythons leaves out the files that are missing.
        with (distribution.folder / "RECORD").open(newline="", encoding="utf-8") as file:
            names = [PurePosixPath(row[0]) for row in csv.reader(file) if row]
    except (OSError, ValueError, csv.Error):
        # Installed by something that keeps no list: its worker will tell.
        return ""
    for name in names:
        path = distribution.folder.parent / name
        is_library = name.suffix in _LIBRARY_SUFFIXES
        if (is_library or _DATA in name.parts) and not path.exists():
            return f"{'its library' if is_library else 'its data'} ({path})"
    return ""
