"""One file's way into its partial file: resumed where it was cut, bounded in size, given up when nothing comes."""

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
from .client import RANGE_REFUSED, HubClient, PassingError
from .errors import DownloadError, disk_error

MOST_UNSTATED_BYTES = 64 << 20
"""The largest file that may come when its declaration doesn't say how large it is."""
_LONGEST_WAIT_S = 30.0
_SLOWEST_BYTES_PER_S = 1024
_WORTH_WHILE_BYTES = 256 << 10
"""An attempt that brought as much was a good one, however it ended."""
_BLOCK_BYTES = 256 << 10

_log = logging.getLogger(__name__)

OnBytes = Callable[[int, int], None]
"""Told how many bytes of a file are there, and how many it will have (0 if nobody knows)."""


class Transfer:
    """Brings one file into `part`, from where an earlier attempt left off."""

    def __init__(
        self, client: HubClient, file: WeightFile, part: Path, limits: TransferLimits, on_bytes: OnBytes
    ) -> None:
        self._client = client
        self._file = file
        self._part = part
        self._limits = limits
        self._on_bytes = on_bytes

    def run(self) -> None:
        """Return when the file is there in full, as far as its size tells. DownloadError says why it can't be had."""
        failures = 0
        while True:
            before = self._have()
            if self._file.n_bytes and before == self._file.n_bytes:
                return
            try:
                self._attempt(before)
            except PassingError as error:
                failures = 1 if self._have() - before >= _WORTH_WHILE_BYTES else failures + 1
                _log.warning("%s: %s", self._file.path, error)
                if failures >= self._limits.attempts:
                    raise DownloadError(
                        f"{self._file.path}: {error}, {failures} times in a row. Is the network up? What came so far "
                        "is kept: the same command goes on from there"
                    ) from error
                time.sleep(min(self._limits.backoff_s * 2 ** (failures - 1), _LONGEST_WAIT_S))
            else:
                return

    def _have(self) -> int:
        """Return how much is there; a partial file that is too long is none."""
        try:
            n_bytes = self._part.stat().st_size
            if n_bytes > (self._file.n_bytes or MOST_UNSTATED_BYTES):
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
            raise PassingError(f"the connection was cut after {end} of {total or self._file.n_bytes} bytes")

    def _end_of_range(self, answer: http.client.HTTPResponse, have: int) -> None:
        """Nothing lies behind what is there: either that is all, or it is no part of this file."""
        if not self._file.n_bytes and answer.headers.get("Content-Range", "") == f"bytes */{have}":
            return
        self._part.unlink(missing_ok=True)
        raise PassingError("the server has another file than the one begun; it is begun anew")

    def _span(self, answer: http.client.HTTPResponse, have: int) -> tuple[int, int]:
        """Return from where to where the answer goes; the end is 0 if it doesn't say. Refuse what can't be right."""
        path, stated = self._file.path, self._file.n_bytes
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{path}: the server sends it compressed, which wasn't asked for. Is a proxy between?")
        start = 0
        if answer.status == http.client.PARTIAL_CONTENT:
            match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                self._part.unlink(missing_ok=True)
                raise PassingError("the server sends another range than the one asked for; it is begun anew")
            start = have
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        if total > (stated or MOST_UNSTATED_BYTES) or (stated and 0 < total < stated):
            kind = answer.headers.get("Content-Type", "unknown")
            limit = f"it must have {stated}" if stated else f"at most {MOST_UNSTATED_BYTES} are taken"
            raise DownloadError(
                f"{path}: the server offers {total} bytes ({kind}), but {limit}. Is a login page or a proxy between?"
            )
        return start, total

    def _take(self, answer: http.client.HTTPResponse, part: BinaryIO, start: int, total: int) -> int:
        """Write what comes; return where it ends."""
        have = start
        most = self._file.n_bytes or MOST_UNSTATED_BYTES
        self._on_bytes(have, self._file.n_bytes or total)
        window_began, window_bytes = time.monotonic(), 0
        while block := self._read(answer, part):
            have += len(block)
            if have > most:
                raise DownloadError(f"{self._file.path}: the server sends more than {most} bytes")
            part.write(block)
            self._on_bytes(have, self._file.n_bytes or total)
            window_bytes += len(block)
            passed_s = time.monotonic() - window_began
            if passed_s > self._limits.stall_s:
                if window_bytes < passed_s * _SLOWEST_BYTES_PER_S:
                    raise PassingError(f"stalled: only {window_bytes} bytes came in {passed_s:.0f} s")
                window_began, window_bytes = time.monotonic(), 0
        return have

    def _read(self, answer: http.client.HTTPResponse, part: BinaryIO) -> bytes:
        try:
            return answer.read1(_BLOCK_BYTES)
        except TimeoutError:
            raise PassingError(f"stalled: nothing came for {self._limits.stall_s:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise PassingError(f"the connection broke ({error or type(error).__name__})") from error
