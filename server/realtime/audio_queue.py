"""What a session's client did with its audio, in order, until it is processed."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec

from ...utils.streaming.contract.engine_spec import EngineSpec
from .audio_settings import AudioFormat, TurnDetection
from .turn import Listener

_MAX_QUEUED_S = 60.0
_MAX_COMMANDS = 10_000


class InputConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How audio is read and its turns are found. `listener` is None if speech isn't transcribed."""

    format: AudioFormat
    turns: TurnDetection | None
    vad_engine: EngineSpec
    listener: Listener | None


class Audio(msgspec.Struct, frozen=True):
    """Audio in the format of `config`."""

    data: bytes
    config: InputConfig

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        width = 1 if self.config.format.law else 2
        return len(self.data) / width / self.config.format.rate_hz


class Commit(msgspec.Struct, frozen=True):
    """The turn ends here."""

    event_id: str | None


class Clear(msgspec.Struct, frozen=True):
    """The turn is dropped."""


class Barrier(msgspec.Struct, frozen=True):
    """A place in the order; `reached` completes when all before it is processed."""

    reached: asyncio.Future[None]


Command = Audio | Commit | Clear | Barrier


class AudioQueue:
    """A queue for one event loop. `put` waits while it holds more than a minute of audio."""

    def __init__(self) -> None:
        self._commands: deque[Command] = deque()
        self._held_s = 0.0
        self._changed = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether all is processed, or being processed."""
        return not self._commands

    async def put(self, command: Command) -> None:
        """Add a command at the end."""
        while self._held_s > _MAX_QUEUED_S or len(self._commands) > _MAX_COMMANDS:
            await self._change()
        if isinstance(command, Audio):
            self._held_s += command.duration_s
        self._commands.append(command)
        self._changed.set()

    async def get(self) -> Command:
        """Return the first command, when there is one."""
        while not self._commands:
            await self._change()
        command = self._commands.popleft()
        if isinstance(command, Audio):
            self._held_s -= command.duration_s
        self._changed.set()
        return command

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
