"""Where Voxweft writes: the cache, the models and the environments. Each must be writable, and have room."""

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

ROOM_BYTES = 1 << 30
"""Less than this is too little for what comes next: models have hundreds of MiB, environments some GiB."""
LEAST_BYTES = 16 << 20
"""With less than this a disk counts as full."""
_WORTH_CLEARING_BYTES = 64 << 20
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_PROBE_BYTES = 4096


class _Use(NamedTuple):
    """Something that is kept on disk: where, by which setting, and what it means if it can't be."""

    name: str
    folder: Path
    setting: str
    without: str


class _Disk(NamedTuple):
    """A file system: a folder on it, its uses, how much of it is free, and whether it has refused to take more."""

    folder: Path
    uses: list[_Use]
    free_bytes: int
    refuses: bool


def findings(settings: Settings, *, room_bytes: int = ROOM_BYTES, least_bytes: int = LEAST_BYTES) -> list[Finding]:
    """Return whether each folder can be written, and for each disk that they lie on whether it has room.

    Below `room_bytes` a disk is short of room, below `least_bytes` it is full. Nothing is left behind: a folder that
    isn't there yet is judged by the one that it would be made in.
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
                disks[_device(existing)] = disk._replace(refuses=True)
                refusal = None
        found.append(_folder(use, refusal))
    return found + [_room(disk, len(disks) > 1, room_bytes, least_bytes) for disk in disks.values()]


def _uses(settings: Settings) -> Iterable[_Use]:
    if settings.cache_bytes:
        yield _Use("cache", settings.cache_dir, "VOXWEFT_CACHE_DIR", "everything is made anew each time")
    yield _Use("models", settings.models_home, "VOXWEFT_MODELS_HOME", "no model can be downloaded")
    without = "no engine can get an environment of its own"
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
        disks[device] = _Disk(folder, [], shutil.disk_usage(folder).free, refuses=False)
    disks[device].uses.append(use)
    return disks[device]


def _refusal(folder: Path) -> OSError | None:
    """Return why a folder can't be written, found by writing a file there that has no name or is removed at once."""
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
        detail=f"{use.folder} can't be written ({refusal.strerror}): {use.without}",
        mend=f"set {use.setting} to a folder that can be written",
    )


def _room(disk: _Disk, several: bool, room_bytes: int, least_bytes: int) -> Finding:
    names = [use.name for use in disk.uses]
    uses = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    where = f"the disk of {disk.folder}" if several else "the disk"
    if disk.free_bytes >= room_bytes and not disk.refuses:
        at = f" at {disk.folder}" if several else ""
        return Finding(subject="disk", state="good", detail=f"{_size(disk.free_bytes)} free{at} for {uses}")
    is_full = disk.refuses or disk.free_bytes < least_bytes
    cached_bytes = sum(_cached_bytes(use.folder) for use in disk.uses if use.name == "cache")
    if cached_bytes >= _WORTH_CLEARING_BYTES:
        why, mend = f"the cache holds {_size(cached_bytes)} of it", "voxweft cache clear"
    else:
        why = "a model takes hundreds of MiB, an environment some GiB"
        mend = f"make room there, or set {disk.uses[-1].setting} to a folder on another disk"
    size = _size(disk.free_bytes)
    left = f"is full ({size} free)" if disk.free_bytes < least_bytes else f"has only {size} free"
    if disk.refuses and disk.free_bytes >= least_bytes:  # a quota, or no room for more files' names
        left = f"takes nothing more ({size} free)"
    state: State = "broken" if is_full else "warning"
    return Finding(subject="disk", state=state, detail=f"{where} {left}, for {uses}", why=why, mend=mend)


def _cached_bytes(folder: Path) -> int:
    total_bytes = 0
    for file in folder.glob("v*/*/*.seg"):
        with contextlib.suppress(OSError):
            total_bytes += file.stat().st_size
    return total_bytes


def _size(n_bytes: int) -> str:
    gib = n_bytes / (1 << 30)
    return f"{gib:.{0 if gib >= 10 else 1}f} GiB" if gib >= 1 else f"{n_bytes / (1 << 20):.0f} MiB"
