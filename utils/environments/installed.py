"""What is installed on a module path, found by its metadata alone: nothing of it is imported."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    import importlib.metadata

_SETTLED_NS = 2_000_000_000
"""How long a folder must have been unchanged for its time of change to be trusted: the coarsest clock of a file system
(FAT's) ticks every two seconds, and what changes again within a tick keeps its time."""
_MOST_PATHS = 32
_CHUNK_BYTES = 16 << 10
_FIRST_LETTERS = frozenset("NnVvRr \t")
"""What a line begins with that may be a name, a version or a requirement, or goes on with one."""
_STANDARD_LIBRARY = re.compile(r"python\d+\.zip", re.IGNORECASE)


class Distribution(NamedTuple):
    """An installed distribution: its canonical name, its version as it states it, and its .dist-info or .egg-info."""

    name: str
    version: str
    folder: Path

    def requires(self) -> tuple[str, ...]:
        """Return its Requires-Dist lines (PEP 508), markers and all; none if they can't be read any more."""
        head = _head(str(self.folder))
        return () if head is None else head.requires


class Installed:
    """The distributions on a module path. Of those with the same name the first one counts, as Python's import does.

    What there is comes from the folders' names; the metadata of a distribution is read when it is asked for. One whose
    metadata is missing, can't be read or is another's is treated as absent: interrupted installations leave such.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._places: dict[str, list[str]] = {}
        self._known: dict[str, Distribution] = {}
        for path in dict.fromkeys(paths):
            for name, place in _scan(path):
                self._places.setdefault(name, []).append(place)

    @classmethod
    def of_host(cls) -> Installed:
        """Return what this process could import."""
        return cls.of_paths(sys.path)

    @classmethod
    def of_paths(cls, paths: Sequence[str]) -> Installed:
        """Return what lies in these folders, '' being the working directory; one that can't be read holds nothing.

        Asked again, only the folders' times are looked at: whatever an installer does changes them.
        """
        key = tuple(map(_absolute, paths))
        changed_ns = tuple(map(_changed_ns, key))
        known = _scanned.get(key)
        if known is not None and known[0] == changed_ns:
            return known[1]
        now_ns = time.time_ns()
        found = cls(key)
        _scanned.pop(key, None)
        if all(now_ns - at_ns > _SETTLED_NS for at_ns in changed_ns):
            while len(_scanned) >= _MOST_PATHS:
                _scanned.pop(next(iter(_scanned)), None)
            _scanned[key] = (changed_ns, found)
        return found

    def get(self, name: str) -> Distribution | None:
        """Return the distribution of that name, in any spelling; None if there is none."""
        key = canonicalize_name(name)
        found = self._known.get(key)
        if found is None:
            found = next(filter(None, (_distribution(key, place) for place in self._places.get(key, ()))), None)
            if found is not None:
                self._known[key] = found
        return found

    def __iter__(self) -> Iterator[Distribution]:
        """Yield the distributions, by name."""
        return filter(None, map(self.get, sorted(self._places)))

    def versions(self) -> dict[str, str]:
        """Return the version of each distribution, by canonical name."""
        return {distribution.name: distribution.version for distribution in self}


class _Head(NamedTuple):
    """What the metadata of a distribution says."""

    name: str
    version: str
    requires: tuple[str, ...]


_scanned: dict[tuple[str, ...], tuple[tuple[int, ...], Installed]] = {}
_heads: dict[str, tuple[tuple[int, int], _Head]] = {}
"""By .dist-info folder: the time of change and the size of its METADATA, and what that says."""
_archived: dict[str, _Head] = {}
"""What lies in archives, or in eggs, which nobody makes any more: read when they are scanned."""


def _absolute(path: str) -> str:
    try:
        return str(Path(path).absolute())
    except OSError:  # the working directory is gone
        return path


def _changed_ns(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _scan(path: str) -> list[tuple[str, str]]:
    """Return what may be a distribution in a folder: each name that it may have, and its place."""
    if path.lower().endswith(".egg"):
        return _scan_archive(path)
    found: list[tuple[str, str]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                stem, _, suffix = entry.name.rpartition(".")
                if suffix.lower() in ("dist-info", "egg-info"):
                    # A dash ends the name; those within it should have become underscores, which not all tools did.
                    parts = stem.split("-")
                    ends = range(1, max(len(parts), 2))
                    found += [(str(canonicalize_name("-".join(parts[:end]))), entry.path) for end in ends]
    except NotADirectoryError:
        return _scan_archive(path)
    except (OSError, ValueError):
        return []
    return found


def _scan_archive(path: str) -> list[tuple[str, str]]:
    # An embeddable Python has its standard library in an archive, long to list and without distributions.
    if _STANDARD_LIBRARY.fullmatch(Path(path).name):
        return []
    import importlib.metadata

    found: list[tuple[str, str]] = []
    for distribution in importlib.metadata.distributions(path=[path]):
        head = _legacy_head(distribution)
        if head is not None:
            place = str(Path(str(getattr(distribution, "_path", path))))
            _archived[place] = head
            found.append((str(canonicalize_name(head.name)), place))
    return found


def _distribution(name: str, place: str) -> Distribution | None:
    head = _head(place)
    if head is None or canonicalize_name(head.name) != name:
        return None
    return Distribution(name, head.version, Path(place))


def _head(place: str) -> _Head | None:
    """Return what a .dist-info or .egg-info says of itself; None if it is damaged."""
    if place in _archived:
        return _archived[place]
    if not place.lower().endswith(".dist-info"):
        import importlib.metadata

        return _legacy_head(importlib.metadata.Distribution.at(place))
    file = Path(place, "METADATA")
    try:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = _heads.get(place)
        if known is not None and known[0] == stamp:
            return known[1]
        head = _fields(_text_of_head(file))
    except OSError:
        return None
    if head is not None:
        _heads[place] = (stamp, head)
    return head


def _text_of_head(file: Path) -> str:
    head = b""
    with file.open("rb", buffering=0) as stream:
        # What comes after the first empty line is a description of any length.
        while (end := max(head.find(b"\n\n"), head.find(b"\n\r\n"))) < 0 and (chunk := stream.read(_CHUNK_BYTES)):
            head += chunk
    return head[: end if end >= 0 else None].decode("utf-8", "replace")


def _fields(text: str) -> _Head | None:
    values: dict[str, list[str]] = {"name": [], "version": [], "requires-dist": []}
    current: list[str] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line:
            break
        if line[0] not in _FIRST_LETTERS:
            current = None
            continue
        if line[0] in " \t":
            if current:
                current[-1] += line
            continue
        field, _, value = line.partition(":")
        current = values.get(field.rstrip().lower())
        if current is not None:
            current.append(value.strip())
    name, version = ("".join(values[field][:1]) for field in ("name", "version"))
    return _Head(name, version, tuple(values["requires-dist"])) if name and version else None


def _legacy_head(distribution: importlib.metadata.Distribution) -> _Head | None:
    """Return what an egg says of itself: the standard library knows its layouts, and its format of requirements."""
    try:
        texts = (distribution.read_text(name) for name in ("METADATA", "PKG-INFO", ""))
        head = _fields(next(filter(None, texts), ""))
        return None if head is None else head._replace(requires=tuple(distribution.requires or ()))
    except (OSError, LookupError, ValueError, TypeError, AttributeError):  # damaged in one way or another
        return None
