"""Where environments lie on disk: which build of an engine's is the current one, what is kept of it, what may go."""

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
from .errors import EnvironmentBuildError
from .in_use import used
from .record import RECORD_SCHEMA, EnvironmentRecord

if TYPE_CHECKING:
    import filelock

CURRENT = "current"
"""The file, in an engine's folder, that names the folder of its current build."""
PINS = "lock.txt"
RECORD = "environment.json"
_FILES = (CURRENT, PINS, "uv.toml")
"""The files beside the builds; uv's installer puts the last one there."""
_LOCKS = ".locks"
_BUILD = re.compile("b[0-9a-f]{8}")
"""What isn't named so was put there by somebody else, and is never removed."""
_ENGINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_PYTHON = Path("Scripts", "python.exe") if sys.platform == "win32" else Path("bin", "python")
_SITE_PACKAGES = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"

_decoder = msgspec.json.Decoder(EnvironmentRecord)


class _Known(NamedTuple):
    """What was read of a build, and what its record's file looked like then."""

    build: Path
    mtime_ns: int
    n_bytes: int
    record: EnvironmentRecord
    module_path: tuple[str, ...]


class EnvironmentStore:
    """The environments of engines under one folder.

    Each engine has a folder with its builds, one of which the file `current` names, and `lock.txt`, the versions that
    were resolved for it. A build is complete before it is named and never changed after that, so a reader needs no
    lock; whoever changes something holds `lock(engine)`. A damaged pointer or record counts as no environment. Any
    thread may call the methods, which block; asking for what is known already costs one small file and one stat.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self._known: dict[str, _Known] = {}

    def record(self, engine: str) -> EnvironmentRecord | None:
        """Return what is kept about an engine's environment, None if it has none."""
        known = self._current(engine)
        return None if known is None else known.record

    def folder(self, engine: str) -> Path | None:
        """Return the folder of an engine's current build."""
        known = self._current(engine)
        return None if known is None else known.build

    def python(self, engine: str) -> Path | None:
        """Return the executable of an engine's environment, also if it is broken; None without an environment."""
        known = self._current(engine)
        return None if known is None else python_of(known.build)

    def module_path(self, engine: str) -> tuple[str, ...]:
        """Return the folders that the packages of an engine's environment lie in; none without an environment."""
        known = self._current(engine)
        return () if known is None else known.module_path

    def base_gone(self, engine: str) -> bool:
        """Whether the installation that an environment was made from isn't there any more; False without one."""
        known = self._current(engine)
        return known is not None and _base_gone(known.build)

    def engines(self) -> list[str]:
        """Return the engines that have an environment."""
        return [name for name in _folders_in(self.home) if self._current(name) is not None]

    def pins(self, engine: str) -> tuple[str, ...]:
        """Return the versions of the last complete build, each `name==version`; they outlive its folder."""
        known = self._current(engine)
        if known is not None:
            return pins_of(known.record)
        try:
            lines = (self.home / engine / PINS).read_text(encoding="utf-8") if _is_name(engine) else ""
        except (OSError, UnicodeDecodeError):
            return ()
        return tuple(lines.splitlines())

    def lock(self, engine: str) -> filelock.BaseFileLock:
        """Return the lock that whoever changes an engine's environment holds. It isn't acquired yet."""
        import filelock  # here and below: only who changes something needs these

        self._engine_folder(engine)
        locks = self.home / _LOCKS
        locks.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(locks / f"{engine}.lock")

    def new_build(self, engine: str) -> Path:
        """Return a folder for a new build, which isn't there yet; the folder that it is to lie in is."""
        folder = self._engine_folder(engine)
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            # Short, since Windows counts the characters of a path.
            build = folder / f"b{secrets.token_hex(4)}"
            if not os.path.lexists(build):
                return build

    def publish(self, engine: str, build: Path, record: EnvironmentRecord) -> None:
        """Make a build the current one, all at once."""
        folder = self._engine_folder(engine)
        if build.parent != folder:
            raise ValueError(f"{build} is no build of engine '{engine}'")
        with atomic_output(build / RECORD) as file:
            file.write(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
        with atomic_output(folder / CURRENT) as file:
            file.write(f"{build.name}\n".encode())
        with atomic_output(folder / PINS) as file:
            file.write("".join(f"{line}\n" for line in pins_of(record)).encode())

    def discard(self, engine: str, build: Path) -> None:
        """Remove a build that came to nothing; one that became the current one all the same is kept."""
        if self.folder(engine) != build:
            shutil.rmtree(build, ignore_errors=True)

    def sweep(self, engine: str) -> None:
        """Remove the builds that aren't current and that no process runs from.

        A worker that was started before an update still needs its files; what can't be removed now is left for the
        next time.
        """
        current = self.folder(engine)
        old = [build for build in _builds_in(self._engine_folder(engine)) if build != current]
        if old:
            busy = used(old)
            for build in old:
                if build not in busy:
                    shutil.rmtree(build, ignore_errors=True)

    def remove(self, engine: str) -> int:
        """Remove an engine's environment with its builds and pins; return how many bytes that gives back.

        Files that have other names too count nothing: they are shared with the installer's cache or with another
        engine's environment, so their space isn't free yet. EnvironmentBuildError if there is nothing, if it is being
        built right now, or while a process runs from it.
        """
        import filelock

        try:
            with self.lock(engine).acquire(timeout=0):
                return self._remove(engine, self.home / engine)
        except filelock.Timeout:
            raise EnvironmentBuildError(
                f"the environment of engine '{engine}' is being built right now; stop that first"
            ) from None

    def _remove(self, engine: str, folder: Path) -> int:
        builds = _builds_in(folder)
        files = [folder / name for name in _FILES if (folder / name).is_file()]
        if not builds and not files:
            raise EnvironmentBuildError(f"engine '{engine}' has no environment of its own to remove")
        for process in used(builds).values():
            raise EnvironmentBuildError(
                f"a process still runs from the environment of engine '{engine}' ({process}); end it, then try again"
            )
        n_bytes = sum(sum(_own_bytes(build)) for build in builds)
        try:
            # First of all nobody may find it any more: what follows can be interrupted.
            for file in files:
                file.unlink()
            for build in builds:
                shutil.rmtree(build)
        except OSError as error:
            raise EnvironmentBuildError(f"{folder} can't be removed: {error}; remove it yourself") from error
        with contextlib.suppress(OSError):  # what somebody else put there stays
            folder.rmdir()
        return n_bytes

    def _engine_folder(self, engine: str) -> Path:
        if not _is_name(engine):
            raise EnvironmentBuildError(
                f"engine '{engine}' can't have an environment: its name is a folder's: letters, digits, '_', '-' and "
                "'.', and begins with a letter or digit"
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
        except (OSError, ValueError):  # msgspec's errors and those of a wrong encoding are ValueErrors
            return None
        return known


def python_of(build: Path) -> Path:
    """Return where the executable of an environment lies, whether it is there or not."""
    return build / _PYTHON


def module_path_of(build: Path) -> tuple[str, ...]:
    """Return the folders that an environment's packages lie in."""
    return tuple(str(path) for path in sorted(build.glob(_SITE_PACKAGES)))


def pins_of(record: EnvironmentRecord) -> tuple[str, ...]:
    """Return the versions of an environment as requirements, by name."""
    return tuple(f"{name}=={version}" for name, version in sorted(record.versions.items()))


def _is_name(name: str) -> bool:
    # What Windows would take for another name is refused everywhere.
    return _ENGINE.fullmatch(name) is not None and ".." not in name and not name.endswith(".")


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_name(entry.name) and entry.is_dir())
    except OSError:
        return []


def _builds_in(folder: Path) -> list[Path]:
    return [folder / name for name in _folders_in(folder) if _BUILD.fullmatch(name)]


def _base_gone(build: Path) -> bool:
    if not python_of(build).exists():  # a link that leads nowhere
        return True
    try:
        lines = (build / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return True
    settings = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    home = Path(settings.get("home", ""))
    # On Windows the environment's executable is a copy, which starts this one.
    return not (home / "python.exe" if sys.platform == "win32" else home).exists()


def _own_bytes(folder: Path) -> Iterator[int]:
    """Give the sizes, in bytes, of the files in a folder that have no other name."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _own_bytes(Path(entry.path))
                continue
            with contextlib.suppress(OSError):
                # Not the entry's own stat: on Windows that knows nothing of other names.
                status = os.lstat(entry.path)
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                    yield status.st_size
