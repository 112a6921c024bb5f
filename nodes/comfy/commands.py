"""Rewrite commands in error messages so that a ComfyUI user can run them.

Errors of the core contain commands such as `voxweft engines install kokoro`. In ComfyUI the pack is only a folder, so
the program `voxweft` may not exist. The host's Python with the folder's path always works:
`"<python>" "<pack folder>" engines install kokoro`.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACK = Path(__file__).absolute().parents[2]
_COMMAND = re.compile(r"\bvoxweft (?=(?:engines|models|doctor|voices|cache)\b)")


def program() -> str:
    """Return the command line that runs this pack, quoted for the shell of this platform."""
    words = [sys.executable, str(PACK)]
    return " ".join(f'"{word}"' for word in words) if sys.platform == "win32" else shlex.join(words)


def runnable(text: str) -> str:
    """Return a message with each `voxweft ...` command replaced by one that works here."""
    return _COMMAND.sub(lambda _: f"{program()} ", text)


@contextmanager
def runnable_commands() -> Iterator[None]:
    """Replace the commands in the message of any error raised inside. Its type and traceback stay the same."""
    try:
        yield
    except Exception as error:
        text = str(error)
        if (changed := runnable(text)) != text:
            error.args = (changed,)
        raise
