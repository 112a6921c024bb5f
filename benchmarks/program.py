"""A program of the benchmarks in its own process that answers requests, one line of JSON each way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from voxweft.utils.streaming.contract.errors import Error
from voxweft.utils.streaming.worker.process import worker_environment

ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = __name__.rpartition(".")[0]
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
_LOG_BYTES = 2000
_END_TIMEOUT_S = 10

Answers = Mapping[str, Callable[..., dict[str, Any]]]


class ProgramError(Error, ValueError):
    """A program refused a request or ended; has its message or the end of its log."""


class Program:
    """A module of this package that runs as a program and calls `serve`. Close it after use.

    Its environment keeps the Hugging Face libraries offline.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the program
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", f"{_PACKAGE}.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            cwd=ROOT,
            env={**worker_environment(sys.executable), **_OFFLINE},
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, do: str, **details: object) -> dict[str, Any]:
        """Return the answer to a request.

        Raises:
            ProgramError: The program refused, or ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps({"do": do, **details}) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            code = self._process.wait(_END_TIMEOUT_S)
            raise ProgramError(f"the program {self._module} ended with code {code}: {self._log_tail()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ProgramError(answer["error"])
        return answer

    def close(self) -> None:
        """End the program and wait for it. May be called again."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _log_tail(self) -> str:
        end = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, end - _LOG_BYTES))
        return self._log.read().decode("utf-8", "replace").strip()


def serve(answers: Answers) -> None:
    """Answer requests on stdin until its end. `do` names the function of `answers`, other fields are its arguments.

    Output of libraries goes to the log. An exception is sent as the answer.
    """
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = answers[request.pop("do")](**request)
        except Exception as error:  # noqa: BLE001  every error is sent as the answer
            traceback.print_exc()
            answer = {"error": str(error) or type(error).__name__}
        replies.write(json.dumps(answer) + "\n")
        replies.flush()
