"""The digest that names content: voice tensors, reference recordings, audio to recognise."""

from __future__ import annotations

import re
import struct

import xxhash

DIGEST_PATTERN = re.compile("[0-9a-f]{32}")
"""What a key or a digest looks like; for `fullmatch`."""

_HEADER = struct.Struct("<16sQQ")
_DOMAIN = b"voxweft blob1"
"""Keeps a blob's digest apart from every other hash of the same bytes."""


def content_digest(data: bytes, sample_rate: int = 0) -> str:
    """Return the digest of a blob: 32 lower-case hex digits (xxh3-128 over domain, rate, size and bytes).

    `sample_rate` in Hz belongs to a recording's content (the same samples at another rate are another sound); 0 for
    anything else. ValueError if it is negative.
    """
    if sample_rate < 0:
        raise ValueError(f"a sample rate can't be {sample_rate} Hz")
    digest = xxhash.xxh3_128(_HEADER.pack(_DOMAIN, sample_rate, len(data)))
    digest.update(data)
    return digest.hexdigest()
