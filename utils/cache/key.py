"""Cache keys of segments: a hash of everything that decides the output, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import xxhash

from ..streaming.contract.engine_spec import EngineSpec
from ..streaming.contract.segment import FilePayload, ParamValue, Payload, SegmentContext, StreamingSegment, TextPayload
from ..streaming.contract.voice import MixedVoice, NamedVoice, ReferenceVoice, Voice
from ..streaming.contract.voice_syntax import mix_shares
from .digest import content_digest

KEY_SCHEMA = 1
"""Incremented whenever the hashed bytes change their meaning, which invalidates all older entries."""

_DOMAIN = "voxweft segment key"
_MAX_VOICES = 256
"""A job has few voices; this bounds the memory of a server that sees any number of mixes."""

# MessagePack values carry their type and size, and every field has a fixed position, so no two different inputs encode
# alike. Only tuples, strings, numbers and None are passed: no dict, whose order could vary.
_encode = msgspec.msgpack.Encoder().encode


class EngineIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's exact identity, known to the parent without a worker and compared with the worker's own report.

    `versions` are those of the libraries that decide the output, by distribution name; `fingerprint` identifies the
    weights' content; `dtype` is the model's number type, on any device; `g2p` names the resolved grapheme-to-phoneme
    converter if an engine has several. `voices` are the digests of the voices stored as files with the weights, by
    name: such a voice is identified by its content, so renaming it changes no key and replacing it does.
    """

    engine: str
    adapter_version: int
    versions: dict[str, str]
    model: str
    fingerprint: str
    dtype: str
    g2p: str = ""
    voices: dict[str, str] = {}


class SegmentKeys:
    """Computes the keys of one engine's segments. Prepared once per (spec, identity); `key` is thread-safe.

    ValueError if the identity is another engine's, or if a default in the spec violates its own limits.
    """

    def __init__(self, spec: EngineSpec, identity: EngineIdentity) -> None:
        if identity.engine != spec.name:
            raise ValueError(f"the identity is of engine '{identity.engine}', not of '{spec.name}'")
        self._spec = spec
        self._model = identity.model or spec.default_model
        self._seeded = spec.can("seed")
        self._contextual = spec.can("context")
        self._with_transcripts = spec.takes_transcript(self._model)
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
        self._named = _NamedVoices(identity.voices, spec.voice_aliases)
        default = "default", self._named.field(spec.default_voice, with_name=True)
        self._default_voices: dict[tuple[Voice | None, bool], tuple[Any, ...]] = {
            (None, True): default,
            (None, False): default,
        }
        self._voices = dict(self._default_voices)

    def key(self, segment: StreamingSegment) -> str | None:
        """Return the segment's key, 32 lower-case hex digits; None for a random seed, which must never hit.

        ValueError if the segment is for another engine or model, or has an unknown or invalid parameter, a number that
        isn't finite, or one beyond 64 bits (which a worker couldn't receive either).
        """
        if segment.engine != self._spec.name:
            raise ValueError(f"the segment is for engine '{segment.engine}', not for '{self._spec.name}'")
        model = segment.model or self._spec.default_model
        if model != self._model:
            raise ValueError(f"the segment is for model '{model}', not for '{self._model}'")
        fields = (
            _payload(segment.payload),
            # Without a language the voice decides it, and the voice's name may imply it.
            self._voice(segment.voice, with_name=segment.language is None),
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
        except UnicodeEncodeError as error:
            half = f"U+{ord(error.object[error.start]):04X}"
            raise ValueError(
                f"character {error.start + 1} is half of a surrogate pair ({half}); decode the text as UTF-8"
            ) from error
        except OverflowError as error:
            raise ValueError(f"the seed or a parameter exceeds 64 bits: {segment.seed}, {segment.params}") from error

    def _voice(self, voice: Voice | None, *, with_name: bool) -> tuple[Any, ...]:
        known = self._voices.get((voice, with_name))
        if known is None:
            if len(self._voices) >= _MAX_VOICES:
                self._voices = dict(self._default_voices)
            content = voice
            if isinstance(voice, ReferenceVoice) and not self._with_transcripts:
                content = ReferenceVoice(voice.digest)
            known = self._voices[voice, with_name] = _voice(content, self._named, with_name=with_name)
        return known

    def _params(self, given: dict[str, ParamValue]) -> tuple[tuple[str, ParamValue], ...]:
        filled = self._spec.complete(given)
        return tuple((name, _canonical(f"parameter '{name}'", filled[name])) for name in sorted(filled))


def _canonical(what: str, value: ParamValue) -> ParamValue:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{what} is {value!r}, not a finite number")
        return value + 0.0  # -0.0 becomes 0.0
    return value


def _payload(payload: Payload) -> tuple[str | float | None, ...]:
    if isinstance(payload, TextPayload):
        return "text", payload.text
    if isinstance(payload, FilePayload):
        end_s = None if payload.end_s is None else _canonical("end_s", payload.end_s)
        return "file", payload.digest, _canonical("start_s", payload.start_s), end_s
    return "audio", content_digest(payload.pcm, payload.sample_rate)


def _context(context: SegmentContext | None) -> tuple[str | None, str | None, str | None]:
    if context is None:
        return None, None, None
    return context.previous_text, context.next_text, context.prompt


class _NamedVoices:
    """The key fields of named voices."""

    def __init__(self, digests: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        self._digests = digests
        self._aliases = aliases

    def field(self, name: str, *, with_name: bool) -> str | tuple[str, ...]:
        """Return the voice's digest if it is a file, else its name. The name may also decide the language."""
        found = name if name in self._digests else self._aliases.get(name, name)
        digest = self._digests.get(found)
        if digest is None:
            return found
        return (digest, found) if with_name else (digest,)


def _voice(voice: Voice | None, named: _NamedVoices, *, with_name: bool) -> tuple[Any, ...]:
    assert voice is not None, "the default voice is precomputed"
    if isinstance(voice, NamedVoice):
        return "named", named.field(voice.name, with_name=with_name)
    if isinstance(voice, MixedVoice):
        shares = [(named.field(name, with_name=with_name), share) for name, share in mix_shares(voice)]
        return "mix", *sorted(shares, key=lambda share: share[0] if isinstance(share[0], str) else share[0][0])
    if isinstance(voice, ReferenceVoice):
        return "reference", voice.digest, voice.transcript
    return "tensor", voice.digest
