"""Check that the packages of the extras `server`, `wyoming` and `zeroconf` are installed."""

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
    _check("the server", _PACKAGES)


def check_wyoming_installed(*, announce: bool) -> None:
    """The same for the option `--wyoming`, and for `--wyoming-announce`."""
    _check("the option --wyoming", {"wyoming": "wyoming"})
    if announce:
        _check("the option --wyoming-announce", {"zeroconf": "zeroconf"})


def _check(what: str, packages: dict[str, str]) -> None:
    missing = [package for module, package in packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise ValueError(
            f"{what} needs packages that aren't installed: {', '.join(missing)}; fix: pip install {' '.join(missing)}"
        )
