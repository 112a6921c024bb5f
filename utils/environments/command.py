"""Commands as a user can paste them."""

from __future__ import annotations

import re
import shlex
import sys

from .installed import Installed

_PLAIN = re.compile(r"[\w@%+=:,./\\-]+", re.ASCII)


def line(*words: str) -> str:
    """Return a command line for the shell that is usual on this system."""
    if sys.platform == "win32":
        # What both of its shells take; no name of a file or package has a quotation mark there.
        command = " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)
    else:
        command = shlex.join(words)
    return command


def install(python: str, installed: Installed, *arguments: str) -> str:
    """Return the command that installs packages for that Python, on which `installed` lies.

    It is pip's, or uv's where that Python has no pip, as environments that uv made don't: uv comes with Voxweft.
    """
    if installed.get("pip") is not None:
        return line(python, "-m", "pip", "install", *arguments)
    return line(sys.executable, "-m", "uv", "pip", "install", "--python", python, *arguments)
