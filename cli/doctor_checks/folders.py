"""The folders that the user named for engines: an engine that isn't found there would just be missing."""

from __future__ import annotations

from ...utils.settings import Settings
from .finding import Finding


def findings(settings: Settings) -> list[Finding]:
    """Return the folders of VOXWEFT_ENGINES in which no engine is."""
    found = []
    for folder in settings.engine_folders:
        if not folder.is_dir():
            why = "it isn't a folder"
        elif not (folder / "engine.toml").is_file() and not any(folder.glob("*/engine.toml")):
            why = "it has no engine.toml, nor has a folder in it"
        else:
            continue
        found.append(
            Finding(
                subject="engine folder",
                state="warning",
                detail=f"no engine is in {folder}",
                why=why,
                mend="correct or unset VOXWEFT_ENGINES",
            )
        )
    return found
