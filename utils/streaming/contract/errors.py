"""What can go wrong between a job and its engine, each with what a user needs to act."""

from __future__ import annotations

from ...errors import Error as Error
from .events import SegmentFailed


def with_details(log_tail: str, runs_on: str) -> str:
    """Return what stands below an error's message: the end of a worker's log, and what the worker was made of."""
    return (f"\n{log_tail}" if log_tail else "") + (f"\nits worker ran on {runs_on}" if runs_on else "")


class StreamingError(Error, RuntimeError):
    """Base class of the errors of the streaming core."""


class EngineStartError(StreamingError):
    """An engine's worker could not be started, or could not load its model."""


class EngineRequestError(StreamingError):
    """An engine refused or failed a request that isn't a segment (voices, an estimate)."""


class WorkerDiedError(StreamingError):
    """A worker process ended, hung or spoke garbage. `reason` says which; `log_tail` is the end of its log.

    `runs_on` says what it was made of, as far as it got to say so.
    """

    def __init__(self, label: str, reason: str, log_tail: str, runs_on: str = "") -> None:
        self.reason = reason
        self.log_tail = log_tail
        super().__init__(f"the worker of {label} {reason}{with_details(log_tail, runs_on)}")


class SegmentError(StreamingError):
    """A segment failed and the job was not told to go on. `failure` is the event a going-on job would have had."""

    def __init__(self, failure: SegmentFailed) -> None:
        self.failure = failure
        text = failure.text if len(failure.text) <= 200 else failure.text[:199] + "…"
        super().__init__(
            f"segment {failure.index} ({text!r}) failed in engine '{failure.engine}': {failure.message}"
            f"{with_details(failure.log_tail, failure.runs_on)}"
        )


class JobCancelledError(StreamingError):
    """The job was cancelled while somebody waited for it."""

    def __init__(self) -> None:
        super().__init__("the job was cancelled")


class ModelMissingError(Error, LookupError):
    """A model's files aren't on this machine; the message lists the folders searched and how to get the files."""


class EnvironmentBuildError(StreamingError):
    """An environment could not be built or changed; the previous one, if any, is intact."""


class NoPythonError(EnvironmentBuildError):
    """No usable Python; the message lists the interpreters found, and how to install another."""


class CacheEntryError(Error, ValueError):
    """Bytes that aren't an intact cache entry."""


class NewerSchemaError(CacheEntryError):
    """A cache entry written by a later release: not damaged, but not readable by this one."""
