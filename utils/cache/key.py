"""What a segment is called in the cache: a hash of all that decides its sound, and of nothing else."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import msgspec
import xxhash

from ...engines.spec import EngineSpec
from ..streaming.segment import ParamValue, Payload, SegmentContext, StreamingSegment, TextPayload
from ..streaming.voice import MixedVoice, NamedVoice, ReferenceVoice, Voice
from .digest import content_digest

KEY_SCHEMA = 1
"""Raised whenever the bytes that are hashed change their meaning. Every older entry is then out of reach."""

_DOMAIN = "speechloom segment key"
_MAX_VOICES = 256
"""A job has a handful of voices; this only bounds the memory of a server that sees any number of mixes."""

# MessagePack values say their own type and size, and every field has its place, so no content can pass for another
# field's. Only tuples, strings, numbers and None are handed in: no dict, so no order to depend on.
_encode = msgspec.msgpack.Encoder().encode


class EngineIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which engine, exactly: known to the parent without starting a worker, compared with what the worker says.

    `versions` are those of the libraries that decide the sound, by distribution name; `fingerprint` identifies the
    weights' content; `dtype` is what the model computes in, whatever the device; `g2p` names the resolved way from
    text to phonemes where an engine has several.
    """

    engine: str
    adapter_version: int
    versions: dict[str, str]
    model: str
    fingerprint: str
    dtype: str
    g2p: str = ""


class SegmentKeys:
    """Makes the keys of one engine's segments. Prepared once per (spec, identity); `key` may be called by any thread.

    ValueError if the identity is another engine's, or if a default in the spec doesn't fit its own limits.
    """

    def __init__(self, spec: EngineSpec, identity: EngineIdentity) -> None:
        if identity.engine != spec.name:
            raise ValueError(f"the identity of engine '{identity.engine}' can't make keys for '{spec.name}'")
        self._spec = spec
        self._model = identity.model or spec.default_model
        self._seeded = spec.can("seed")
        self._contextual = spec.can("context")
        self._constant = _encode(
            (
                _DOMAIN,
                KEY_SCHEMA,
                identity.engine,
                identity.adapter_version,
                tuple(sorted(identity.versions.items())),
                self._model,
                identity.fingerprint,
                identity.dtype,
                identity.g2p,
            )
        )
        self._default_params = self._params({})
        self._voices: dict[Voice | None, tuple[Any, ...]] = {None: ("default", spec.default_voice)}

    def key(self, segment: StreamingSegment) -> str | None:
        """Return the segment's key, 32 lower-case hex digits; None for a random seed, which must never hit.

        ValueError if the segment is for another engine or model, has a parameter that the engine doesn't know or
        accept, a number that isn't finite, or one that doesn't fit 64 bits (it couldn't travel to a worker either).
        """
        if segment.engine != self._spec.name:
            raise ValueError(f"a segment for engine '{segment.engine}' has no key of engine '{self._spec.name}'")
        model = segment.model or self._spec.default_model
        if model != self._model:
            raise ValueError(f"a segment for model '{model}' has no key of model '{self._model}'")
        fields = (
            _payload(segment.payload),
            self._voice(segment.voice),
            # BCP-47 tags mean the same in any case (RFC 5646, 2.1.1).
            None if segment.language is None else segment.language.lower(),
            _canonical("speed", float(segment.speed)),
            segment.seed if self._seeded else 0,
            self._params(segment.params) if segment.params else self._default_params,
            _context(segment.context) if self._contextual else None,
        )
        if segment.seed is None:
            return None
        try:
            return xxhash.xxh3_128_hexdigest(self._constant + _encode(fields))
        except OverflowError as error:
            raise ValueError(f"seed or a parameter is beyond 64 bits: {segment.seed}, {segment.params}") from error

    def _voice(self, voice: Voice | None) -> tuple[Any, ...]:
        known = self._voices.get(voice)
        if known is None:
            if len(self._voices) >= _MAX_VOICES:
                self._voices = {None: self._voices[None]}
            known = self._voices[voice] = _voice(voice)
        return known

    def _params(self, given: dict[str, ParamValue]) -> tuple[tuple[str, ParamValue], ...]:
        filled = self._spec.complete(given)
        return tuple((name, _canonical(f"parameter '{name}'", filled[name])) for name in sorted(filled))


def segment_key(segment: StreamingSegment, identity: EngineIdentity, spec: EngineSpec) -> str | None:
    """Return the key of a single segment, as `SegmentKeys.key` does; for more than one, prepare that instead."""
    return SegmentKeys(spec, identity).key(segment)


def _canonical(what: str, value: ParamValue) -> ParamValue:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{what} is {value!r}, not a finite number")
        return value + 0.0  # -0.0 becomes 0.0
    return value


def _payload(payload: Payload) -> tuple[str, str]:
    if isinstance(payload, TextPayload):
        return "text", payload.text
    return "audio", content_digest(payload.pcm, payload.sample_rate)


def _context(context: SegmentContext | None) -> tuple[str | None, str | None, str | None]:
    if context is None:
        return None, None, None
    return context.previous_text, context.next_text, context.prompt


def _voice(voice: Voice | None) -> tuple[Any, ...]:
    assert voice is not None, "prepared in advance"
    if isinstance(voice, NamedVoice):
        return "named", voice.name
    if isinstance(voice, MixedVoice):
        return "mix", *_shares(voice)
    if isinstance(voice, ReferenceVoice):
        return "reference", voice.digest, voice.transcript
    return "tensor", voice.digest


def _shares(voice: MixedVoice) -> list[tuple[str, float]]:
    """Return the voices of a mix by name with their shares, which add up to 1.

    The decimals that the user wrote are taken exactly, so that 0.2 and 0.1 are the shares of 2 and 1.
    """
    weights: dict[str, Fraction] = {}
    for part in voice.parts:
        weight = float(part.weight)
        if not math.isfinite(weight):
            raise ValueError(f"the weight of voice '{part.name}' is {weight!r}, not a finite number")
        weights[part.name] = weights.get(part.name, Fraction(0)) + Fraction(repr(weight))
    total = sum(weights.values())
    if not total:
        raise ValueError("the weights of a voice mix add up to nothing")
    try:
        return [(name, float(weight / total)) for name, weight in sorted(weights.items()) if weight]
    except OverflowError as error:
        raise ValueError("the weights of a voice mix all but cancel each other") from error
