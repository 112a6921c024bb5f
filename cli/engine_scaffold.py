"""A new engine's folder, from templates."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..utils.streaming.contract.registry import EngineRegistry

Kind = Literal["speech", "cloning", "recognition"]

TEMPLATES = Path(__file__).parent / "engine_templates"
"""A folder for each kind, and one for all. The files end in `.txt`: they are neither modules nor engines."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def create(name: str, parent: Path, kind: Kind, registry: EngineRegistry) -> Path:
    """Create the folder of an engine and return it.

    Raises:
        ValueError: The name isn't valid, or an engine or a file has it already.
        OSError: The folder can't be written.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"'{name}' can't be the name of an engine: use up to 40 lower-case letters, digits and underscores, and "
            "begin with a letter"
        )
    if name in registry.specs:
        raise ValueError(f"there is an engine '{name}' already, in {registry.specs[name].folder}; choose another name")
    folder = parent / name
    if folder.exists():
        raise ValueError(f"{folder} exists already; choose another name or folder")
    title = name.replace("_", " ").strip().capitalize()
    values = {"name": name, "title": title, "class_name": f"{name.title().replace('_', '')}Adapter"}
    texts = {
        template.name.removesuffix(".txt"): Template(template.read_text(encoding="utf-8")).substitute(values)
        for source in ("common", kind)
        for template in sorted((TEMPLATES / source).glob("*.txt"))
    }
    folder.mkdir(parents=True)
    for file_name, text in texts.items():
        (folder / file_name).write_text(text, encoding="utf-8")
    return folder
