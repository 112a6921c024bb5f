"""Interruption. `FAKE_COMFY_INTERRUPT=BaseException` makes it what it is in ComfyUI of 2026."""

from __future__ import annotations

import os
import threading

_Base: type[BaseException] = BaseException if os.environ.get("FAKE_COMFY_INTERRUPT") == "BaseException" else Exception


class InterruptProcessingException(_Base):  # type: ignore[misc, valid-type]
    pass


_interrupted = threading.Event()


def interrupt_current_processing(value: bool = True) -> None:
    _interrupted.set() if value else _interrupted.clear()


def throw_exception_if_processing_interrupted() -> None:
    if _interrupted.is_set():
        _interrupted.clear()
        raise InterruptProcessingException
