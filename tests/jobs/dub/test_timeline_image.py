"""Images of a dub's timeline: positions, pages, and fonts."""

from __future__ import annotations

import numpy as np
import pytest

from voxweft.jobs.dub import DubMode, DubReport, DubRules, timeline_image
from voxweft.jobs.dub.report import DubbedCue, summary
from voxweft.jobs.dub.timeline_image import MAX_HEIGHT, WIDTH, draw

GREEN, YELLOW, RED = (79, 157, 105), (224, 178, 60), (207, 68, 54)
FIRST_SPEECH_Y = 74 + 24 + 31 + 2
"""Below the title and the axis, in the first lane."""


def report_of(*cues: DubbedCue) -> DubReport:
    return DubReport(
        sample_rate=100,
        duration_s=max(cue.end_s for cue in cues),
        mode=DubMode.FIT,
        rules=DubRules(),
        summary=summary(cues),
        cues=cues,
    )


def dubbed(
    index: int, slot: tuple[float, float], spoken: tuple[float, float], speaker: str = "", **further
) -> DubbedCue:
    return DubbedCue(
        index=index,
        text="text",
        spoken_text="text",
        speaker=speaker,
        slot_start_s=slot[0],
        slot_end_s=slot[1],
        slot_start_sample=round(slot[0] * 100),
        slot_end_sample=round(slot[1] * 100),
        start_s=spoken[0],
        end_s=spoken[1],
        start_sample=round(spoken[0] * 100),
        end_sample=round(spoken[1] * 100),
        status="spoken",
        spoken_s=spoken[1] - spoken[0],
        **further,
    )


def colors(page, y: int) -> list[tuple[int, int, int]]:
    """The colors of a pixel row from left to right, without adjacent duplicates."""
    row = np.asarray(page)[y]
    changes = np.any(row[1:] != row[:-1], axis=1)
    return [tuple(int(part) for part in pixel) for pixel in row[np.flatnonzero(np.append(True, changes))]]


def test_speech_is_drawn_at_its_time():
    cue = dubbed(0, (1, 3), (1, 5), borrowed_s=1.0, overrun_s=1.0)
    (page,) = draw(report_of(cue))
    assert page.size[0] == WIDTH
    assert [color for color in colors(page, FIRST_SPEECH_Y) if color in (GREEN, YELLOW, RED)] == [
        GREEN,
        YELLOW,
        RED,
    ]
    line = np.asarray(page)[FIRST_SPEECH_Y]
    # A row of six seconds: the bars are as long as their times.
    scale = (WIDTH - 174) / 6
    for color, length_s in ((GREEN, 2), (YELLOW, 1), (RED, 1)):
        assert abs(np.all(line == color, axis=1).sum() - length_s * scale) <= 3


def test_a_thousand_cues_take_several_pages():
    cues = [dubbed(n, (4 * n, 4 * n + 3), (4 * n, 4 * n + 2), "abc"[n % 3]) for n in range(1000)]
    pages = list(draw(report_of(*cues)))
    assert len(pages) > 1
    assert all(page.size[0] == WIDTH and page.size[1] <= MAX_HEIGHT for page in pages)
    # Every cue has a bar: the total length of green is the total length of speech.
    green = sum(int(np.all(np.asarray(page) == GREEN, axis=2).sum()) for page in pages)
    assert green > 1000 * 2 * (WIDTH - 174) / 60 * 10


@pytest.mark.parametrize(
    "cue",
    [
        pytest.param(dubbed(0, (0, 86_400), (0, 1)), id="a day long"),
        pytest.param(dubbed(0, (5, 5), (5, 5)), id="no length, no sound"),
        pytest.param(dubbed(0, (0, 1), (500, 501), shift_s=500.0, late=True), id="very late"),
        pytest.param(dubbed(0, (59.99, 60.01), (59.995, 60.02)), id="at a row's end"),
        pytest.param(dubbed(0, (0, 1), (0, 1), "雪\n" * 40), id="a name that no lane has room for"),
    ],
)
def test_unusual_cues_are_drawn(cue):
    pages = list(draw(report_of(cue)))
    assert len(pages) == 1
    assert pages[0].size[1] < 800


def test_more_lanes_than_fit_are_left_out():
    cues = [dubbed(n, (0, 1), (0, 1), f"speaker {n}") for n in range(200)]
    (page,) = draw(report_of(*cues))
    assert page.size[1] <= MAX_HEIGHT


def test_names_that_no_font_has_are_transliterated(monkeypatch):
    monkeypatch.setattr(timeline_image, "_FALLBACKS", ())
    names = timeline_image.NameFonts(12)
    assert names.of("Zoë") == ("Zoë", names.plain)
    assert names.of("雪") == ("Xue", names.plain)
    assert names.of("アリス と 김")[0] == "arisu to Gim"
    assert names.of("\U000f0000")[0] == "?"


def test_a_fallback_font_is_used_if_it_has_the_name(monkeypatch):
    monkeypatch.setattr(timeline_image, "_PLAIN", ())
    monkeypatch.setattr(timeline_image, "_FALLBACKS", ("no-such-font.ttf", "DejaVuSans.ttf"))
    names = timeline_image.NameFonts(12)
    shown, font = names.of("Алиса")
    if shown == "Alisa":
        pytest.skip("neither Pillow's own font nor DejaVu Sans on this machine has Cyrillic")
    assert shown == "Алиса"
    assert font.getlength(shown) > 0


def test_lanes_are_in_the_order_of_appearance():
    """Zoe speaks first: her lane is the upper one in every row, though her name is last."""
    cues = [
        dubbed(0, (0, 1), (0, 1), "zoe"),
        dubbed(1, (2, 3), (2, 3), "ann"),
        dubbed(2, (61, 62), (61, 62), "ann"),
        dubbed(3, (63, 64), (63, 64), "zoe"),
    ]
    (page,) = draw(report_of(*cues))
    bars = np.all(np.asarray(page)[90:] == GREEN, axis=2)
    tops = [int(np.flatnonzero(bars[:, left : left + 40].any(axis=1))[0]) for left in (152, 152 + 2 * 27)]
    assert tops[0] < tops[1]
    below = bars[150:]
    ann, zoe = (int(np.flatnonzero(below[:, left : left + 20].any(axis=1))[0]) for left in (152 + 28, 152 + 84))
    assert zoe < ann


def test_speech_is_darker_the_faster_it_is():
    cues = [dubbed(n, (2 * n, 2 * n + 1), (2 * n, 2 * n + 1), speed=speed) for n, speed in enumerate((0.9, 1.0, 1.2))]
    cues.append(dubbed(3, (6, 7), (6, 7), speed=1.2, own_speed=1.2))
    (page,) = draw(report_of(*cues))
    row = np.asarray(page)[FIRST_SPEECH_Y].astype(int)
    scale = (WIDTH - 174) / 12
    slow, normal, fast, own = (row[round(150 + (2 * n + 0.9) * scale)].sum() for n in range(4))
    assert slow > normal > fast
    assert own == normal == sum(GREEN)
