"""All checks in order, on one engine."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from ...utils.errors import Error
from ...utils.settings import Settings
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from . import audio, faults, loading, memory, repeating
from .errors import NotApplicableError
from .report import Verdict
from .subject import Choices, Subject

Check = Callable[[Subject], str]
CACHE_BYTES = 256 << 20

CHECKS: dict[str, Check] = {
    "load": loading.load,
    "output": audio.output,
    "cache key": loading.cache_key,
    "repeat": repeating.repeat,
    "seed": repeating.seed,
    "state": repeating.state,
    "low latency": repeating.low_latency,
    "words": audio.words,
    "speed": audio.speed,
    "estimate": audio.estimate,
    "batch": repeating.batch,
    "unusual input": faults.unusual_input,
    "language": faults.language,
    "cancel": faults.cancel,
    "crash": faults.crash,
    "memory": memory.memory,
    "unload": memory.unload,
    "network": loading.network,
}
"""The checks in the order in which they run. The first two must pass, or the others are skipped."""
REQUIRED = ("load", "output")
LONG = frozenset({"crash"})
"""Left out of a quick run; others do less in one."""
FOR_SPEECH = frozenset({"speed", "estimate", "low latency"})


def examine(
    spec: EngineSpec,
    registry: EngineRegistry,
    settings: Settings,
    choices: Choices,
    *,
    model_path: Path | None = None,
    only: Collection[str] = (),
) -> Iterator[Verdict]:
    """Run the checks on an engine of the registry, and yield each result as it is known.

    `only` names checks to run, with those that they require; by default all. ValueError for an unknown name, or if the
    choices don't fit the engine.
    """
    for name in only:
        if name not in CHECKS:
            raise ValueError(f"there is no check '{name}'{did_you_mean(name, list(CHECKS))}")
    with tempfile.TemporaryDirectory(prefix="voxweft-engine-test-") as folder, _warnings() as warnings:
        settings = msgspec.structs.replace(
            settings, cache_dir=Path(folder), cache_bytes=CACHE_BYTES, idle_timeout_s=86400.0, memory_bytes=None
        )
        paths = {spec.name: model_path} if model_path is not None else None
        runtime = Runtime(settings, registry, model_paths=paths)
        try:
            subject = Subject(runtime, spec, choices, warnings)
            subject.check_choices()
            yield from _verdicts(subject, only)
        finally:
            runtime.close()


def _verdicts(subject: Subject, only: Collection[str]) -> Iterator[Verdict]:
    spec = subject.spec
    capabilities = ", ".join(spec.capabilities) or "no capabilities"
    repeats = "deterministic" if spec.deterministic else "not deterministic"
    yield Verdict(check="engine.toml", state="passed", detail=f"{spec.task}, {repeats}, {capabilities}")
    stopped_by = ""
    for name, check in CHECKS.items():
        if only and name not in (*only, *REQUIRED):
            continue
        reason = ""
        if stopped_by:
            reason = f"the check '{stopped_by}' failed"
        elif subject.choices.quick and name in LONG:
            reason = "left out by --quick"
        elif not subject.speaks and name in FOR_SPEECH:
            reason = "for speech"
        if reason:
            yield Verdict(check=name, state="skipped", detail=reason)
            continue
        verdict = _run(name, check, subject)
        if verdict.state == "failed" and name in REQUIRED:
            stopped_by = name
        yield verdict


def _run(name: str, check: Check, subject: Subject) -> Verdict:
    began = time.monotonic()
    try:
        detail = check(subject)
    except NotApplicableError as error:
        return Verdict(check=name, state="skipped", detail=str(error))
    except (Error, ValueError) as error:
        # A fault, or an error of the core: a worker that can't be started again, an estimate that raises.
        return Verdict(check=name, state="failed", detail=str(error), took_s=time.monotonic() - began)
    return Verdict(check=name, state="passed", detail=detail, took_s=time.monotonic() - began)


@contextlib.contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect the core's warnings instead of printing them."""
    logger = logging.getLogger(__name__.partition(".cli.")[0])
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler, level, propagates = Handler(logging.WARNING), logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
