from __future__ import annotations

import pytest

from voxweft.jobs.dub.cue_parts import CuePart
from voxweft.jobs.dub.sentences import MAX_PARTS, segment_texts
from voxweft.jobs.dub.slots import Slot

RATE = 100


def part(text: str, speaker: str = "", parts: int = 1) -> CuePart:
    return CuePart(
        cue=0, part=0, parts=parts, source=text, spoken=text, payload=text, speaker=speaker, in_cast=bool(speaker)
    )


def groups(*texts, gap_s: float = 0.1, can_join=lambda _index: True) -> list[list[int]]:
    """Return the parts of each segment, for cues of two seconds."""
    parts = [text if isinstance(text, CuePart) else part(text) for text in texts]
    step = 200 + round(gap_s * RATE)
    slots = [Slot(step * index, step * index + 200, one.speaker) for index, one in enumerate(parts)]
    return [list(one.parts) for one in segment_texts(parts, slots, RATE, can_join)]


def test_a_sentence_that_runs_over_cues_is_one_text():
    parts = [part("I never knew that"), part("she had a boat."), part("Did you?")]
    slots = [Slot(0, 200, ""), Slot(210, 400, ""), Slot(410, 600, "")]
    first, second = segment_texts(parts, slots, RATE, lambda _index: True)
    assert first.text == "I never knew that she had a boat."
    assert [first.text[offset:].split()[0] for offset in first.offsets] == ["I", "she"]
    assert second.text == "Did you?"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("One.", "Two.", "Three."), [[0], [1], [2]]),
        (("Wait,", "I said.", "No."), [[0, 1], [2]]),
        (("He said:", "“Go”", "Now."), [[0, 1, 2]]),
        (("“Go.”", "he said.", "Now."), [[0], [1], [2]]),
        (("I was going to -", "Don't.", "Why?"), [[0], [1], [2]]),
        (("Well...", "maybe.", "Yes."), [[0, 1], [2]]),
        (("Well...", "Maybe.", "Yes."), [[0], [1], [2]]),
        (("我知道", "你的船。", "好。"), [[0, 1], [2]]),
        (("no marks", "in this file", "at all"), [[0], [1], [2]]),
        ((part("I think", "ann"), part("so.", "bob"), "Yes."), [[0], [1], [2]]),
        ((part("I think", parts=2), part("so.", parts=2), "Yes."), [[0], [1], [2]]),
    ],
)
def test_what_is_joined(texts, expected):
    assert groups(*texts) == expected


def test_japanese_and_chinese_are_joined_without_a_space():
    (first, _) = segment_texts(
        [part("我知道"), part("你的船。"), part("好。")],
        [Slot(0, 100, ""), Slot(100, 200, ""), Slot(200, 300, "")],
        RATE,
        lambda _index: True,
    )
    assert (first.text, first.offsets) == ("我知道你的船。", (0, 3))


def test_limits_of_a_sentence():
    assert groups("One", "two.", "Three.", gap_s=1.2) == [[0], [1], [2]], "the film has a pause there"
    assert groups("One", "two.", "Three.", can_join=lambda _index: False) == [[0], [1], [2]]
    texts = ["one,"] * (MAX_PARTS + 1) + ["end."] * MAX_PARTS
    assert groups(*texts)[0] == list(range(MAX_PARTS))
    assert groups("a" * 200, "b" * 200 + ".", "Yes.") == [[0], [1], [2]]
