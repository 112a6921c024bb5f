"""Helpers: programs that run in a worker process and are not engines. Their interface and their description."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import msgspec

from .adapter import Cancelled, OnProgress
from .engine_spec import EngineLimits, EngineSpec

RequestT = TypeVar("RequestT", bound=msgspec.Struct)
ReplyT = TypeVar("ReplyT", bound=msgspec.Struct)


class HelperProgram(ABC, Generic[RequestT, ReplyT]):
    """A helper, as its worker sees it: one typed reply for each typed request. Runs in one thread of one process.

    No request may depend on the ones before it, since a worker that dies is replaced. The message of an exception
    reaches the user unchanged, so it should say what to do.
    """

    request_type: type[RequestT]
    """The type that the worker decodes a request to."""

    def load(self) -> None:
        """Get ready for requests. Called once, before the first."""

    @abstractmethod
    def run(self, request: RequestT, progress: OnProgress, cancelled: Cancelled) -> ReplyT:
        """Answer one request. After `cancelled()` the reply isn't needed any more."""


class HelperSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A helper program as its parent sees it.

    `program` is `module:Class` within `folder`. `interpreter` is the Python that runs it, empty for this process's own,
    with the packages of an `overlay`, if there is one. Without `network`, every connection beyond loopback is refused.
    """

    name: str
    program: str
    folder: str
    network: bool = False
    interpreter: str = ""
    overlay: str = ""
    limits: EngineLimits = EngineLimits()
    cancel_grace_s: float = 2.0

    # A helper has one process, which answers one request at a time.
    max_workers: ClassVar[int] = 1
    max_batch: ClassVar[int] = 1
    deciding_distributions: ClassVar[tuple[str, ...]] = ()

    @property
    def label(self) -> str:
        """The helper's name in messages."""
        return f"helper '{self.name}'"


WorkerSpec = EngineSpec | HelperSpec
"""The programs that a worker process can run."""
