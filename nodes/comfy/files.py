"""Files in ComfyUI's input and output folders. No path leads outside them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MAX_TEXT_BYTES = 64 << 20
"""Larger than any plausible text: a larger file was selected by mistake."""

_listed: dict[tuple[str, ...], tuple[int, list[str]]] = {}


def _folder(kind: str) -> Path:
    paths: Any = sys.modules.get("folder_paths")
    if paths is None:
        raise RuntimeError(f"this host has no {kind} folder: the module folder_paths is missing")
    return Path(getattr(paths, f"get_{kind}_directory")()).resolve()


def input_names(suffixes: tuple[str, ...]) -> list[str]:
    """Return the names of files in the input folder with these suffixes. Cached until the folder changes."""
    if "folder_paths" not in sys.modules:
        return []
    folder = _folder("input")
    try:
        changed_ns = folder.stat().st_mtime_ns
        cached = _listed.get(key := (str(folder), *suffixes))
        if cached is not None and cached[0] == changed_ns:
            return cached[1]
        names = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file())
    except OSError:
        return []
    _listed[key] = (changed_ns, names)
    return names


def input_file(name: str, suffixes: tuple[str, ...]) -> Path:
    """Return a file of the input folder. ValueError, naming the widget, if it is outside or has another suffix."""
    folder = _folder("input")
    plain = name.strip().removesuffix(" [input]")
    file = (folder / plain).resolve()
    if not plain or file == folder or not file.is_relative_to(folder):
        raise ValueError(f"'file' is {name!r}, which is not in ComfyUI's input folder")
    if file.suffix.lower() not in suffixes:
        raise ValueError(f"'file' is {name!r}; it must end in {', '.join(suffixes)}")
    if not file.is_file():
        raise ValueError(f"'file' is {name!r}, which does not exist in ComfyUI's input folder")
    return file


def read_input(name: str, suffixes: tuple[str, ...], max_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """Return the content of a file of the input folder. ValueError as for `input_file`, and if it is too large."""
    file = input_file(name, suffixes)
    n_bytes = file.stat().st_size
    if n_bytes > max_bytes:
        raise ValueError(f"'file' is {name!r} with {n_bytes >> 20} MiB; the maximum is {max_bytes >> 20} MiB")
    return file.read_bytes()


def input_fingerprint(name: str, suffixes: tuple[str, ...]) -> str:
    """Return a string that changes when the file does. Empty for an invalid file; the node reports why."""
    try:
        status = input_file(name, suffixes).stat()
    except (ValueError, OSError):
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def output_folder(name: str) -> tuple[Path, str]:
    """Return a folder inside the output folder, which need not exist yet, and its relative path.

    ValueError, naming the widget, for the output folder itself and for any folder outside it.
    """
    root = _folder("output")
    folder = (root / name.strip()).resolve()
    if not name.strip() or folder == root or not folder.is_relative_to(root):
        raise ValueError(f"'folder' is {name!r}, which is not a folder inside ComfyUI's output folder")
    return folder, folder.relative_to(root).as_posix()


def new_output(prefix: str, suffix: str) -> tuple[Path, str]:
    """Return a new file in the output folder, and the relative path of its folder.

    It is named as ComfyUI names its own files: the prefix, which may contain folders, and a number. ValueError for a
    prefix that leads outside.
    """
    root = _folder("output")
    paths: Any = sys.modules["folder_paths"]
    if not (root / prefix).resolve().is_relative_to(root) or not Path(prefix).name.strip(". "):
        raise ValueError(f"'filename_prefix' is {prefix!r}, which is not a name inside ComfyUI's output folder")
    folder, name, number, subfolder, _ = paths.get_save_image_path(prefix, str(root))
    while True:
        file = Path(folder) / f"{name}_{number:05}_{suffix}"
        if not file.exists():
            break
        number += 1
    if not file.resolve().is_relative_to(root):
        raise ValueError(f"'filename_prefix' is {prefix!r}, which leads out of ComfyUI's output folder")
    return file, subfolder
