"""Parts for low latency: no gap in playback, cuts at marks, and between words only if there is no mark for long."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from voxweft.engines.kokoro.acoustic.model import CONTEXT_FRAMES, Timing
from voxweft.engines.kokoro.chunk_ramp import ChunkRamp, Cut, cuts_of
from voxweft.engines.kokoro.chunks import Chunk, cut_chunks
from voxweft.engines.kokoro.common.tokens import Token
from voxweft.engines.kokoro.sound_map import SoundMap

FRAME_S = 0.025
PREPARE, VOCODER, FIXED_S = 0.12, 0.48, 0.04


def cost_s(audio_s: float, preparation_s: float) -> float:
    return FIXED_S + preparation_s + VOCODER * (audio_s + 2 * CONTEXT_FRAMES * FRAME_S)


CUTS = st.lists(
    st.tuples(st.integers(4, 40), st.sampled_from([True, False, False, False]), st.floats(-5, 5)), max_size=40
).map(
    lambda steps: [
        Cut(frame, at_mark, energy)
        for frame, (_, at_mark, energy) in zip(itertools.accumulate(step[0] for step in steps), steps, strict=True)
    ]
)


@given(st.lists(st.tuples(CUTS, st.integers(10, 60)), min_size=1, max_size=4))
def test_a_part_is_late_only_if_it_can_not_be_shorter(chunks: list[tuple[list[Cut], int]]) -> None:
    ramp = ChunkRamp()
    buffered_s: float | None = None
    for cuts, last_step in chunks:
        last_frame = (cuts[-1].frame if cuts else 0) + last_step
        found = ramp.cut(cuts, 0, last_frame)
        assert set(found) <= {cut.frame for cut in cuts}
        assert found == sorted(set(found))
        preparation_s = PREPARE * last_frame * FRAME_S
        for begin, end in itertools.pairwise([0, *found, last_frame]):
            audio_s = (end - begin) * FRAME_S
            if buffered_s is not None:
                used_s = cost_s(audio_s, preparation_s)
                if used_s > buffered_s + 1e-9:
                    shorter = [cut for cut in cuts if begin + 1.0 / FRAME_S <= cut.frame < end]
                    rest_s = (last_frame - begin) * FRAME_S
                    in_time = [
                        cut
                        for cut in shorter
                        if cost_s((cut.frame - begin) * FRAME_S, preparation_s) <= buffered_s
                        and (last_frame - cut.frame) * FRAME_S >= 1.0
                    ]
                    assert not in_time or rest_s < 2.0
                buffered_s = max(0.0, buffered_s - used_s) + audio_s
            else:
                buffered_s = audio_s
            preparation_s = 0.0


def letters_chunk(text: str) -> Chunk:
    def phonemize(start: int, end: int) -> list[Token]:
        return [
            Token(match[0].lower(), match.end() < end and text[match.end()] == " ", match.start(), match.end())
            for match in re.compile(r"\w+|[^\w\s]").finditer(text, start, end)
        ]

    [chunk] = cut_chunks(text, phonemize)
    return chunk


def parts(text: str, frames_per_symbol: int = 3) -> list[str]:
    """Return the parts in which a sentence is sent whose symbols all have one length."""
    chunk = letters_chunk(text)
    frames = np.full(len(chunk.symbols) + 2, frames_per_symbol, np.int64)
    timing = Timing(frames, np.zeros(2 * int(frames.sum()), np.float32))
    sound = SoundMap(chunk.symbols, *timing)
    cuts = cuts_of(text, chunk, timing, sound)
    first, last = (at // 600 for at in sound.sound())
    bounds = [0, *(frame / frames_per_symbol for frame in ChunkRamp().cut(cuts, first, last)), 10_000]
    places = range(len(chunk.symbols))
    return [
        "".join(chunk.symbols[place] for place in places if begin <= place + 0.5 < end).strip(" ,;")
        for begin, end in itertools.pairwise(bounds)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # at marks, as soon as the first part is long enough, and then as late as the sound lasts
        (
            "Thank you very much, it was good of you to come, and to see us.",
            ["thank you very much", "it was good of you to come", "and to see us."],
        ),
        ("No, I have never been there, and my sister has.", ["no, i have never been there", "and my sister has."]),
        # no mark for long
        (
            "Nothing pauses in this long sentence of many words which never ends at all",
            ["nothing pauses in this", "long sentence of many words which", "never ends at all"],
        ),
        # a short sentence is one part, also without a mark
        ("Nothing pauses in here at all.", ["nothing pauses in here at all."]),
        ("Yes.", ["yes."]),
    ],
)
def test_parts_of_a_sentence(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_a_slow_voice_is_cut_finer() -> None:
    text = "Some words, here and there, one more, and another one, until it ends."
    assert len(parts(text, 6)) > len(parts(text, 2))


def test_cuts_are_in_the_middle_of_the_silence_and_know_how_loud_it_is() -> None:
    chunk = letters_chunk("ab, cd ef.")
    frames = np.full(len(chunk.symbols) + 2, 8, np.int64)
    energy = np.zeros(2 * int(frames.sum()), np.float32)
    energy[48:72] = -20.0  # the frames of the comma: 24 to 32, and four more
    timing = Timing(frames, energy)
    first, second = cuts_of("ab, cd ef.", chunk, timing, SoundMap(chunk.symbols, *timing))
    assert (first.at_mark, second.at_mark) == (True, False)
    assert first.frame == 30
    assert first.energy == -20.0
    assert second.energy == 0.0
    assert 46 <= second.frame <= 58
