"""The four kinds of voices."""

from __future__ import annotations

import msgspec


class NamedVoice(msgspec.Struct, frozen=True, tag="named", forbid_unknown_fields=True):
    """A voice that the engine knows by name."""

    name: str


class VoicePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One voice of a mix with its weight (any real number; the engine normalizes them)."""

    name: str
    weight: float


class MixedVoice(msgspec.Struct, frozen=True, tag="mix", forbid_unknown_fields=True):
    """A weighted mix of named voices."""

    parts: tuple[VoicePart, ...]


class TensorVoice(msgspec.Struct, frozen=True, tag="tensor", forbid_unknown_fields=True):
    """A user's voice embedding, by the digest of its content (see `blobs`)."""

    digest: str


class ReferenceVoice(msgspec.Struct, frozen=True, tag="reference", forbid_unknown_fields=True):
    """A recording to imitate, by the digest of its content, with its transcript if known."""

    digest: str
    transcript: str | None = None


Voice = NamedVoice | MixedVoice | TensorVoice | ReferenceVoice
