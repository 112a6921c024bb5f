"""Transfer one file into its partial file: resumed after an interruption, limited in size, stopped when it stalls."""

from __future__ import annotations

import http.client
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ...utils.models.download_order import TransferLimits
from ...utils.streaming.contract.engine_spec import WeightFile
from ...utils.streaming.contract.errors import DownloadError
from .client import RANGE_REFUSED, HubClient
from .errors import TransientDownloadError, disk_error

MAX_UNDECLARED_BYTES = 64 << 20
"""The maximum size of a file that is declared without a size."""
_MAX_BACKOFF_S = 30.0
_MIN_BYTES_PER_S = 1024
_PROGRESS_BYTES = 256 << 10
"""An attempt that transferred this much resets the count of failures."""
_BLOCK_BYTES = 256 << 10

_log = logging.getLogger(__name__)

OnBytes = Callable[[int, int], None]
"""Called with the number of bytes of a file on disk, and its final size (0 if unknown)."""


class Transfer:
    """Downloads one file into `part`, from where an earlier attempt ended."""

    def __init__(
        self, client: HubClient, file: WeightFile, part: Path, limits: TransferLimits, on_bytes: OnBytes
    ) -> None:
        self._client = client
        self._file = file
        self._part = part
        self._limits = limits
        self._on_bytes = on_bytes

    def run(self) -> None:
        """Download the file until its size is complete. DownloadError gives the reason if that fails."""
        failures = 0
        while True:
            before = self._bytes_on_disk()
            if self._file.n_bytes and before == self._file.n_bytes:
                return
            try:
                self._attempt(before)
            except TransientDownloadError as error:
                failures = 1 if self._bytes_on_disk() - before >= _PROGRESS_BYTES else failures + 1
                _log.warning("%s: %s", self._file.path, error)
                if failures >= self._limits.attempts:
                    raise DownloadError(
                        f"{self._file.path}: {error}, {failures} times in a row. Check the network, then run the same "
                        "command again to resume; what was downloaded is kept"
                    ) from error
                time.sleep(min(self._limits.backoff_s * 2 ** (failures - 1), _MAX_BACKOFF_S))
            else:
                return

    def _bytes_on_disk(self) -> int:
        """Return how many bytes are on disk. A partial file that is too long is removed."""
        try:
            n_bytes = self._part.stat().st_size
            if n_bytes > (self._file.n_bytes or MAX_UNDECLARED_BYTES):
                self._part.unlink()
                n_bytes = 0
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise disk_error(error, str(self._part.parent)) from error
        return n_bytes

    def _attempt(self, have: int) -> None:
        with self._client.open(self._file, have) as response:
            if response.status == RANGE_REFUSED:
                self._check_refused_range(response, have)
                return
            start, total = self._checked_range(response, have)
            try:
                with self._part.open("ab" if start else "wb") as part:
                    end = self._write(response, part, start, total)
            except OSError as error:
                raise disk_error(error, str(self._part.parent)) from error
        if end < total or end < self._file.n_bytes:
            raise TransientDownloadError(f"the connection closed after {end} of {total or self._file.n_bytes} bytes")

    def _check_refused_range(self, response: http.client.HTTPResponse, have: int) -> None:
        """Return if the partial file is complete; discard it and raise if it belongs to another file."""
        if not self._file.n_bytes and response.headers.get("Content-Range", "") == f"bytes */{have}":
            return
        self._part.unlink(missing_ok=True)
        raise TransientDownloadError("the server has another file than the partial one; starting over")

    def _checked_range(self, response: http.client.HTTPResponse, have: int) -> tuple[int, int]:
        """Return the start and the end of a response in bytes (0 if unknown). Raises if they can't be right."""
        path, stated = self._file.path, self._file.n_bytes
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{path}: the server sends it compressed, which wasn't requested; check for a proxy")
        start = 0
        if response.status == http.client.PARTIAL_CONTENT:
            match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                self._part.unlink(missing_ok=True)
                raise TransientDownloadError("the server sends another range than requested; starting over")
            start = have
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        if total > (stated or MAX_UNDECLARED_BYTES) or (stated and 0 < total < stated):
            kind = response.headers.get("Content-Type", "unknown")
            limit = f"expected {stated}" if stated else f"the maximum is {MAX_UNDECLARED_BYTES}"
            raise DownloadError(
                f"{path}: the server offers {total} bytes ({kind}), {limit}; check for a login page or a proxy"
            )
        return start, total

    def _write(self, response: http.client.HTTPResponse, part: BinaryIO, start: int, total: int) -> int:
        """Write the response to the file; return the size of the file."""
        have = start
        limit = self._file.n_bytes or MAX_UNDECLARED_BYTES
        self._on_bytes(have, self._file.n_bytes or total)
        window_began, window_bytes = time.monotonic(), 0
        while block := self._read(response, part):
            have += len(block)
            if have > limit:
                raise DownloadError(f"{self._file.path}: the server sends more than {limit} bytes")
            part.write(block)
            self._on_bytes(have, self._file.n_bytes or total)
            window_bytes += len(block)
            passed_s = time.monotonic() - window_began
            if passed_s > self._limits.stall_s:
                if window_bytes < passed_s * _MIN_BYTES_PER_S:
                    raise TransientDownloadError(f"stalled: only {window_bytes} bytes in {passed_s:.0f} s")
                window_began, window_bytes = time.monotonic(), 0
        return have

    def _read(self, response: http.client.HTTPResponse, part: BinaryIO) -> bytes:
        try:
            return response.read1(_BLOCK_BYTES)
        except TimeoutError:
            raise TransientDownloadError(f"stalled: no data for {self._limits.stall_s:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise TransientDownloadError(f"the connection broke ({error or type(error).__name__})") from error
