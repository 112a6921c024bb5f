"""Import of packages that a language's G2P requires."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from ..common.errors import KokoroLanguageError


def import_required(module: str, language: str, packages: str) -> Any:
    """Import and return a module, without the warnings that these libraries cause themselves.

    KokoroLanguageError, with the `pip install` command, if it or one of its imports is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        raise KokoroLanguageError(
            f"packages for {language} are missing ({error}); run: pip install {packages}"
        ) from error
