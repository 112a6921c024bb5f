"""Files that nobody states the content of, and that a user trusted when they were first downloaded."""

from __future__ import annotations

import errno
import logging
from pathlib import Path

import msgspec

from ..atomic_file import atomic_output
from ..streaming.contract.engine_spec import WeightFile, Weights
from .layout import LOCKS, is_users_own, with_source

FILE = "trusted.json"
"""The file, in the folder of downloads, with what came: revision and content of each trusted file."""
_MAX_BYTES = 4 << 20

_log = logging.getLogger(__name__)


class _Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is declared, and what came: its commit, digest and size."""

    repo: str
    revision: str
    source: str
    commit: str
    sha256: str
    n_bytes: int

    @property
    def place(self) -> tuple[str, str, str]:
        """The declared place."""
        return self.repo, self.revision, self.source


class TrustedFiles:
    """What came when files without a stated digest were first downloaded. From then on it is what they must be."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / FILE

    def applied(self, weights: Weights) -> Weights:
        """Return a declaration with the recorded commits, digests and sizes filled in.

        A file that isn't recorded yet comes from the commit of the others of its repository, so that they fit together.
        """
        if all(file.sha256 for file in weights.files):
            return weights
        known = {one.place: one for one in self._read()}
        commits = {(one.repo, one.revision): one.commit for one in known.values()}
        files = []
        for file in weights.files:
            place = with_source(weights, file)
            commit = commits.get((place.repo, place.revision), "")
            recorded = known.get((place.repo, place.revision, place.source))
            recorded = recorded or known.get((place.repo, commit, place.source))
            if file.sha256 or is_users_own(file) or not commit:
                files.append(file)
            elif recorded is None:
                files.append(msgspec.structs.replace(place, revision=commit))
            else:
                files.append(
                    msgspec.structs.replace(place, revision=commit, sha256=recorded.sha256, n_bytes=recorded.n_bytes)
                )
        return msgspec.structs.replace(weights, files=tuple(files))

    def record(self, declared: WeightFile, commit: str, sha256: str, n_bytes: int) -> None:
        """Keep what came for a declared file, which has its source. OSError if the file can't be written."""
        import filelock

        came = _Trusted(
            repo=declared.repo,
            revision=declared.revision,
            source=declared.source,
            commit=commit,
            sha256=sha256,
            n_bytes=n_bytes,
        )
        lock = self._home / LOCKS / f"{FILE}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(lock):
            others = [one for one in self._read(damaged_is_empty=False) if one.place != came.place]
            body = msgspec.json.format(msgspec.json.encode({"files": [*others, came]}))
            if self._file.is_symlink():
                self._file.unlink()  # nothing is written outside of `home`
            with atomic_output(self._file) as file:
                file.write(body + b"\n")

    def _read(self, *, damaged_is_empty: bool = True) -> list[_Trusted]:
        try:
            with self._file.open("rb") as file:
                return msgspec.json.decode(file.read(_MAX_BYTES), type=dict[str, list[_Trusted]])["files"]
        except FileNotFoundError:
            return []
        except (OSError, KeyError, ValueError) as error:
            if not damaged_is_empty:
                raise OSError(
                    errno.EINVAL, f"{self._file} is damaged; delete it to trust its files again", str(self._file)
                ) from error
            _log.warning("%s can't be read, so its files count as not trusted: %s", self._file, error)
            return []
