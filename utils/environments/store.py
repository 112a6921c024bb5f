"""Engines' environments on disk: the current build of each, its record, and the builds that can be removed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ..atomic_file import atomic_output
from ..streaming.contract.errors import EnvironmentBuildError
from .in_use import folders_in_use
from .installed import Installed
from .record import RECORD_SCHEMA, EnvironmentRecord, HostPackages

if TYPE_CHECKING:
    import filelock

CURRENT = "current"
"""The file, in an engine's folder, that names the folder of its current build."""
PINS = "lock.txt"
RECORD = "environment.json"
_FILES = (CURRENT, PINS, "uv.toml")
"""The files next to the builds; the last one is written by uv's installer."""
_LOCKS = ".locks"
_BUILD = re.compile("b[0-9a-f]{8}")
"""Names of builds. Anything else in the folder isn't ours and is never removed."""
_ENGINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_PACKAGES = "packages"
"""The folder of an overlay's packages."""
_PYTHON = Path("Scripts", "python.exe") if sys.platform == "win32" else Path("bin", "python")
_SITE_PACKAGES = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"

_decoder = msgspec.json.Decoder(EnvironmentRecord)


class _Known(NamedTuple):
    """The data of a build, with its record file's stamp when they were read."""

    build: Path
    mtime_ns: int
    n_bytes: int
    record: EnvironmentRecord
    module_path: tuple[str, ...]


class EnvironmentStore:
    """The environments of engines under one folder. Thread-safe; the methods block.

    Each engine has a folder with its builds, the file `current` that names one of them, and `lock.txt`, its resolved
    versions. Invariants:
    - A build is complete before `current` names it and never changed afterwards, so readers need no lock.
    - Every change is made while holding `lock(engine)`.
    - A damaged pointer or record counts as no environment.
    A repeated query costs one read of a small file and one stat.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self._known: dict[str, _Known] = {}

    def record(self, engine: str) -> EnvironmentRecord | None:
        """Return the record of an engine's environment, None if it has none."""
        known = self._current(engine)
        return None if known is None else known.record

    def folder(self, engine: str) -> Path | None:
        """Return the folder of an engine's current build."""
        known = self._current(engine)
        return None if known is None else known.build

    def python(self, engine: str) -> Path | None:
        """Return the executable of an engine's environment, even if it is broken; None without an environment."""
        known = self._current(engine)
        if known is None:
            return None
        return python_of(known.build) if known.record.host is None else Path(known.record.base)

    def overlay(self, engine: str) -> str:
        """Return the folder of an environment whose workers the host's Python runs; empty for any other."""
        known = self._current(engine)
        return "" if known is None or known.record.host is None else str(known.build)

    def installed(self, engine: str) -> Installed:
        """Return the packages that the workers of an engine's environment see; none without an environment."""
        known = self._current(engine)
        if known is None:
            return Installed.of_paths(())
        host = known.record.host or HostPackages()
        return Installed.of_paths(known.module_path, host.paths, host.versions)

    def module_path(self, engine: str) -> tuple[str, ...]:
        """Return the folders of packages of an engine's environment; none without an environment."""
        known = self._current(engine)
        return () if known is None else known.module_path

    def base_gone(self, engine: str) -> bool:
        """Whether the installation that an environment was made from is gone; False without an environment."""
        known = self._current(engine)
        if known is None:
            return False
        return not Path(known.record.base).exists() if known.record.host is not None else _base_gone(known.build)

    def engines(self) -> list[str]:
        """Return the engines that have an environment."""
        return [name for name in _folders_in(self.home) if self._current(name) is not None]

    def pins(self, engine: str) -> tuple[str, ...]:
        """Return the versions of the last complete build, each `name==version`; kept even if its folder is gone."""
        known = self._current(engine)
        if known is not None:
            return pins_of(known.record)
        try:
            lines = (self.home / engine / PINS).read_text(encoding="utf-8") if _is_name(engine) else ""
        except (OSError, UnicodeDecodeError):
            return ()
        return tuple(lines.splitlines())

    def lock(self, engine: str) -> filelock.BaseFileLock:
        """Return the lock to hold while changing an engine's environment, not yet acquired."""
        import filelock  # here and below: needed only for changes

        self._engine_folder(engine)
        locks = self.home / _LOCKS
        locks.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(locks / f"{engine}.lock")

    def new_build(self, engine: str) -> Path:
        """Return a path for a new build. It doesn't exist yet; its parent folder does."""
        folder = self._engine_folder(engine)
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            # Short, since Windows limits the length of a path.
            build = folder / f"b{secrets.token_hex(4)}"
            if not os.path.lexists(build):
                return build

    def publish(self, engine: str, build: Path, record: EnvironmentRecord) -> None:
        """Make a build the current one, all at once."""
        folder = self._engine_folder(engine)
        if build.parent != folder:
            raise ValueError(f"'{build}' isn't a build of engine '{engine}'")
        with atomic_output(build / RECORD) as file:
            file.write(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
        with atomic_output(folder / CURRENT) as file:
            file.write(f"{build.name}\n".encode())
        with atomic_output(folder / PINS) as file:
            file.write("".join(f"{line}\n" for line in pins_of(record)).encode())

    def discard(self, engine: str, build: Path) -> None:
        """Remove a failed build, unless it became the current one."""
        if self.folder(engine) != build:
            shutil.rmtree(build, ignore_errors=True)

    def sweep(self, engine: str) -> None:
        """Remove the builds that are neither current nor in use.

        A worker that was started before an update still needs its files; what can't be removed now is left for the
        next sweep.
        """
        current = self.folder(engine)
        old = [build for build in _builds_in(self._engine_folder(engine)) if build != current]
        if old:
            busy = folders_in_use(old)
            for build in old:
                if build not in busy:
                    shutil.rmtree(build, ignore_errors=True)

    def remove(self, engine: str) -> int:
        """Remove an engine's environment with its builds and pins.

        Returns:
            The number of bytes freed. Hard-linked files don't count: they are shared with the installer's cache or
            with another engine's environment.

        Raises:
            EnvironmentBuildError: There is nothing to remove, it is being built, or a process runs from it.
        """
        import filelock

        try:
            with self.lock(engine).acquire(timeout=0):
                return self._remove(engine, self.home / engine)
        except filelock.Timeout:
            raise EnvironmentBuildError(
                f"the environment of engine '{engine}' is being built right now; stop the build first"
            ) from None

    def _remove(self, engine: str, folder: Path) -> int:
        builds = _builds_in(folder)
        files = [folder / name for name in _FILES if (folder / name).is_file()]
        if not builds and not files:
            raise EnvironmentBuildError(f"engine '{engine}' has no environment of its own to remove")
        for process in folders_in_use(builds).values():
            raise EnvironmentBuildError(
                f"the environment of engine '{engine}' is in use by process {process}; end it, then try again"
            )
        n_bytes = sum(sum(_own_bytes(build)) for build in builds)
        try:
            # Remove the pointer first, since the rest can be interrupted.
            for file in files:
                file.unlink()
            for build in builds:
                shutil.rmtree(build)
        except OSError as error:
            raise EnvironmentBuildError(f"{folder} can't be removed: {error}; remove it yourself") from error
        with contextlib.suppress(OSError):  # other files in it are kept
            folder.rmdir()
        return n_bytes

    def _engine_folder(self, engine: str) -> Path:
        if not _is_name(engine):
            raise EnvironmentBuildError(
                f"engine '{engine}' can't have an environment: a folder takes its name, which must consist of letters, "
                "digits, '_', '-' and '.', and start with a letter or digit"
            )
        return self.home / engine

    def _current(self, engine: str) -> _Known | None:
        if not _is_name(engine):
            return None
        folder = self.home / engine
        try:
            name = (folder / CURRENT).read_text(encoding="utf-8").strip()
            if not _BUILD.fullmatch(name):
                return None
            file = folder / name / RECORD
            status = file.stat()
            known = self._known.get(engine)
            stamp = (folder / name, status.st_mtime_ns, status.st_size)
            if known is None or known[:3] != stamp:
                record = _decoder.decode(file.read_bytes())
                if record.schema != RECORD_SCHEMA or record.engine != engine:
                    return None
                known = _Known(*stamp, record, module_path_of(stamp[0]))
                self._known[engine] = known
        except (OSError, ValueError):  # msgspec's errors and encoding errors are ValueErrors
            return None
        return known


def python_of(build: Path) -> Path:
    """Return the path of an environment's executable, whether it exists or not."""
    return build / _PYTHON


def module_path_of(build: Path) -> tuple[str, ...]:
    """Return the folders of an environment's packages."""
    overlay = overlay_of(build)
    return (str(overlay),) if overlay.is_dir() else tuple(str(path) for path in sorted(build.glob(_SITE_PACKAGES)))


def overlay_of(build: Path) -> Path:
    """Return the folder of an overlay's packages, whether it exists or not."""
    return build / _PACKAGES


def pins_of(record: EnvironmentRecord) -> tuple[str, ...]:
    """Return the versions of an environment as requirements, by name."""
    return tuple(f"{name}=={version}" for name, version in sorted(record.versions.items()))


def _is_name(name: str) -> bool:
    # Names that Windows would change are refused on every system.
    return _ENGINE.fullmatch(name) is not None and ".." not in name and not name.endswith(".")


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_name(entry.name) and entry.is_dir())
    except OSError:
        return []


def _builds_in(folder: Path) -> list[Path]:
    return [folder / name for name in _folders_in(folder) if _BUILD.fullmatch(name)]


def base_of(build: Path) -> str:
    """Return the executable that a virtual environment was made from; empty if its files don't say."""
    try:
        name = Path("python.exe") if sys.platform == "win32" else python_of(build).readlink()
    except OSError:
        return ""
    home = _home(build)
    return str(home / name) if home is not None else ""


def _home(build: Path) -> Path | None:
    """Return the folder of the executable that a virtual environment was made from."""
    try:
        settings = (build / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"^home *=(.+)$", settings, re.MULTILINE)
    return Path(found[1].strip()) if found else None


def _base_gone(build: Path) -> bool:
    home = _home(build)
    # The executable may be a dangling link; on Windows it is a copy, which starts the one in this folder.
    within = home / "python.exe" if home is not None and sys.platform == "win32" else home
    return within is None or not within.exists() or not python_of(build).exists()


def _own_bytes(folder: Path) -> Iterator[int]:
    """Yield the sizes, in bytes, of the files in a folder that have one hard link."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _own_bytes(Path(entry.path))
                continue
            with contextlib.suppress(OSError):
                # Not the entry's own stat, which doesn't count hard links on Windows.
                status = os.lstat(entry.path)
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                    yield status.st_size
