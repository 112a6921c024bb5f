"""The host's folders, set by the test."""

from __future__ import annotations

import os
from pathlib import Path

base = os.environ.get("FAKE_COMFY_FOLDERS", "")


def _directory(kind: str) -> str:
    folder = Path(base or ".") / kind
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def get_input_directory() -> str:
    return _directory("input")


def get_output_directory() -> str:
    return _directory("output")


def get_temp_directory() -> str:
    return _directory("temp")


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    subfolder, name = os.path.split(os.path.normpath(filename_prefix))
    folder = Path(output_dir) / subfolder
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder), name, 1, subfolder, filename_prefix
