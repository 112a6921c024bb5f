"""Frames: decoded wherever the stream is cut; anything else is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.streaming.contract.errors import FrameError
from voxweft.utils.streaming.worker.frames import (
    MAGIC,
    MAX_HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    PREFIX,
    FrameDecoder,
    encode_prefix,
)

messages = st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=2000)), max_size=12)


def encoded(frames: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(encode_prefix(header, len(payload)) + payload for header, payload in frames)


def decoded(decoder: FrameDecoder, data: bytes) -> list[tuple[bytes, bytes]]:
    return [(bytes(frame.header), bytes(frame.payload)) for frame in decoder.feed(data)]


@given(messages, st.data())
def test_any_split_gives_the_same_frames(frames: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    stream = encoded(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    decoder, got = FrameDecoder(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += decoded(decoder, stream[start:end])
    assert got == frames
    assert decoded(decoder, encoded([(b"h", b"p")])) == [(b"h", b"p")], "nothing was held back"


@given(messages.filter(bool))
def test_byte_by_byte(frames: list[tuple[bytes, bytes]]) -> None:
    decoder, got = FrameDecoder(), []
    for byte in encoded(frames):
        got += decoded(decoder, bytes([byte]))
    assert got == frames


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=1000), st.data())
def test_an_unfinished_frame_is_held(header: bytes, payload: bytes, data: st.DataObject) -> None:
    whole = encoded([(header, payload)])
    cut = data.draw(st.integers(1, len(whole) - 1))
    decoder = FrameDecoder()
    assert decoded(decoder, whole[:cut]) == []
    assert decoded(decoder, whole[cut:]) == [(header, payload)]


def test_views_stay_valid() -> None:
    decoder = FrameDecoder()
    stream = encoded([(b"one", b"1" * 100), (b"two", b"2" * 100)])
    frames = [*decoder.feed(stream[:50]), *decoder.feed(stream[50:])]
    del stream
    assert [bytes(frame.payload) for frame in frames] == [b"1" * 100, b"2" * 100]


@given(st.binary(min_size=PREFIX.size, max_size=200).filter(lambda data: not data.startswith(MAGIC)))
def test_garbage_is_an_error(garbage: bytes) -> None:
    with pytest.raises(FrameError, match="expected a frame"):
        decoded(FrameDecoder(), garbage)
    decoder = FrameDecoder()
    with pytest.raises(FrameError):
        decoded(decoder, encoded([(b"good", b"frame")]) + garbage)


@pytest.mark.parametrize("sizes", [(MAX_HEADER_BYTES + 1, 0), (0, MAX_PAYLOAD_BYTES + 1), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_oversize_is_refused_before_it_arrives(sizes: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match="over the limit"):
        decoded(FrameDecoder(), PREFIX.pack(MAGIC, *sizes))


def test_oversize_is_not_sent() -> None:
    with pytest.raises(FrameError, match="over the limit"):
        encode_prefix(b"", MAX_PAYLOAD_BYTES + 1)
    with pytest.raises(FrameError, match="over the limit"):
        encode_prefix(bytes(MAX_HEADER_BYTES + 1), 0)
