"""Where the weights of a model are on disk."""

from __future__ import annotations

from typing import NamedTuple


class LocatedModel(NamedTuple):
    """Where a model's weights are, and the digest of their content (both empty for an engine without weights).

    `voices` are the digests of the voices that lie beside them, by name.
    """

    path: str = ""
    fingerprint: str = ""
    voices: tuple[tuple[str, str], ...] = ()


class ModelMissingError(LookupError):
    """A model's weights aren't on this machine; the message says where they were looked for and how to get them."""
