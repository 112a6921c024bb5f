"""The transfer of one file into its partial file: resumed after a cut, limited in size, stopped when it stalls."""

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
"""Called with how many bytes of a file are on disk, and how many it will have (0 if unknown)."""


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
        """Return when the file is complete by its size. DownloadError says why that is impossible."""
        failures = 0
        while True:
            before = self._have()
            if self._file.n_bytes and before == self._file.n_bytes:
                return
            try:
                self._attempt(before)
            except TransientDownloadError as error:
                failures = 1 if self._have() - before >= _PROGRESS_BYTES else failures + 1
                _log.warning("%s: %s", self._file.path, error)
                if failures >= self._limits.attempts:
                    raise DownloadError(
                        f"{self._file.path}: {error}, {failures} times in a row. Check the network, then run the same "
                        "command again to resume; what was downloaded is kept"
                    ) from error
                time.sleep(min(self._limits.backoff_s * 2 ** (failures - 1), _MAX_BACKOFF_S))
            else:
                return

    def _have(self) -> int:
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
        with self._client.open(self._file.path, have) as answer:
            if answer.status == RANGE_REFUSED:
                self._end_of_range(answer, have)
                return
            start, total = self._span(answer, have)
            try:
                with self._part.open("ab" if start else "wb") as part:
                    end = self._take(answer, part, start, total)
            except OSError as error:
                raise disk_error(error, str(self._part.parent)) from error
        if end < total or end < self._file.n_bytes:
            raise TransientDownloadError(f"the connection closed after {end} of {total or self._file.n_bytes} bytes")

    def _end_of_range(self, answer: http.client.HTTPResponse, have: int) -> None:
        """Handle that there is nothing after what is on disk: that is all, or it isn't a part of this file."""
        if not self._file.n_bytes and answer.headers.get("Content-Range", "") == f"bytes */{have}":
            return
        self._part.unlink(missing_ok=True)
        raise TransientDownloadError("the server has another file than the partial one; starting over")

    def _span(self, answer: http.client.HTTPResponse, have: int) -> tuple[int, int]:
        """Return the range of a response, and raise if it can't be right; an end of 0 is unknown."""
        path, stated = self._file.path, self._file.n_bytes
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{path}: the server sends it compressed, which wasn't requested; check for a proxy")
        start = 0
        if answer.status == http.client.PARTIAL_CONTENT:
            match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                self._part.unlink(missing_ok=True)
                raise TransientDownloadError("the server sends another range than requested; starting over")
            start = have
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        if total > (stated or MAX_UNDECLARED_BYTES) or (stated and 0 < total < stated):
            kind = answer.headers.get("Content-Type", "unknown")
            limit = f"expected {stated}" if stated else f"the maximum is {MAX_UNDECLARED_BYTES}"
            raise DownloadError(
                f"{path}: the server offers {total} bytes ({kind}), {limit}; check for a login page or a proxy"
            )
        return start, total

    def _take(self, answer: http.client.HTTPResponse, part: BinaryIO, start: int, total: int) -> int:
        """Write the response to the file; return how many bytes the file has."""
        have = start
        limit = self._file.n_bytes or MAX_UNDECLARED_BYTES
        self._on_bytes(have, self._file.n_bytes or total)
        window_began, window_bytes = time.monotonic(), 0
        while block := self._read(answer, part):
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

    def _read(self, answer: http.client.HTTPResponse, part: BinaryIO) -> bytes:
        try:
            return answer.read1(_BLOCK_BYTES)
        except TimeoutError:
            raise TransientDownloadError(f"stalled: no data for {self._limits.stall_s:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise TransientDownloadError(f"the connection broke ({error or type(error).__name__})") from error
