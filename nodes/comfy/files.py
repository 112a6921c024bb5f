"""Files of the host's input and output folders, and of no other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MAX_TEXT_BYTES = 64 << 20
"""A library of books; beyond it somebody chose a film by mistake."""

_listed: dict[tuple[str, ...], tuple[int, list[str]]] = {}


def _folder(kind: str) -> Path:
    paths: Any = sys.modules.get("folder_paths")
    if paths is None:
        raise RuntimeError(f"this host has no {kind} folder")
    return Path(getattr(paths, f"get_{kind}_directory")()).resolve()


def input_names(suffixes: tuple[str, ...]) -> list[str]:
    """Return the names of files in the input folder that end so; listed anew only when the folder has changed."""
    if "folder_paths" not in sys.modules:
        return []
    folder = _folder("input")
    try:
        changed_ns = folder.stat().st_mtime_ns
        known = _listed.get(key := (str(folder), *suffixes))
        if known is not None and known[0] == changed_ns:
            return known[1]
        names = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file())
    except OSError:
        return []
    _listed[key] = (changed_ns, names)
    return names


def input_file(name: str, suffixes: tuple[str, ...]) -> Path:
    """Return a file of the input folder. ValueError, naming the widget, for one outside it or of another kind."""
    folder = _folder("input")
    plain = name.strip().removesuffix(" [input]")
    file = (folder / plain).resolve()
    if not plain or file == folder or not file.is_relative_to(folder):
        raise ValueError(f"'file' is {name!r}, which isn't in ComfyUI's input folder")
    if file.suffix.lower() not in suffixes:
        raise ValueError(f"'file' is {name!r}; it must end in {', '.join(suffixes)}")
    if not file.is_file():
        raise ValueError(f"'file' is {name!r}, and there is no such file in ComfyUI's input folder")
    return file


def read_input(name: str, suffixes: tuple[str, ...], most_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """Return the content of a file of the input folder; ValueError as for `input_file`, and for one that is too big."""
    file = input_file(name, suffixes)
    n_bytes = file.stat().st_size
    if n_bytes > most_bytes:
        raise ValueError(f"'file' is {n_bytes >> 20} MiB; {most_bytes >> 20} MiB are the most")
    return file.read_bytes()


def input_print(name: str, suffixes: tuple[str, ...]) -> str:
    """Return what changes when the file does. Empty for a file that can't be used: running says why."""
    try:
        status = input_file(name, suffixes).stat()
    except (ValueError, OSError):
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def output_folder(name: str) -> tuple[Path, str]:
    """Return a folder below the output folder, which need not be there yet, and its name within it.

    ValueError, naming the widget, for the output folder itself and for one elsewhere.
    """
    root = _folder("output")
    folder = (root / name.strip()).resolve()
    if not name.strip() or folder == root or not folder.is_relative_to(root):
        raise ValueError(f"'folder' is {name!r}, which isn't a folder within ComfyUI's output folder")
    return folder, folder.relative_to(root).as_posix()


def new_output(prefix: str, suffix: str) -> tuple[Path, str]:
    """Return a file of the output folder that isn't there yet, and its folder's name within it.

    Named as ComfyUI names what it saves: the prefix, which may hold folders, and a number. ValueError for a prefix that
    leads elsewhere.
    """
    root = _folder("output")
    paths: Any = sys.modules["folder_paths"]
    if not (root / prefix).resolve().is_relative_to(root) or not Path(prefix).name.strip(". "):
        raise ValueError(f"'filename_prefix' is {prefix!r}, which isn't a name within ComfyUI's output folder")
    folder, name, number, subfolder, _ = paths.get_save_image_path(prefix, str(root))
    while True:
        file = Path(folder) / f"{name}_{number:05}_{suffix}"
        if not file.exists():
            break
        number += 1
    if not file.resolve().is_relative_to(root):
        raise ValueError(f"'filename_prefix' is {prefix!r}, which leads out of ComfyUI's output folder")
    return file, subfolder
