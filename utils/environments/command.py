"""Commands that a user can paste into a shell."""

from __future__ import annotations

import re
import shlex
import sys

from .installed import Installed

_PLAIN = re.compile(r"[\w@%+=:,./\\-]+", re.ASCII)


def line(*words: str) -> str:
    """Return a command line for this system's usual shell."""
    if sys.platform == "win32":
        # Valid in both of its shells; names of files and packages contain no quotation mark there.
        command = " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)
    else:
        command = shlex.join(words)
    return command


def install(python: str, installed: Installed, *arguments: str) -> str:
    """Return the command that installs packages into the Python whose packages are `installed`.

    It is pip's, or uv's if that Python has no pip, as in environments made by uv. uv is a dependency of Voxweft.
    """
    if installed.get("pip") is not None:
        return line(python, "-m", "pip", "install", *arguments)
    return line(sys.executable, "-m", "uv", "pip", "install", "--python", python, *arguments)
