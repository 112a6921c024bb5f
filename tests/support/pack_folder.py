"""Copy the pack into a folder with any name, like a user, and load it like ComfyUI."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

from paths import ROOT as ROOT

FAKES = ROOT / "tests" / "fakes"
_PARTS = (
    "cli",
    "engines",
    "helpers",
    "jobs",
    "media",
    "nodes",
    "server",
    "text",
    "utils",
    "web",
    "locales",
    "example_workflows",
)


def copy_pack(folder: Path) -> Path:
    """Copy the parts of the pack that a user has, and return the folder."""
    folder.mkdir(parents=True)
    for file in ROOT.glob("*.*"):
        if file.suffix in {".py", ".toml", ".txt"}:
            shutil.copy2(file, folder)
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def load_pack(folder: Path) -> ModuleType:
    """Import the pack like ComfyUI 0.3.64: under the name of its path, with dots replaced."""
    name = str(folder).replace(".", "_x_")
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def surroundings(folder: Path) -> dict[str, str]:
    """Return the variables for the contracts: separate folders, and the small Whisper under the name of a large one."""
    whisper = folder / "models" / "stt" / "faster-whisper" / "large-v3-turbo"
    if not whisper.exists():
        shutil.copytree(ROOT / "tests" / "data" / "tiny-whisper-en", whisper)
    return {
        "FAKE_COMFY_FOLDERS": str(folder),
        "VOXWEFT_CACHE_DIR": str(folder / "cache"),
        "VOXWEFT_DEVICE": "cpu",
        "VOXWEFT_MODELS": str(folder / "models"),
    }
