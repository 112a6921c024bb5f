"""Write the metadata of installed distributions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_dist_info(site: Path, name: str, version: str, requires: Sequence[str] = (), body: str = "") -> Path:
    """Write a distribution's metadata like an installer, and return the .dist-info folder."""
    folder = site / f"{name.replace('-', '_')}-{version.replace('-', '_')}.dist-info"
    folder.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: Written by a test"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (folder / "METADATA").write_text("\n".join([*lines, "", body]), encoding="utf-8")
    (folder / "RECORD").write_text("", encoding="utf-8")
    return folder
