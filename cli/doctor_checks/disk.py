"""Check the folders of the cache, models and environments: each must be writable, with free disk space."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ...utils.settings import Settings
from .finding import Finding, State

LOW_SPACE_BYTES = 1 << 30
"""Less free space than this is a warning: models have hundreds of MiB, environments some GiB."""
FULL_BYTES = 16 << 20
"""Less free space than this counts as full."""
_WORTH_CLEARING_BYTES = 64 << 20
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_PROBE_BYTES = 4096


class _Use(NamedTuple):
    """Something stored on disk: its folder, its setting, and the consequence if the folder isn't writable."""

    name: str
    folder: Path
    setting: str
    without: str


class _Disk(NamedTuple):
    """A file system: a folder on it, its uses, its free space, and whether a write failed with 'no space'."""

    folder: Path
    uses: list[_Use]
    free_bytes: int
    write_failed: bool


def findings(
    settings: Settings, *, low_space_bytes: int = LOW_SPACE_BYTES, full_bytes: int = FULL_BYTES
) -> list[Finding]:
    """Check that each folder is writable, and that each of their disks has free space.

    Below `low_space_bytes` a disk is short of space, below `full_bytes` it is full. Nothing is created: if a folder
    doesn't exist yet, the nearest existing parent is checked.
    """
    found = []
    disks: dict[int, _Disk] = {}
    if not settings.cache_bytes:
        found.append(Finding(subject="cache", state="good", detail="turned off (VOXWEFT_CACHE_BYTES=0)"))
    for use in _uses(settings):
        existing = _existing(use.folder)
        try:
            disk = _disk(existing, use, disks)
            refusal = _refusal(existing)
        except OSError as error:
            refusal = error
        else:
            if refusal is not None and refusal.errno in _FULL:
                disks[_device(existing)] = disk._replace(write_failed=True)
                refusal = None
        found.append(_folder(use, refusal))
    return found + [_space(disk, len(disks) > 1, low_space_bytes, full_bytes) for disk in disks.values()]


def _uses(settings: Settings) -> Iterable[_Use]:
    if settings.cache_bytes:
        yield _Use("cache", settings.cache_dir, "VOXWEFT_CACHE_DIR", "everything is generated again each time")
    yield _Use("models", settings.models_home, "VOXWEFT_MODELS_HOME", "no model can be downloaded")
    without = "no engine environment can be installed"
    yield _Use("environments", settings.environments_home, "VOXWEFT_ENVIRONMENTS_HOME", without)


def _existing(folder: Path) -> Path:
    for parent in (folder, *folder.absolute().parents):
        with contextlib.suppress(OSError):
            parent.stat()
            return parent
    return folder


def _device(folder: Path) -> int:
    return folder.stat().st_dev


def _disk(folder: Path, use: _Use, disks: dict[int, _Disk]) -> _Disk:
    device = _device(folder)
    if device not in disks:
        disks[device] = _Disk(folder, [], shutil.disk_usage(folder).free, write_failed=False)
    disks[device].uses.append(use)
    return disks[device]


def _refusal(folder: Path) -> OSError | None:
    """Return why a folder isn't writable, found by writing an unnamed temporary file."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(_PROBE_BYTES))
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None


def _folder(use: _Use, refusal: OSError | None) -> Finding:
    if refusal is None:
        return Finding(subject=use.name, state="good", detail=str(use.folder))
    return Finding(
        subject=use.name,
        state="warning",
        detail=f"{use.folder} is not writable ({refusal.strerror}): {use.without}",
        fix=f"set {use.setting} to a writable folder",
    )


def _space(disk: _Disk, several: bool, low_space_bytes: int, full_bytes: int) -> Finding:
    names = [use.name for use in disk.uses]
    uses = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    where = f"the disk of {disk.folder}" if several else "the disk"
    if disk.free_bytes >= low_space_bytes and not disk.write_failed:
        at = f" at {disk.folder}" if several else ""
        return Finding(subject="disk", state="good", detail=f"{_size(disk.free_bytes)} free{at} for {uses}")
    is_full = disk.write_failed or disk.free_bytes < full_bytes
    cached_bytes = sum(_cached_bytes(use.folder) for use in disk.uses if use.name == "cache")
    if cached_bytes >= _WORTH_CLEARING_BYTES:
        why, fix = f"the cache uses {_size(cached_bytes)} of it", "voxweft cache clear"
    else:
        why = "a model needs hundreds of MiB, an environment some GiB"
        fix = f"free some space, or set {disk.uses[-1].setting} to a folder on another disk"
    size = _size(disk.free_bytes)
    left = f"is full ({size} free)" if disk.free_bytes < full_bytes else f"has only {size} free"
    if disk.write_failed and disk.free_bytes >= full_bytes:  # a quota, or no free inodes
        left = f"accepts no more files ({size} free)"
    state: State = "broken" if is_full else "warning"
    return Finding(subject="disk", state=state, detail=f"{where} {left}, for {uses}", why=why, fix=fix)


def _cached_bytes(folder: Path) -> int:
    total_bytes = 0
    for file in folder.glob("v*/*/*.seg"):
        with contextlib.suppress(OSError):
            total_bytes += file.stat().st_size
    return total_bytes


def _size(n_bytes: int) -> str:
    gib = n_bytes / (1 << 30)
    return f"{gib:.{0 if gib >= 10 else 1}f} GiB" if gib >= 1 else f"{n_bytes / (1 << 20):.0f} MiB"
