"""List the packages on a module path by their metadata alone, without importing any of them."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    import importlib.metadata

_STABLE_NS = 2_000_000_000
"""How long a folder must be unchanged before its modification time is trusted: FAT, the coarsest file system, has ticks
of two seconds, and a second change within one tick doesn't show."""
_MAX_PATHS = 32
_CHUNK_BYTES = 16 << 10
_FIRST_LETTERS = frozenset("NnVvRr \t")
"""First characters of lines that may hold a name, a version or a requirement, or continue one."""
_STANDARD_LIBRARY = re.compile(r"python\d+\.zip", re.IGNORECASE)


class Distribution(NamedTuple):
    """An installed distribution: canonical name, version as stated in the metadata, and .dist-info or .egg-info."""

    name: str
    version: str
    folder: Path

    def requires(self) -> tuple[str, ...]:
        """Return its Requires-Dist lines (PEP 508) with their markers; none if they can no longer be read."""
        head = _head(str(self.folder))
        return () if head is None else head.requires


class Installed:
    """The distributions on a module path. As in Python's import, the first of several with one name takes precedence.

    Names come from the folders' names; metadata is read on access. A distribution whose metadata is missing, unreadable
    or another's is treated as absent, since interrupted installations leave such folders.
    """

    def __init__(self, paths: Sequence[str], host: Sequence[str] = (), of_host: Collection[str] = ()) -> None:
        self._folders: dict[str, list[str]] = {}
        self._known: dict[str, Distribution] = {}
        for path in dict.fromkeys(paths):
            for name, folder in _scan(path):
                self._folders.setdefault(name, []).append(folder)
        for path in host:
            for name, folder in _scan(path):
                if name in of_host:
                    self._folders.setdefault(name, []).append(folder)

    @classmethod
    def of_host(cls) -> Installed:
        """Return the packages that this process can import."""
        return cls.of_paths(sys.path)

    @classmethod
    def of_paths(
        cls, paths: Sequence[str], host: Sequence[str] = (), of_host: Collection[str] = frozenset()
    ) -> Installed:
        """Return the packages in these folders ('' is the working directory); unreadable ones count as empty.

        Of the folders of a host's packages only those named by `of_host` count, and after all others.

        Repeated calls only check the folders' modification times, which every installer changes; as long as they are
        the same, the same object is returned.
        """
        of_paths, of_hosts = tuple(map(_absolute, paths)), tuple(map(_absolute, host))
        key = (of_paths, of_hosts, frozenset(of_host))
        changed_ns = tuple(map(_changed_ns, (*of_paths, *of_hosts)))
        known = _scanned.get(key)
        if known is not None and known[0] == changed_ns:
            return known[1]
        now_ns = time.time_ns()
        found = cls(*key)
        _scanned.pop(key, None)
        if all(now_ns - at_ns > _STABLE_NS for at_ns in changed_ns):
            while len(_scanned) >= _MAX_PATHS:
                _scanned.pop(next(iter(_scanned)), None)
            _scanned[key] = (changed_ns, found)
        return found

    def get(self, name: str) -> Distribution | None:
        """Return the distribution with that name, in any spelling; None if there is none."""
        key = canonicalize_name(name)
        found = self._known.get(key)
        if found is None:
            found = next(filter(None, (_distribution(key, folder) for folder in self._folders.get(key, ()))), None)
            if found is not None:
                self._known[key] = found
        return found

    def __iter__(self) -> Iterator[Distribution]:
        """Yield the distributions, by name."""
        return filter(None, map(self.get, sorted(self._folders)))

    def versions(self) -> dict[str, str]:
        """Return the version of each distribution, by canonical name."""
        return {distribution.name: distribution.version for distribution in self}


class _Head(NamedTuple):
    """The header fields of a distribution's metadata."""

    name: str
    version: str
    requires: tuple[str, ...]


_Key = tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]

_scanned: dict[_Key, tuple[tuple[int, ...], Installed]] = {}
_heads: dict[str, tuple[tuple[int, int], _Head]] = {}
"""By .dist-info folder: modification time and size of its METADATA, and the fields read from it."""
_archived: dict[str, _Head] = {}
"""Distributions in archives and eggs, which are rare by now: read during the scan."""


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
    """Return candidates for distributions in a folder: each possible name, with its metadata's path."""
    if path.lower().endswith(".egg"):
        return _scan_archive(path)
    found: list[tuple[str, str]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                stem, _, suffix = entry.name.rpartition(".")
                if suffix.lower() in ("dist-info", "egg-info"):
                    # A dash ends the name; dashes within it should be underscores, but some tools keep them.
                    parts = stem.split("-")
                    ends = range(1, max(len(parts), 2))
                    found += [(str(canonicalize_name("-".join(parts[:end]))), entry.path) for end in ends]
    except NotADirectoryError:
        return _scan_archive(path)
    except (OSError, ValueError):
        return []
    return found


def _scan_archive(path: str) -> list[tuple[str, str]]:
    # An embeddable Python keeps its standard library in an archive: slow to list, and without distributions.
    if _STANDARD_LIBRARY.fullmatch(Path(path).name):
        return []
    import importlib.metadata

    found: list[tuple[str, str]] = []
    for distribution in importlib.metadata.distributions(path=[path]):
        head = _legacy_head(distribution)
        if head is not None:
            folder = str(Path(str(getattr(distribution, "_path", path))))
            _archived[folder] = head
            found.append((str(canonicalize_name(head.name)), folder))
    return found


def _distribution(name: str, folder: str) -> Distribution | None:
    head = _head(folder)
    if head is None or canonicalize_name(head.name) != name:
        return None
    return Distribution(name, head.version, Path(folder))


def _head(folder: str) -> _Head | None:
    """Return the header fields of a .dist-info or .egg-info; None if it is damaged."""
    if folder in _archived:
        return _archived[folder]
    if not folder.lower().endswith(".dist-info"):
        import importlib.metadata

        return _legacy_head(importlib.metadata.Distribution.at(folder))
    file = Path(folder, "METADATA")
    try:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = _heads.get(folder)
        if known is not None and known[0] == stamp:
            return known[1]
        head = _fields(_text_of_head(file))
    except OSError:
        return None
    if head is not None:
        _heads[folder] = (stamp, head)
    return head


def _text_of_head(file: Path) -> str:
    head = b""
    with file.open("rb", buffering=0) as stream:
        # After the first empty line comes a description of any length.
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
    """Return the fields of an egg. The standard library knows its layouts and its format of requirements."""
    try:
        texts = (distribution.read_text(name) for name in ("METADATA", "PKG-INFO", ""))
        head = _fields(next(filter(None, texts), ""))
        return None if head is None else head._replace(requires=tuple(distribution.requires or ()))
    except (OSError, LookupError, ValueError, TypeError, AttributeError):  # depends on how it is damaged
        return None
