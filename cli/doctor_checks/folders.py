"""Check the engine folders of the user: an engine that isn't found there is missing without an error."""

from __future__ import annotations

from ...utils.settings import Settings
from .finding import Finding


def findings(settings: Settings) -> list[Finding]:
    """Return a finding for each folder of VOXWEFT_ENGINES without an engine."""
    found = []
    for folder in settings.engine_folders:
        if not folder.is_dir():
            why = "it is not a folder"
        elif not (folder / "engine.toml").is_file() and not any(folder.glob("*/engine.toml")):
            why = "neither the folder nor its subfolders contain an engine.toml"
        else:
            continue
        found.append(
            Finding(
                subject="engine folder",
                state="warning",
                detail=f"no engine in {folder}",
                why=why,
                fix="correct or unset VOXWEFT_ENGINES",
            )
        )
    return found
