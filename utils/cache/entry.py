"""The binary format of a cache entry: a segment's audio or transcript, with a checksum over everything.

Layout, little-endian: magic, schema, its complement, key, sample rate, size of the notes, number of samples; float32
samples; notes (MessagePack: words, transcripts); xxh3-128 of all bytes before. The first eight bytes have this form in
all future schemas, so that an older release can tell a newer entry from a damaged one.
"""

from __future__ import annotations

import struct

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ..streaming.contract.errors import CacheEntryError, NewerSchemaError
from ..streaming.contract.events import TranscriptUpdate, Word

ENTRY_SCHEMA = 3
"""Incremented with every change of the layout, of `Word` or of `TranscriptUpdate`."""
MAGIC = b"SLSG"
NO_KEY = "0" * 32

_PREFIX = struct.Struct("<4sHH")
_HEADER = struct.Struct("<4sHH16sIIQ")
_CHECKSUM_BYTES = 16


class CachedSegment(msgspec.Struct, eq=False, kw_only=True):
    """An engine's output for a segment.

    Speech: `samples` is mono float32 `[n_samples]` at `sample_rate` Hz, the engine's native rate, with the `words`
    whose times are known. Recognition: `transcripts` in order, no samples, a rate of 0.
    """

    sample_rate: int
    samples: NDArray[np.float32]
    words: tuple[Word, ...] = ()
    transcripts: tuple[TranscriptUpdate, ...] = ()


class _Notes(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    words: tuple[Word, ...]
    transcripts: tuple[TranscriptUpdate, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Notes)


def encode_entry(segment: CachedSegment, key: str = NO_KEY) -> list[bytes | memoryview]:
    """Return the entry as buffers to be written one after the other; the samples aren't copied.

    The entry contains the key, so that a file with a wrong name is detected. The request and index of transcripts
    aren't stored. ValueError if the samples aren't one-dimensional float32, or have no rate.
    """
    samples = segment.samples
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise ValueError(f"samples must be float32 [n_samples], not {samples.dtype} {list(samples.shape)}")
    if not 0 <= segment.sample_rate < 1 << 32 or (samples.size and not segment.sample_rate):
        raise ValueError(
            f"{samples.size} samples at {segment.sample_rate} Hz can't be stored; the rate must be positive"
        )
    pcm = np.ascontiguousarray(samples, dtype="<f4").view(np.uint8).data
    transcripts = tuple(msgspec.structs.replace(update, request=0, index=-1) for update in segment.transcripts)
    notes = _encoder.encode(_Notes(segment.words, transcripts))
    header = _HEADER.pack(
        MAGIC,
        ENTRY_SCHEMA,
        ENTRY_SCHEMA ^ 0xFFFF,
        bytes.fromhex(key),
        segment.sample_rate,
        len(notes),
        samples.size,
    )
    checksum = xxhash.xxh3_128(header)
    checksum.update(pcm)
    checksum.update(notes)
    return [header, pcm, notes, checksum.digest()]


def check_schema(data: bytes | bytearray) -> None:
    """Check an entry's first eight bytes. NewerSchemaError if a later release wrote it, CacheEntryError if damaged."""
    if len(data) < _PREFIX.size:
        raise CacheEntryError(f"the entry is truncated: {len(data)} bytes")
    magic, schema, complement = _PREFIX.unpack_from(data)
    if magic != MAGIC or schema ^ complement != 0xFFFF or schema == 0:
        raise CacheEntryError(f"not a cache entry: it starts with {bytes(data[: _PREFIX.size])!r}")
    if schema > ENTRY_SCHEMA:
        raise NewerSchemaError(f"the entry has schema {schema}; this release reads {ENTRY_SCHEMA}")


def decode_entry(data: bytes | bytearray, key: str = NO_KEY) -> CachedSegment:
    """Decode an entry. The samples are a new, writable array, independent of `data`.

    CacheEntryError if the entry is damaged or belongs to another key; NewerSchemaError as in `check_schema`.
    """
    check_schema(data)
    if len(data) < _HEADER.size + _CHECKSUM_BYTES:
        raise CacheEntryError(f"the entry is truncated: {len(data)} bytes")
    _, _, _, own_key, sample_rate, notes_bytes, n_samples = _HEADER.unpack_from(data)
    notes_start = _HEADER.size + 4 * n_samples
    notes_end = notes_start + notes_bytes
    if len(data) != notes_end + _CHECKSUM_BYTES:
        raise CacheEntryError(f"the entry has {len(data)} bytes; it should have {notes_end + _CHECKSUM_BYTES}")
    view = memoryview(data)
    if xxhash.xxh3_128_digest(view[:notes_end]) != view[notes_end:]:
        raise CacheEntryError("wrong checksum")
    if own_key != bytes.fromhex(key):
        raise CacheEntryError(f"the entry belongs to key {own_key.hex()}")
    try:
        notes = _decoder.decode(view[notes_start:notes_end])
    except msgspec.DecodeError as error:
        raise CacheEntryError(f"the notes can't be decoded: {error}") from error
    samples = np.frombuffer(data, dtype="<f4", count=n_samples, offset=_HEADER.size).astype(np.float32)
    return CachedSegment(sample_rate=sample_rate, samples=samples, words=notes.words, transcripts=notes.transcripts)
