"""Files that are already on this machine: linked, after they were verified, instead of downloaded again."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from ...utils.streaming.contract.engine_spec import WeightFile

_BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)


def usable_copies(file: WeightFile, paths: Iterable[str], roots: Iterable[Path]) -> list[Path]:
    """Return those of the paths that are regular files of the file's size within one of the roots, links resolved."""
    resolved_roots = [root.resolve() for root in roots]
    found = []
    for path in paths:
        try:
            source = Path(path).resolve(strict=True)
            status = source.stat()
        except (OSError, RuntimeError):  # RuntimeError: before Python 3.13, a loop of links
            continue
        is_inside = any(source.is_relative_to(root) for root in resolved_roots)
        if is_inside and stat.S_ISREG(status.st_mode) and status.st_size == file.n_bytes:
            found.append(source)
    return found


def take_copy(file: WeightFile, copies: Iterable[Path], target: Path) -> bool:
    """Make `target` a hard link to the first of the copies that has the file's digest, or a copy where links fail.

    False, without a target, if there is none.
    """
    for source in copies:
        target.unlink(missing_ok=True)
        try:
            _link_or_copy(source, target)
            # Verified under its new name: what `source` names may be replaced meanwhile.
            if sha256_of(target).startswith(file.sha256):
                return True
        except OSError as error:
            _log.info("%s can't be used for %s: %s", source, file.path, error)
    target.unlink(missing_ok=True)
    return False


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, target)
        with target.open("r+b") as written:
            os.fsync(written.fileno())
