from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import Cue, read_subtitles
from voxweft.media.subtitles.speakers import split_by_speaker, uppercase_speaker_names

CAST = {"ann", "bob", "安娜"}


def cue(text: str, speaker: str = "") -> Cue:
    return Cue(index=0, start_ms=0, end_ms=1000, text=text, speaker=speaker, line=1)


def spoken_parts(text: str, speaker: str = "") -> list[tuple[str, str]]:
    return [
        (part.speaker, part.text) for part in split_by_speaker(cue(text, speaker), lambda name: name.lower() in CAST)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello.", [("", "Hello.")]),
        ("ANN: Hello.", [("ANN", "Hello.")]),
        ("Ann : Hello\nto you.", [("Ann", "Hello\nto you.")]),
        ("ANN:\nHello.", [("ANN", "Hello.")]),
        ("[Ann] Hello.", [("Ann", "Hello.")]),
        ("(ANN): Hello.", [("ANN", "Hello.")]),
        ("ANN (V.O.): Hello.", [("ANN", "Hello.")]),
        ("安娜：你好", [("安娜", "你好")]),
        ("ANN: Hi.\nBOB: Ho.", [("ANN", "Hi."), ("BOB", "Ho.")]),
        ("ANN: Hi,\nBob.\nBOB: Ho.", [("ANN", "Hi,\nBob."), ("BOB", "Ho.")]),
        ("- Hi.\n- Hello.", [("", "Hi."), ("", "Hello.")]),
        ("-Hi.\n-Hello.", [("", "Hi."), ("", "Hello.")]),
        ("– Hi,\nyou.\n— Hello.", [("", "Hi,\nyou."), ("", "Hello.")]),
        ("Hi.\n- Hello.", [("", "Hi."), ("", "Hello.")]),
        ("- Hi. - Hello.", [("", "Hi."), ("", "Hello.")]),
        ("- ANN: Hi.\n- BOB: Ho.", [("ANN", "Hi."), ("BOB", "Ho.")]),
        ("- ANN: Hi.\n- Ho.", [("ANN", "Hi."), ("", "Ho.")]),
        # Text that resembles a name or a dash:
        ("Note: never mind.", [("", "Note: never mind.")]),
        ("CARL: Hello.", [("", "CARL: Hello.")]),
        ("It's 10:30.", [("", "It's 10:30.")]),
        ("I said, Ann: no.", [("", "I said, Ann: no.")]),
        ("He rose\n- and left.", [("", "He rose\n- and left.")]),
        ("- Hello.", [("", "- Hello.")]),
        ("-5 degrees,\n-6 at night.", [("", "-5 degrees,\n-6 at night.")]),
        ("-- it was\n-- so cold.", [("", "-- it was\n-- so cold.")]),
        ("[Carl] Hello.", [("", "[Carl] Hello.")]),
    ],
)
def test_parts_by_speaker(text, expected):
    assert spoken_parts(text) == expected


def test_the_formal_speaker_speaks_text_without_a_name():
    assert spoken_parts("Hello.", "Zoe") == [("Zoe", "Hello.")]
    assert spoken_parts("Hi.\nANN: Ho.", "Zoe") == [("Zoe", "Hi."), ("ANN", "Ho.")]


def test_several_voices_of_webvtt():
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>Hi,</v> <i>and</i> <v Bob>- Ho.\n- Ha."
    (read,) = read_subtitles(text.encode()).cues
    assert (read.text, read.speaker) == ("Hi, and - Ho.\n- Ha.", "Ann")
    parts = split_by_speaker(read, lambda _name: False)
    assert [(part.speaker, part.text) for part in parts] == [
        ("Ann", "Hi,"),
        ("", "and"),
        ("Bob", "Ho."),
        ("Bob", "Ha."),
    ]


def test_uppercase_speaker_names():
    """Names in capitals count if they occur at least twice."""
    texts = [
        "JOE: Yes.",
        "- JOE: Yes.\n- OLD MAN: No.",
        "OLD MAN (laughs): So.",
        "WARNING: once.",
        "Note: a",
        "Note: b",
    ]
    texts += ["I. AM. ALL. IN. CAPITALS: a", "I. AM. ALL. IN. CAPITALS: b", "12:30", "12:40", "A: x", "A: y"]
    assert uppercase_speaker_names(map(cue, texts)) == {"JOE", "OLD MAN"}


@given(st.text(alphabet='- –—:：[]()\n.AnBobé1"♪', max_size=60), st.booleans())
def test_no_text_is_lost(text, knows_all):
    """The sources are the whole text and contain the words, whatever is read as a name or a dash."""
    given_cue = cue(text)
    parts = split_by_speaker(given_cue, lambda _name: knows_all)
    assert parts
    assert "".join("".join(part.source.split()) for part in parts) == "".join(text.split())
    for part in parts:
        assert "".join(part.source.split()).endswith("".join(part.text.split())) or "\n" in part.source
    if not knows_all:
        letters = [character for character in text if character.isalnum()]
        assert [character for part in parts for character in part.text if character.isalnum()] == letters


def test_long_lines_take_linear_time():
    for text in (
        "[" * 50_000,
        "(" * 50_000,
        "a " * 50_000,
        "- " * 50_000,
        "- a. " * 20_000,
        "a:" * 50_000,
        "a\n" * 50_000,
    ):
        assert split_by_speaker(cue(text), lambda _name: False)
