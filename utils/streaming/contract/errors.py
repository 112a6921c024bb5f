"""The exceptions of the streaming core, models, environments and the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Error as Error

if TYPE_CHECKING:  # at run time it would import numpy, which costs too much in a host
    from .events import SegmentFailed


def with_details(log_tail: str, runs_on: str) -> str:
    """Return the lines after an error's message: the tail of a worker's log, and its Python and packages."""
    return (f"\n{log_tail}" if log_tail else "") + (f"\nits worker ran on {runs_on}" if runs_on else "")


class StreamingError(Error, RuntimeError):
    """Base class of the errors of the streaming core."""


class EngineStartError(StreamingError):
    """An engine's worker could not be started, or could not load its model."""


class EngineRequestError(StreamingError):
    """An engine or a helper failed on a request that isn't a segment (voices, an estimate, a call)."""


class StartInterruptedError(EngineStartError):
    """A worker ended while it started or loaded its model, without a word of its own: the next one may do better."""


class WorkerDiedError(StreamingError):
    """A worker process ended, hung or sent an invalid message.

    Args:
        label: The engine or helper, as messages call it.
        reason: What happened.
        log_tail: The end of its log.
        runs_on: Its Python and packages, if its hello had arrived.
    """

    def __init__(self, label: str, reason: str, log_tail: str, runs_on: str = "") -> None:
        self.reason = reason
        self.log_tail = log_tail
        super().__init__(f"the worker of {label} {reason}{with_details(log_tail, runs_on)}")


class SegmentError(StreamingError):
    """A segment failed, and the job ended. `failure` is the event that a job that reports failures would deliver."""

    def __init__(self, failure: SegmentFailed) -> None:
        self.failure = failure
        text = failure.text if len(failure.text) <= 200 else failure.text[:199] + "…"
        super().__init__(
            f"segment {failure.index} ({text!r}) failed in engine '{failure.engine}': {failure.message}"
            f"{with_details(failure.log_tail, failure.runs_on)}"
        )


class JobCancelledError(StreamingError):
    """The job was cancelled while its events were being read."""

    def __init__(self) -> None:
        super().__init__("the job was cancelled")


class ReplayMismatchError(StreamingError):
    """A retry gave other output than the attempt before it."""


class FrameError(Error, ValueError):
    """Bytes that aren't a frame, or a frame over the limits."""


class ParentGoneError(Error, EOFError):
    """In a worker: the pipe from the parent ended, so there is no more work."""


class BlobMissingError(Error, KeyError):
    """In a worker: the parent doesn't have a voice or a recording any more."""

    def __str__(self) -> str:
        # A KeyError would show its message in quotes.
        return str(self.args[0])


class SpecError(Error, ValueError):
    """An `engine.toml` that can't be used; the message has the file and the reason."""


class UnknownEngineError(Error, LookupError):
    """There is no such engine; the message names similar ones."""


class DownloadError(StreamingError):
    """A download failed; the message says what to do."""


class ModelMissingError(Error, LookupError):
    """A model's files aren't on this machine; the message lists the folders searched and how to get the files."""


class LicenseNotAcceptedError(ModelMissingError):
    """A model isn't downloaded before the user accepts its license; the message has the command."""


class LicenseError(Error, ValueError):
    """The license of a model forbids what the settings ask for: commercial use."""


class EnvironmentBuildError(StreamingError):
    """An environment could not be built or changed; the previous one, if any, is intact."""


class NoPythonError(EnvironmentBuildError):
    """No usable Python; the message lists the interpreters found, and how to install another."""


class CacheEntryError(Error, ValueError):
    """Bytes that aren't an intact cache entry."""


class NewerSchemaError(CacheEntryError):
    """A cache entry written by a later release: not damaged, but not readable by this one."""
