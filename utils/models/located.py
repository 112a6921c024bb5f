"""The location and content of a model's weights on disk."""

from __future__ import annotations

from typing import NamedTuple


class LocatedModel(NamedTuple):
    """A model's folder, and the digest of its weights' content (both empty for an engine without weights).

    `voices` are the digests of the voices in the same folder, by name.
    """

    path: str = ""
    fingerprint: str = ""
    voices: tuple[tuple[str, str], ...] = ()
