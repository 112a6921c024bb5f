"""Checks of the start: files, load, identity in the cache."""

from __future__ import annotations

import time

from ...utils.models.layout import mib
from ...utils.streaming.contract.errors import EngineRequestError, StreamingError
from ...utils.streaming.loading.readiness import missing_requirement
from .errors import FaultError, NotApplicableError
from .subject import Subject


def load(subject: Subject) -> str:
    """Start a worker, load the model and list the voices."""
    runtime, spec = subject.runtime, subject.spec
    missing = missing_requirement(spec, runtime.store, runtime.environments)
    # The files of another model than the default one are looked for below.
    if missing is not None and not (missing.only_weights and subject.choices.model):
        raise FaultError(f"{missing.what}; fix: {missing.fix}")
    began = time.monotonic()
    try:
        subject.listed = runtime.run(runtime.voices(spec.name, subject.choices.model))
    except EngineRequestError as error:
        raise FaultError(f"voices(): {error}") from None
    except (StreamingError, LookupError) as error:
        raise FaultError(str(error)) from None
    took_s = time.monotonic() - began
    names = [info.name for info in subject.listed]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise FaultError(f"voices() lists these names twice: {', '.join(repeated[:5])}")
    default = spec.default_voice
    if names and default and default not in names and not spec.variant_mark:
        raise FaultError(f"default_voice '{default}' isn't one of its voices: {', '.join(names[:5])}")
    stats = subject.stats()
    rate = f"{spec.native_sample_rate} Hz, " if subject.speaks else ""
    limit_s = spec.limits.load_timeout_s
    voices = f", {len(names)} voice{'s' if len(names) > 1 else ''}" if names else ""
    return f"{took_s:.1f} s (limit {limit_s:g} s), {rate}Python {stats.python}, {mib(stats.memory_bytes)}{voices}"


def cache_key(subject: Subject) -> str:
    """Make a segment twice with the cache: the second one comes from there if the worker is what its key says."""
    made = [subject.make_one(use_cache=True) for _ in range(2)]
    done = made[1].done
    if done is not None and done.stats.cache_hit:
        return "a finished segment comes from the cache"
    said = "; ".join(subject.warnings) or "no reason was logged"
    raise FaultError(f"finished segments are never cached: {said}")


def network(subject: Subject) -> str:
    """Report the connections that workers tried to open during all checks before."""
    if subject.spec.network:
        raise NotApplicableError("network = true is declared")
    refused = [message for engine, message in subject.runtime.loader.refused if engine == subject.spec.name]
    if refused:
        more = f" ({len(refused)} attempts)" if len(refused) > 1 else ""
        raise FaultError(f"{refused[0]}{more}; let the adapter load local files only")
    return "no connection was tried"
