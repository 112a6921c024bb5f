from __future__ import annotations

import struct

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.cache.entry import ENTRY_SCHEMA, CachedSegment, decode_entry, encode_entry
from voxweft.utils.streaming import SourceSpan, TranscriptUpdate, Word
from voxweft.utils.streaming.contract.errors import CacheEntryError, NewerSchemaError

KEY = "0123456789abcdef" * 2
WORDS = (Word("Hello", 0.0, 0.25, SourceSpan(0, 5)), Word("you", 0.25, 0.5, None, 0.75))
SPEECH = CachedSegment(sample_rate=24000, samples=np.linspace(-1, 1, 50, dtype=np.float32), words=WORDS)
BYTES = b"".join(encode_entry(SPEECH, KEY))

words = st.builds(
    Word,
    st.text(max_size=5),
    st.floats(0, 9),
    st.floats(0, 9),
    st.none() | st.builds(SourceSpan, st.integers(0, 99), st.integers(0, 99)),
    st.none() | st.floats(0, 1),
)
updates = st.builds(
    TranscriptUpdate,
    text=st.text(max_size=5),
    words=st.lists(words, max_size=2).map(tuple),
    committed=st.booleans(),
    language=st.none() | st.text(max_size=2),
    language_probability=st.none() | st.floats(0, 1),
)


@given(
    st.binary(max_size=40),
    st.integers(1, 192000),
    st.lists(words, max_size=3).map(tuple),
    st.lists(updates, max_size=2).map(tuple),
)
def test_an_entry_round_trips_bit_for_bit(
    raw: bytes, rate: int, spoken: tuple[Word, ...], heard: tuple[TranscriptUpdate, ...]
) -> None:
    samples = np.frombuffer(raw[: len(raw) // 4 * 4], dtype="<f4").astype(np.float32)
    kept = CachedSegment(sample_rate=rate, samples=samples, words=spoken, transcripts=heard)
    out = decode_entry(b"".join(encode_entry(kept, KEY)), KEY)
    assert out.samples.dtype == np.float32
    assert out.samples.tobytes() == samples.tobytes()
    assert (out.sample_rate, out.words, out.transcripts) == (rate, spoken, heard)


def test_the_layout_is_pinned() -> None:
    # A change of this literal requires a new ENTRY_SCHEMA, since releases share caches.
    kept = CachedSegment(
        sample_rate=24000,
        samples=np.array([0.5, -1.0], np.float32),
        words=WORDS,
        transcripts=(TranscriptUpdate(text="Hello", start_s=0.25, end_s=0.75, words=WORDS, language="en"),),
    )
    assert ENTRY_SCHEMA == 3
    assert xxhash.xxh3_128_hexdigest(b"".join(encode_entry(kept, KEY))) == "3313eb34d48542c6ab15dde0d12535b5"


def test_recognition_has_transcripts_and_no_samples() -> None:
    update = TranscriptUpdate(text="Hello", words=WORDS, committed=False, language="en", request=5, index=3)
    kept = CachedSegment(sample_rate=0, samples=np.zeros(0, np.float32), transcripts=(update,))
    out = decode_entry(b"".join(encode_entry(kept)))
    assert out.samples.shape == (0,)
    assert out.sample_rate == 0
    # The request and the index of the job aren't stored.
    assert out.transcripts == (TranscriptUpdate(text="Hello", words=WORDS, committed=False, language="en"),)


@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_detected_at_any_position(position: int, flip: int) -> None:
    damaged = bytearray(BYTES)
    damaged[position] ^= flip
    with pytest.raises(CacheEntryError) as caught:
        decode_entry(damaged, KEY)
    # If it were treated as a newer entry, it would never be removed.
    assert not isinstance(caught.value, NewerSchemaError)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_every_byte_is_covered_by_a_check(flip: int) -> None:
    for position in range(len(BYTES)):
        damaged = bytearray(BYTES)
        damaged[position] ^= flip
        with pytest.raises(CacheEntryError) as caught:
            decode_entry(damaged, KEY)
        assert not isinstance(caught.value, NewerSchemaError)


@given(st.integers(0, len(BYTES) - 1))
def test_a_truncated_entry_is_detected(size: int) -> None:
    with pytest.raises(CacheEntryError):
        decode_entry(BYTES[:size], KEY)


def test_a_longer_entry_is_detected() -> None:
    with pytest.raises(CacheEntryError, match="should have"):
        decode_entry(BYTES + b"\0", KEY)


def test_an_entry_under_a_wrong_name_is_detected() -> None:
    with pytest.raises(CacheEntryError, match=f"belongs to key {KEY}"):
        decode_entry(BYTES, "f" * 32)


@pytest.mark.parametrize("schema", [ENTRY_SCHEMA + 1, 0xFFFF])
def test_the_first_bytes_identify_a_newer_schema(schema: int) -> None:
    with pytest.raises(NewerSchemaError, match=f"schema {schema}"):
        decode_entry(struct.pack("<4sHH", b"SLSG", schema, schema ^ 0xFFFF) + b"who knows")


def test_valid_bytes_with_invalid_notes_are_an_entry_error() -> None:
    header_and_samples = BYTES[: 40 + 4 * 50]
    notes_bytes = len(BYTES) - len(header_and_samples) - 16
    body = header_and_samples + b"\x00" * notes_bytes
    with pytest.raises(CacheEntryError, match="notes"):
        decode_entry(body + xxhash.xxh3_128_digest(body), KEY)


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_decoded_samples_are_writable_and_independent(kind: type) -> None:
    source = kind(BYTES)
    out = decode_entry(source, KEY)
    out.samples[:] = 9.0
    assert bytes(source) == BYTES
    again = decode_entry(source, KEY)
    if kind is bytearray:
        source[:] = bytes(len(source))
    assert again.samples.tobytes() == SPEECH.samples.tobytes()


def test_strided_samples_are_encoded() -> None:
    every_other = CachedSegment(sample_rate=8000, samples=SPEECH.samples[::2])
    assert decode_entry(b"".join(encode_entry(every_other))).samples.tolist() == SPEECH.samples[::2].tolist()


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(4, np.float64), 24000),
        (np.zeros((1, 4), np.float32), 24000),
        (np.zeros(4, np.float32), 0),
        (np.zeros(4, np.float32), -1),
        (np.zeros(4, np.float32), 1 << 32),
    ],
)
def test_invalid_samples_are_refused(samples: np.ndarray, rate: int) -> None:
    with pytest.raises(ValueError):
        encode_entry(CachedSegment(sample_rate=rate, samples=samples))
