"""Content digests of voice tensors, reference recordings, and audio to recognize."""

from __future__ import annotations

import re
import struct

import xxhash

DIGEST_PATTERN = re.compile("[0-9a-f]{32}")
"""The format of a key or a digest; for `fullmatch`."""

_HEADER = struct.Struct("<16sQQ")
_DOMAIN = b"voxweft blob1"
"""Domain separation from other hashes of the same bytes."""


def content_digest(data: bytes, sample_rate: int = 0) -> str:
    """Return the digest of a blob: 32 lower-case hex digits (xxh3-128 over domain, rate, size and bytes).

    `sample_rate` in Hz is part of a recording's content; 0 for anything else. ValueError if it is negative.
    """
    if sample_rate < 0:
        raise ValueError(f"invalid sample rate '{sample_rate}' Hz; it must not be negative")
    digest = xxhash.xxh3_128(_HEADER.pack(_DOMAIN, sample_rate, len(data)))
    digest.update(data)
    return digest.hexdigest()
