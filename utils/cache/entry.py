"""One entry of the cache as bytes: what a segment sounds like (or says), with a checksum over everything.

Layout, little-endian: magic, schema, its complement, key, sample rate, size of the notes, number of samples; float32
samples; notes (MessagePack: words, transcripts); xxh3-128 of all bytes before. The first eight bytes keep this form in
every schema to come, so that an older release knows a newer entry from a damaged one.
"""

from __future__ import annotations

import struct

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from ..streaming.contract.events import TranscriptUpdate, Word

ENTRY_SCHEMA = 2
"""Raised with every change of the layout, of `Word` or of `TranscriptUpdate`."""
MAGIC = b"SLSG"
NO_KEY = "0" * 32

_PREFIX = struct.Struct("<4sHH")
_HEADER = struct.Struct("<4sHH16sIIQ")
_CHECKSUM_BYTES = 16


class EntryError(ValueError):
    """Bytes that aren't an intact entry."""


class NewerSchemaError(EntryError):
    """An entry that a later release wrote: not damaged, but not for this release."""


class CachedSegment(msgspec.Struct, eq=False, kw_only=True):
    """What an engine made of a segment.

    Speech: `samples` is mono float32 `[n_samples]` at `sample_rate` Hz, the engine's own rate, with the `words` whose
    times are known. Recognition: `transcripts` in their order, no samples, a rate of 0.
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

    The key is written into the entry, so that a file under a wrong name is noticed. Transcripts lose the request and
    index that they were made for. ValueError if the samples aren't one-dimensional float32, or come without a rate.
    """
    samples = segment.samples
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise ValueError(f"samples must be float32 [n_samples], not {samples.dtype} {list(samples.shape)}")
    if not 0 <= segment.sample_rate < 1 << 32 or (samples.size and not segment.sample_rate):
        raise ValueError(f"{samples.size} samples at {segment.sample_rate} Hz can't be kept")
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
    """Look at an entry's first eight bytes. NewerSchemaError if a later release wrote it, EntryError if nobody did."""
    if len(data) < _PREFIX.size:
        raise EntryError(f"an entry of {len(data)} bytes is cut short")
    magic, schema, complement = _PREFIX.unpack_from(data)
    if magic != MAGIC or schema ^ complement != 0xFFFF or schema == 0:
        raise EntryError(f"not an entry: it starts with {bytes(data[: _PREFIX.size])!r}")
    if schema > ENTRY_SCHEMA:
        raise NewerSchemaError(f"the entry has schema {schema}; this release reads {ENTRY_SCHEMA}")


def decode_entry(data: bytes | bytearray, key: str = NO_KEY) -> CachedSegment:
    """Return what an entry holds. The samples are a writable array of their own, independent of `data`.

    EntryError if anything is damaged or the entry belongs to another key; NewerSchemaError as `check_schema` says.
    """
    check_schema(data)
    if len(data) < _HEADER.size + _CHECKSUM_BYTES:
        raise EntryError(f"an entry of {len(data)} bytes is cut short")
    _, _, _, own_key, sample_rate, notes_bytes, n_samples = _HEADER.unpack_from(data)
    notes_start = _HEADER.size + 4 * n_samples
    notes_end = notes_start + notes_bytes
    if len(data) != notes_end + _CHECKSUM_BYTES:
        raise EntryError(f"an entry of {len(data)} bytes should have {notes_end + _CHECKSUM_BYTES}")
    view = memoryview(data)
    if xxhash.xxh3_128_digest(view[:notes_end]) != view[notes_end:]:
        raise EntryError("the checksum doesn't agree")
    if own_key != bytes.fromhex(key):
        raise EntryError(f"the entry is that of {own_key.hex()}")
    try:
        notes = _decoder.decode(view[notes_start:notes_end])
    except msgspec.DecodeError as error:
        raise EntryError(f"the notes can't be read: {error}") from error
    samples = np.frombuffer(data, dtype="<f4", count=n_samples, offset=_HEADER.size).astype(np.float32)
    return CachedSegment(sample_rate=sample_rate, samples=samples, words=notes.words, transcripts=notes.transcripts)
