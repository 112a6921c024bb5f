"""Whether the packages of the extra `server` are here."""

from __future__ import annotations

import importlib.util

_NEEDED = ("fastapi", "uvicorn", "websockets", "multipart", "prometheus_client")


def check_installed() -> None:
    """ValueError, with the command that mends it, if the extra isn't installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"the server needs packages that aren't installed ({', '.join(missing)}); "
            'get them with: pip install "voxweft[server]"'
        )
