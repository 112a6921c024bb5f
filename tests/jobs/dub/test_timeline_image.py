from __future__ import annotations

import numpy as np
import pytest

from voxweft.jobs.dub import DubMode, DubReport, DubRules
from voxweft.jobs.dub import timeline_image as lettering
from voxweft.jobs.dub.report import DubbedCue, summary
from voxweft.jobs.dub.timeline_image import MOST_HEIGHT, WIDTH, draw

GREEN, YELLOW, RED = (79, 157, 105), (224, 178, 60), (207, 68, 54)
FIRST_SPEECH_Y = 74 + 24 + 31 + 2
"""Below the title and the axis, in the first lane."""


def report_of(*cues: DubbedCue) -> DubReport:
    return DubReport(
        sample_rate=100,
        duration_s=max(cue.end_s for cue in cues),
        mode=DubMode.FIT,
        rules=DubRules(),
        summary=summary(cues, [1.0] * len(cues)),
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


def colours(page, y: int) -> list[tuple[int, int, int]]:
    """The colours on a line from left to right, each once where it stands side by side."""
    row = np.asarray(page)[y]
    changes = np.any(row[1:] != row[:-1], axis=1)
    return [tuple(int(part) for part in pixel) for pixel in row[np.flatnonzero(np.append(True, changes))]]


def test_speech_shows_where_it_lies():
    cue = dubbed(0, (1, 3), (1, 5), borrowed_s=1.0, overrun_s=1.0)
    (page,) = draw(report_of(cue))
    assert page.size[0] == WIDTH
    assert [colour for colour in colours(page, FIRST_SPEECH_Y) if colour in (GREEN, YELLOW, RED)] == [
        GREEN,
        YELLOW,
        RED,
    ]
    line = np.asarray(page)[FIRST_SPEECH_Y]
    # A row of six seconds: the bars are as long as their times.
    scale = (WIDTH - 174) / 6
    for colour, length_s in ((GREEN, 2), (YELLOW, 1), (RED, 1)):
        assert abs(np.all(line == colour, axis=1).sum() - length_s * scale) <= 3


def test_a_thousand_cues_go_on_several_pages():
    cues = [dubbed(n, (4 * n, 4 * n + 3), (4 * n, 4 * n + 2), "abc"[n % 3]) for n in range(1000)]
    pages = list(draw(report_of(*cues)))
    assert len(pages) > 1
    assert all(page.size[0] == WIDTH and page.size[1] <= MOST_HEIGHT for page in pages)
    # Every cue's bar is there: all green there is, together, is as long as all speech.
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
def test_odd_cues(cue):
    pages = list(draw(report_of(cue)))
    assert len(pages) == 1
    assert pages[0].size[1] < 800


def test_more_lanes_than_a_picture_has_room_for():
    cues = [dubbed(n, (0, 1), (0, 1), f"speaker {n}") for n in range(200)]
    (page,) = draw(report_of(*cues))
    assert page.size[1] <= MOST_HEIGHT


def test_names_that_no_font_has_are_in_latin_letters(monkeypatch):
    monkeypatch.setattr(lettering, "_WIDER", ())
    names = lettering.Lettering(12)
    assert names.of("Zoë") == ("Zoë", names.plain)
    assert names.of("雪") == ("Xue", names.plain)
    assert names.of("アリス と 김")[0] == "arisu to Gim"
    assert names.of("\U000f0000")[0] == "?"


def test_a_font_that_has_a_name_is_used(monkeypatch):
    monkeypatch.setattr(lettering, "_PLAIN", ())
    monkeypatch.setattr(lettering, "_WIDER", ("no-such-font.ttf", "DejaVuSans.ttf"))
    names = lettering.Lettering(12)
    shown, font = names.of("Алиса")
    if shown == "Alisa":
        pytest.skip("neither Pillow's own font nor DejaVu Sans on this machine has Cyrillic")
    assert shown == "Алиса"
    assert font.getlength(shown) > 0
