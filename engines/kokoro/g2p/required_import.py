"""Import of packages that a language's G2P requires."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from ..common.errors import KokoroLanguageError


def import_required(module: str, language: str, packages: str, tag: str = "") -> Any:
    """Import and return a module, without the warnings that these libraries cause themselves.

    KokoroLanguageError, with the commands that install it, if it or one of its imports is missing. `tag` is the
    language under which `engine.toml` lists the packages.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        raise KokoroLanguageError(
            f"packages for {language} are missing ({error}); {install_commands(packages, tag)}"
        ) from error


def install_commands(packages: str, tag: str = "") -> str:
    """Return how to install packages, into an environment and into the host's Python."""
    command = f"voxweft engines install kokoro --language {tag}" if tag else "voxweft engines install kokoro"
    return f"run: {command}; if Kokoro runs in the host's Python: pip install {packages}"
