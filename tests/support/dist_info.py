"""Installed distributions as folders of metadata, small enough to write by the dozen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_dist_info(site: Path, name: str, version: str, requires: Sequence[str] = (), body: str = "") -> Path:
    """Write a distribution's metadata as an installer does; return its .dist-info."""
    folder = site / f"{name.replace('-', '_')}-{version.replace('-', '_')}.dist-info"
    folder.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: Written by a test"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (folder / "METADATA").write_text("\n".join([*lines, "", body]), encoding="utf-8")
    (folder / "RECORD").write_text("", encoding="utf-8")
    return folder
