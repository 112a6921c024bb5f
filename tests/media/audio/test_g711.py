"""G.711 against FFmpeg's codec."""

from __future__ import annotations

import av
import numpy as np
import pytest

from voxweft.media.audio import g711
from voxweft.media.audio.pcm import to_int16


@pytest.mark.parametrize(("law", "codec"), [("mu", "pcm_mulaw"), ("a", "pcm_alaw")])
def test_every_code_has_ffmpegs_value_and_is_the_code_of_its_value(law: g711.Law, codec: str) -> None:
    codes = bytes(range(256))
    decoder = av.CodecContext.create(codec, "r")
    decoder.sample_rate, decoder.layout = g711.RATE_HZ, "mono"
    expected = np.concatenate([frame.to_ndarray().ravel() for frame in decoder.decode(av.Packet(codes))])
    samples = g711.decode(codes, law)
    assert np.array_equal(to_int16(samples), expected)
    # Of the two zeros of mu-law, one code is enough.
    assert np.array_equal(g711.decode(g711.encode(samples, law), law), samples)


def test_audio_comes_back_within_the_steps_of_the_codec() -> None:
    samples = np.sin(np.linspace(0, 60, 8_000)).astype(np.float32) * np.linspace(0, 1.2, 8_000, dtype=np.float32)
    for law in ("mu", "a"):
        again = g711.decode(g711.encode(samples, law), law)
        assert np.abs(again - np.clip(samples, -1, 1)).max() < 0.04
