"""Check that the packages of the extra `server` are installed."""

from __future__ import annotations

import importlib.util

_PACKAGES = {
    "fastapi": "fastapi",
    "uvicorn": "uvicorn",
    "websockets": "websockets",
    "multipart": "python-multipart",
    "prometheus_client": "prometheus-client",
}
"""Maps each importable module to the package that provides it."""


def check_installed() -> None:
    """Raise ValueError with the command that installs missing packages, if any are."""
    missing = [package for module, package in _PACKAGES.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise ValueError(
            f"the server needs packages that aren't installed: {', '.join(missing)}; "
            f"fix: pip install {' '.join(missing)}"
        )
