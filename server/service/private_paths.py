"""Keep the paths of this machine out of messages for clients: a path is reduced to the name of its file."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

_PATH = re.compile(
    r"""(?P<quote>['"])(?P<quoted>(?:/|[A-Za-z]:[\\/])[^'"]+)(?P=quote)"""  # in quotes, perhaps with spaces
    r"""|(?<![\w.:/\\<])(?:file:)?(?P<plain>(?:/|[A-Za-z]:[\\/])[^\s'"<>|]*[^\s'"<>|.,;:()])"""
)


def without_paths(text: str) -> str:
    """Return a text with the file's name in place of each absolute path. URLs and the routes of an API stay."""
    return _PATH.sub(_reduced, text)


def _reduced(match: re.Match[str]) -> str:
    path = match["quoted"] or match["plain"]
    if path.startswith("/"):
        # A route of the API looks like a path, but its first folder doesn't exist.
        parts = PurePosixPath(path).parts
        if len(parts) < 2 or not Path("/", parts[1]).exists():
            return match[0]
        name = parts[-1]
    else:
        name = PureWindowsPath(path).name
    quote = match["quote"] or ""
    return f"{quote}{name}{quote}"
