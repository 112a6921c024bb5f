"""Get the files of an order one after the other: linked or downloaded, verified before it gets its final name."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import msgspec

from ...utils.models.download_order import DownloadOrder
from ...utils.models.layout import PARTIAL, incomplete_files, mib, path_in, total_bytes
from ...utils.models.trusted_files import TrustedFiles
from ...utils.streaming.contract.adapter import OnProgress
from ...utils.streaming.contract.engine_spec import WeightFile
from ...utils.streaming.contract.errors import DownloadError
from .client import HubClient
from .copies import sha256_of, take_copy, usable_copies
from .errors import disk_error
from .transfer import Transfer

_REPORT_EVERY_S = 0.1
_LOCK_POLL_S = 0.25


class Download:
    """Gets an order's files. Progress is a message and the fraction of all bytes of the order."""

    def __init__(self, order: DownloadOrder, progress: OnProgress) -> None:
        self._order = order
        self._progress = progress
        self._folder = Path(order.folder)
        self._partial = self._folder / PARTIAL
        self._total = total_bytes(order.files)
        self._fraction = 0.0
        self._reported_at = 0.0
        self._commits: dict[tuple[str, str], str] = {}
        """The commits that the hub has for the declared revisions of repositories."""
        self._trusted: dict[str, WeightFile] = {}
        """By path, the files whose contents nobody states, as they are declared."""

    def run(self) -> None:
        """Link or download all files of the order. DownloadError gives the reason if that fails.

        Waits for another download into the same folder, and skips the files that it downloaded.
        """
        order = self._order
        try:
            with self._exclusive():
                self._check_inside()
                # Create the folder only now: the other download removes it.
                self._partial.mkdir(parents=True, exist_ok=True)
                files = [file for file in order.files if not self._is_complete(file)]
                client: HubClient | None = None
                if not all(file.url or (file.sha256 and file.n_bytes) for file in files):
                    client = HubClient(order.limits.stall_s)
                    stated = [self._stated(client, file) for file in files]
                    self._total += total_bytes(stated) - total_bytes(files)
                    files = stated
                self._check_space([file for file in files if not self._copies(file)])
                for file in files:
                    if self._take_copy(file):
                        continue
                    client = client or HubClient(order.limits.stall_s)
                    self._fetch(client, file)
                with contextlib.suppress(OSError):
                    self._partial.rmdir()
        except OSError as error:
            raise disk_error(error, order.folder) from error

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        file = Path(self._order.lock)
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(file)
        while True:
            try:
                lock.acquire(timeout=_LOCK_POLL_S)
            except filelock.Timeout:
                self._fraction = self._done_bytes() / max(1, self._total)
                self._progress("waiting for another download of the same files", min(self._fraction, 1.0))
            else:
                break
        try:
            yield
        finally:
            lock.release()

    def _check_inside(self) -> None:
        home = Path(self._order.home).resolve()
        for folder in dict.fromkeys((self._partial, *(self._target(file).parent for file in self._order.files))):
            if not folder.resolve().is_relative_to(home):
                raise DownloadError(
                    f"{folder} is a link out of {home}, where nothing is downloaded; remove the link, or complete the "
                    "files there yourself"
                )

    def _copies(self, file: WeightFile) -> list[Path]:
        roots = [Path(root) for root in (self._order.home, self._order.hub_cache) if root]
        copies = usable_copies(file, self._order.copies.get(file.path, ()), roots)
        return [copy for copy in copies if copy != self._target(file).resolve()]

    def _take_copy(self, file: WeightFile) -> bool:
        copies = self._copies(file)
        if not copies:
            return False
        target = self._target(file)
        self._progress(f"checking another copy of {target.name}", self._fraction)
        part = self._part(file)
        linked = part.with_name(f"{part.name}.copy")
        if not take_copy(file, copies, linked):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        linked.replace(target)
        # If both are links to the same file, replacing one by the other leaves both.
        linked.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
        self._fraction = max(self._fraction, min(self._done_bytes() / max(1, self._total), 1.0))
        self._progress(f"{target.name} is here already", self._fraction)
        return True

    def _target(self, file: WeightFile) -> Path:
        return path_in(self._folder, file.path)

    def _is_complete(self, file: WeightFile) -> bool:
        if incomplete_files(self._folder, [file]):
            return False
        if not self._order.check or not file.sha256:
            return True
        path = self._target(file)
        self._progress(f"checking {path.name}", None)
        return sha256_of(path).startswith(file.sha256)

    def _check_space(self, files: list[WeightFile]) -> None:
        needed = total_bytes(files) - sum(_size(self._part(file)) for file in files)
        free = shutil.disk_usage(self._partial).free
        if needed > free:
            raise DownloadError(
                f"not enough space in {self._folder}: {mib(needed)} needed, {mib(free)} free; free some, or set "
                "VOXWEFT_MODELS_HOME to another folder"
            )

    def _fetch(self, client: HubClient, file: WeightFile) -> None:
        target, part = self._target(file), self._part(file)
        if part.is_symlink():
            part.unlink()
        before = self._done_bytes() - _size(part)

        def on_bytes(have: int, total: int) -> None:
            now = time.monotonic()
            if have != total and now - self._reported_at < _REPORT_EVERY_S:
                return
            self._reported_at = now
            # An undeclared size is known only now. The reported fraction must not decrease because of it.
            whole = self._total + (0 if file.n_bytes else total)
            self._fraction = max(self._fraction, min((before + have) / max(1, whole), 1.0))
            self._progress(f"downloading {target.name} ({_of(have, total)})", self._fraction)

        Transfer(client, file, part, self._order.limits, on_bytes).run()
        digest = sha256_of(part)
        if not digest.startswith(file.sha256):
            part.unlink()
            raise DownloadError(
                f"{file.path} has the SHA-256 {digest} instead of {file.sha256} and was deleted. Try again; if that "
                "doesn't help, check HF_ENDPOINT, and whether a proxy changes files"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        # Synced before it gets its final name: a power failure must not leave a damaged file under it.
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        declared = self._trusted.get(file.path)
        if declared is not None:
            # Before it is there under its name, which it has from then on only with this content.
            TrustedFiles(Path(self._order.home)).record(declared, file.revision, digest, part.stat().st_size)
        part.replace(target)

    def _stated(self, client: HubClient, file: WeightFile) -> WeightFile:
        """Return a file with what the hub states of it, as far as it isn't declared.

        That is its size, and for a file that the user trusts its digest and present commit. All of these of a
        repository come from one commit.
        """
        if file.url or (file.sha256 and file.n_bytes):
            return file
        if file.sha256:
            return msgspec.structs.replace(file, n_bytes=client.state_of(file).n_bytes)
        self._trusted[file.path] = file
        place = (file.repo, file.revision)
        stated = client.state_of(msgspec.structs.replace(file, revision=self._commits.get(place, file.revision)))
        self._commits.setdefault(place, stated.revision)
        return stated

    def _part(self, file: WeightFile) -> Path:
        """Return the partial file of a file, named by its digest or commit, so that no other version is resumed."""
        return self._partial / f"{(file.sha256 or file.revision)[:16]}-{file.path.rpartition('/')[2]}"

    def _done_bytes(self) -> int:
        """Return how many bytes of the order are on disk, including those of another download."""
        return sum(_size(self._target(file)) or _size(self._part(file)) for file in self._order.files)


def _of(have: int, total: int) -> str:
    if not total:
        return mib(have)
    number, unit = mib(total).split()
    return f"{have / (1 << 20):.{0 if '.' not in number else 1}f} of {number} {unit}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
