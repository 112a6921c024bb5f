"""Models that stay loaded during a session, so that no turn or response waits for them."""

from __future__ import annotations

import asyncio

from ...utils.streaming.contract.errors import Error
from ..service.model_choice import ModelChoice, Task
from ..service.service import Service


class HeldModels:
    """Holds at most one model to speak and one to listen. `close` it after use."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._held: dict[Task, tuple[ModelChoice, asyncio.Task[None]]] = {}

    def hold(self, choice: ModelChoice) -> None:
        """Begin to load a model, in place of the one with the same task."""
        kind: Task = "speech" if choice.spec.task == "speech" else "recognition"
        before = self._held.get(kind)
        if before is not None and before[0] == choice:
            return
        if before is not None:
            before[1].cancel()
        self._held[kind] = choice, asyncio.create_task(self._load(choice))

    async def close(self) -> None:
        """Release the models."""
        tasks = [task for _, task in self._held.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _load(self, choice: ModelChoice) -> None:
        try:
            async with self._service.loaded(choice):
                await asyncio.Event().wait()
        except Error:
            return  # its next user gets the reason
