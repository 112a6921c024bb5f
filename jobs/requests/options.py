"""The options of jobs, which every interface passes to the runtime."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

import msgspec

from ...utils.streaming import ParamValue
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.scheduling.fair_queue import Priority

OnFailure = Literal["raise", "report"]
_LOOK_AHEAD = 4
_LOOK_AHEAD_OF_LIVE_CASTS, _LOOK_AHEAD_OF_CASTS = 16, 64
"""With several models, look ahead further: if memory holds only one of them, its segments within it run per load.

A listener of a live job shouldn't wait for 64 segments before the next model speaks.
"""


def stream_options(
    *, workers: int = 1, several_models: bool = False, live: bool = False, on_failure: OnFailure = "raise"
) -> StreamOptions:
    """Return the options that run a job.

    Args:
        workers: The number of worker processes.
        several_models: Whether segments may need different models, as with a cast.
        live: Whether a listener waits for the audio: live jobs are scheduled before batch jobs.
        on_failure: `raise` ends the job at a failed segment; `report` leaves a gap and continues.
    """
    look_ahead = max(_LOOK_AHEAD, 2 * workers)
    if several_models:
        look_ahead = max(look_ahead, _LOOK_AHEAD_OF_LIVE_CASTS if live else _LOOK_AHEAD_OF_CASTS)
    return StreamOptions(
        workers=workers,
        priority=Priority.LIVE if live else Priority.BATCH,
        on_failure=on_failure,
        look_ahead=look_ahead,
    )


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of all requests: the options of the job. See `stream_options`."""

    workers: int = 1
    live: bool = False
    on_failure: OnFailure = "raise"

    @property
    def options(self) -> StreamOptions:
        """The options that run the job."""
        return stream_options(
            workers=self.workers, several_models=self.several_models, live=self.live, on_failure=self.on_failure
        )

    @property
    def several_models(self) -> bool:
        """Whether segments may need different models."""
        return False


def parse_params(items: Iterable[str], spec: EngineSpec | None = None) -> dict[str, ParamValue]:
    """Return an engine's settings from texts of the form `name=value`. ValueError quotes the text that isn't one.

    A value is read as JSON (`true`, `3`, `0.5`) and is text otherwise. With a spec, the settings that it declares as
    text stay text whatever they look like.
    """
    params: dict[str, ParamValue] = {}
    for item in items:
        name, separator, text = (part.strip() for part in item.partition("="))
        if not (separator and name):
            raise ValueError(f"expected name=value, not {item!r}")
        declared = spec.params.get(name) if spec is not None else None
        params[name] = text if declared is not None and isinstance(declared.default, str) else _value(text)
    return params


def _value(text: str) -> ParamValue:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
