"""Where chunks have sound, on the predictions that real weights made for short and long sentences in eight languages.

Each line of `kokoro-timing.jsonl` has a chunk's frames and energy, and what its audio has by level: the first and the
last sound (40 dB below the speech) and the silences of at least 0.12 s between them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from voxweft.engines.kokoro.common.tokens import MARKS
from voxweft.engines.kokoro.joins import LEAD_KEPT_SAMPLES, TAIL_KEPT_SAMPLES, joined_length
from voxweft.engines.kokoro.sound_map import FRAME_SAMPLES, SAMPLE_RATE_HZ, SoundMap
from voxweft.engines.kokoro.timing import edges_of

DATA = Path(__file__).parents[2] / "data" / "kokoro-timing.jsonl"
CHUNKS: list[dict[str, Any]] = [msgspec.json.decode(line) for line in DATA.read_bytes().splitlines()]


def sound_of(chunk: dict[str, Any]) -> SoundMap:
    return SoundMap(chunk["symbols"], np.array(chunk["frames"]), np.array(chunk["energy"], np.float32))


def spoken_places(symbols: str) -> list[int]:
    return [place for place, symbol in enumerate(symbols) if symbol not in MARKS]


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: f"{chunk['voice']} {chunk['symbols'][:12]}")
def test_the_first_and_the_last_sound_are_where_the_audio_has_them(chunk):
    begin, end = sound_of(chunk).sound()
    first_s, last_s = chunk["sound_s"]
    assert begin / SAMPLE_RATE_HZ == pytest.approx(first_s, abs=0.03)
    assert end / SAMPLE_RATE_HZ == pytest.approx(last_s, abs=0.055)


def test_a_pause_at_the_end_is_not_speech():
    """The frames of the last symbol contain the pause; they say that speech lasts 0.2 s longer."""
    left, by_frames = [], []
    for chunk in CHUNKS:
        sound = sound_of(chunk)
        edges = edges_of(sound)
        n_samples = joined_length(sound.n_samples, *edges, 0.3, last=True)
        end = sound.n_samples - edges.tail_samples + TAIL_KEPT_SAMPLES
        assert n_samples <= end - edges.lead_samples + LEAD_KEPT_SAMPLES
        left.append(end / SAMPLE_RATE_HZ - chunk["sound_s"][1])
        by_frames.append(sound.bounds[spoken_places(chunk["symbols"])[-1] + 1] / SAMPLE_RATE_HZ - chunk["sound_s"][1])
    assert np.median(by_frames) > 0.15
    assert np.median(left) < 0.05
    assert max(left) < 0.1
    # The audio of the one below 0 decays from -40 dB.
    assert sorted(left)[1] > 0


def test_pauses_within_a_chunk_are_not_speech():
    n_pauses = 0
    for chunk in CHUNKS:
        sound, spoken = sound_of(chunk), spoken_places(chunk["symbols"])
        words = [sound.word(place, place) for place in spoken]
        for begin_s, end_s in chunk["pauses_s"]:
            n_pauses += 1
            assert min(abs(word.end / SAMPLE_RATE_HZ - begin_s) for word in words) < 0.05
            assert min(abs(word.begin / SAMPLE_RATE_HZ - end_s) for word in words) < 0.05
    assert n_pauses >= 5


def test_noise_in_the_pauses_leaves_the_limits():
    """With noise of 40 dB below the speech, every value is loud."""
    for n_last, n_kept in ((9, 16), (30, 30)):
        frames = np.array([16, 4, n_last, 20, 12])
        sound = SoundMap("ha.", frames, np.zeros(2 * frames.sum(), np.float32))
        first, last = sound.bounds[0], sound.bounds[1]
        assert sound.sound() == (first - 8 * FRAME_SAMPLES, last + n_kept * FRAME_SAMPLES)


def test_slow_sound_is_kept_to_its_end():
    frames = np.array([64, 16, 20, 40, 40])
    loud = np.repeat([False, True, True, False, False], 2 * frames)
    loud[2 * 100 : 2 * 125] = True  # 0.6 s beyond the last symbol's frames
    sound = SoundMap("ha.", frames, np.where(loud, 5.0, -9.0).astype(np.float32))
    assert sound.sound() == (64 * FRAME_SAMPLES, 125 * FRAME_SAMPLES)


def test_sound_far_from_every_symbol_is_no_speech():
    sound = SoundMap("a.", np.array([9, 4, 9, 9]), np.array([-9.0] * 54 + [9.0] * 8, np.float32))
    assert sound.sound() == (sound.bounds[0], sound.bounds[0])


@pytest.mark.parametrize(
    ("frames", "n_values", "message"),
    [([1, 1], 4, "1 symbols need 3 durations"), ([1, 1, 1], 5, "3 frames need twice as many")],
)
def test_a_wrong_number_of_values_is_rejected(frames, n_values, message):
    with pytest.raises(ValueError, match=message):
        SoundMap("a", np.array(frames), np.zeros(n_values, np.float32))
