"""Packages that a language's way to phonemes needs, and what to do where one is missing."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from ..common.errors import LanguageError


def required(module: str, language: str, packages: str) -> Any:
    """Import and return a module. LanguageError with the `pip install` command if it, or one that it needs, is missing.

    Warnings are kept from the user: these libraries warn about themselves (escapes in patterns, pkg_resources).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        raise LanguageError(
            f"{language} needs packages that aren't installed ({error}): pip install {packages}"
        ) from error
