"""Commands in error messages, as a ComfyUI user can run them.

Errors of the core name commands such as `voxweft engines install kokoro`. In ComfyUI the pack is only a folder, so
there may be no such program. The host's Python and the folder always work:
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
    """Return the command line that starts this pack's own command, quoted for the shell of this platform."""
    words = [sys.executable, str(PACK)]
    return " ".join(f'"{word}"' for word in words) if sys.platform == "win32" else shlex.join(words)


def runnable(text: str) -> str:
    """Return a message with each `voxweft ...` command replaced by one that works here."""
    return _COMMAND.sub(lambda _: f"{program()} ", text)


@contextmanager
def runnable_commands() -> Iterator[None]:
    """Replace the commands in the message of any error that passes through. Its type and traceback stay."""
    try:
        yield
    except Exception as error:
        text = str(error)
        if (changed := runnable(text)) != text:
            error.args = (changed,)
        raise
