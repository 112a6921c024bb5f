from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from voxweft.media.audio.pcm import from_int16, to_float32_bytes, to_int16, to_int16_bytes


def test_every_16_bit_value_survives_the_round_trip():
    integers = np.arange(-32768, 32768).astype("<i2")
    floats = from_int16(integers)
    assert floats.dtype == np.float32
    assert floats[0] == -1.0
    assert floats[-1] == 32767 / 32768
    np.testing.assert_array_equal(to_int16(floats), integers)
    assert to_int16_bytes(floats) == integers.tobytes()
    np.testing.assert_array_equal(from_int16(integers.tobytes()), floats)


@given(hnp.arrays(np.float32, st.integers(0, 50), elements=st.floats(allow_nan=False, width=32)))
def test_rounds_to_nearest_and_clips(samples):
    expected = [max(-32768, min(32767, round(max(-2.0, min(2.0, float(x))) * 32768))) for x in samples]
    before = samples.copy()
    assert to_int16(samples).tolist() == expected
    np.testing.assert_array_equal(samples, before)


def test_bytes_are_little_endian():
    assert to_int16_bytes(np.array([1 / 32768, -2 / 32768], np.float32)) == b"\x01\x00\xfe\xff"
    assert to_float32_bytes(np.array([1.0], np.float32)) == b"\x00\x00\x80\x3f"


@pytest.mark.parametrize("position", [0, 7, 999])
def test_nan_raises(position):
    samples = np.zeros(1000, np.float32)
    samples[position] = math.nan
    for convert in (to_int16, to_int16_bytes, to_float32_bytes):
        with pytest.raises(ValueError, match="NaN"):
            convert(samples)


def test_infinities_clip_in_16_bit_and_raise_in_float():
    samples = np.array([math.inf, -math.inf], np.float32)
    assert to_int16(samples).tolist() == [32767, -32768]
    with pytest.raises(ValueError, match="infinities"):
        to_float32_bytes(samples)


def test_other_types_raise():
    with pytest.raises(TypeError, match="int16"):
        to_int16(np.zeros(3, np.int16))
    with pytest.raises(TypeError, match="float64"):
        to_float32_bytes(np.zeros(3))
    with pytest.raises(TypeError, match="float32"):
        from_int16(np.zeros(3, np.float32))
    with pytest.raises(ValueError):
        from_int16(b"abc")
