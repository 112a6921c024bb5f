"""Who speaks: the four ways to name a voice."""

from __future__ import annotations

import msgspec


class NamedVoice(msgspec.Struct, frozen=True, tag="named", forbid_unknown_fields=True):
    """A voice that the engine knows by name."""

    name: str


class VoicePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One voice of a mix with its weight (any real number; the engine normalises them)."""

    name: str
    weight: float


class MixedVoice(msgspec.Struct, frozen=True, tag="mix", forbid_unknown_fields=True):
    """A weighted mix of named voices."""

    parts: tuple[VoicePart, ...]


class TensorVoice(msgspec.Struct, frozen=True, tag="tensor", forbid_unknown_fields=True):
    """A voice embedding that the user brings, named by the digest of its content (see `blobs`)."""

    digest: str


class ReferenceVoice(msgspec.Struct, frozen=True, tag="reference", forbid_unknown_fields=True):
    """A recording to imitate, named by the digest of its content, with what is said in it where that is known."""

    digest: str
    transcript: str | None = None


Voice = NamedVoice | MixedVoice | TensorVoice | ReferenceVoice
