"""`python scripts/tiny_whisper`, from any folder, or `python -m tiny_whisper` with scripts/ on the path."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __package__:
    from .command import main

    if __name__ == "__main__":
        main()
elif __name__ == "__main__":
    # Run by path: the folder that holds this package takes the place of the package itself, so that the processes that
    # draw the speech find it, and no module of a library is taken for one of these.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("tiny_whisper", run_name="__main__", alter_sys=True)
