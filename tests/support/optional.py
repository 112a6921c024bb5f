"""Packages that some tests need and that not every environment has."""

from __future__ import annotations

import importlib.util

import pytest


def skip_without(module: str, reason: str = "") -> None:
    """Skip the test module that calls this unless a package is installed, without importing it.

    Every process of a parallel run imports all test modules, but only some of them need the packages.
    """
    if importlib.util.find_spec(module) is None:
        pytest.skip(reason or f"{module} isn't installed", allow_module_level=True)
