from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import Cue, read_subtitles
from voxweft.media.subtitles.speakers import speaker_conventions, split_by_speaker

CAST = {"ann", "bob", "a", "安娜"}


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
        ("A: Hello.", [("A", "Hello.")]),
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


def names(*texts: str, keep: tuple[str, ...] = ()) -> set[str]:
    return set(speaker_conventions([cue(text) for text in texts], keep).names)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("JOE: Yes.", "- JOE: Yes.\n- OLD MAN: No.", "OLD MAN (laughs): So."), {"JOE", "OLD MAN"}),
        (("JOE: Yes.", "JOE: No.", "ANN: A.", "ANN: B.", "CLERK OF WORKS: Once."), {"JOE", "ANN", "CLERK OF WORKS"}),
        (("JOE: Yes.", "ANN: No."), set()),
        # Roles and numbers:
        (("MAN #2: Yes.",), {"MAN #2"}),
        (("[SPEAKER_00]: Yes.", "SPEAKER_01: No.", "Speaker 3: So."), {"SPEAKER_00", "SPEAKER_01", "Speaker 3"}),
        (("[woman] Yes.", "(Polizist) Halt!", "女：はい"), {"woman", "Polizist", "女"}),
        # Brackets with a colon, and chevrons:
        (("(ANN): Yes.", "[Bob]: No.", "(Zoe:) So."), {"ANN", "Bob", "Zoe"}),
        ((">> REPORTER: Yes.", ">> Ann: No."), {"REPORTER", "Ann"}),
        # Mixed capitals, titles, remarks:
        (("McGEE: Yes.", "McGEE [ON PHONE]: No.", "McGEE ON RADIO: So."), {"McGEE"}),
        (("DR. O'NEIL-SMITH: Yes.", "Dr. O'NEIL-SMITH: No."), {"DR. O'NEIL-SMITH"}),
        (("ANN'S VOICE: Yes.", "ANN'S VOICE: No."), {"ANN'S VOICE"}),
        # Within a line:
        (("ANN: So.", "ANN: Yes.", "BOB: Oh.", "Okay. BOB: No.", "Okay! IVAN: Hm."), {"ANN", "BOB", "IVAN"}),
        # Title case and scripts without case, in brackets:
        (("[Darby] Hello.", "[Darby, softly] Come.", "Yes.", "No."), {"Darby"}),
        (("[Chuckles] Hello.", "[Chuckles] Come."), set()),
        (("（健太）おはよう", "（美咲）おはよう、健太", "（ドアの音）"), {"健太", "美咲"}),
        (("(أحمد) مرحبا", "(ليلى) أهلا"), {"أحمد", "ليلى"}),
        (("(рассмеявшись) Да.", "Нет."), set()),
        # Before a colon:
        (("健太：おはよう", "美咲：うん", "健太：じゃあ"), {"健太", "美咲"}),
        (("민수: 안녕", "민수: 네", "응.", "민수: 응"), {"민수"}),
        (("דנה: שלום", "דנה: כן", "דנה: לא"), {"דנה"}),
        (("राम: नमस्ते", "राम: हाँ", "राम: नहीं"), {"राम"}),
        (("สมชาย: สวัสดี", "สมชาย: ใช่", "สมชาย: ไม่"), {"สมชาย"}),
        (("Ann Miller: Hello.", "Bob: Hi.", "Ann Miller: Bye."), {"Ann Miller", "Bob"}),
        # Text:
        (("WARNING: once.", "WARNING: twice.", "Note: a", "Note: b", "注意：一", "注意：二", "注意：三"), set()),
        (("HTML: the structure.", "HTML: again."), set()),
        (("JSON: the data.", "We use JSON here.", "JSON: again."), set()),
        (("I AM ALL IN CAPITALS: a", "I AM ALL IN CAPITALS: b", "12:30", "12:40", "A: x", "A: y"), set()),
        (("HTTP://x", "HTTP://y", "AT 10:30", "AT 10:45"), set()),
        (("Compare this: a", "Compare this: b", *["Words."] * 4), set()),
        (("(例えば電子)など", "(例えば電子)など", *["はい。"] * 8), {"例えば電子"}),
    ],
)
def test_names_by_the_conventions_of_a_file(texts, expected):
    assert names(*texts) == expected


def test_labels_that_are_kept_as_text():
    texts = ("TED: the talks.", "TED: again.", "ANN: Yes.", "ANN: No.")
    assert names(*texts) == {"TED", "ANN"}
    assert names(*texts, keep=("ted",)) == {"ANN"}


def turns(text: str, **options: bool) -> list[tuple[str, str]]:
    return [(part.speaker, part.text) for part in split_by_speaker(cue(text), lambda name: name == "ANN", **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">> Hello.", [("", "Hello.")]),
        (">>> In other news,\nit rains.", [("", "In other news,\nit rains.")]),
        (">> ANN: Thanks.\n>> Hello.", [("ANN", "Thanks."), ("", "Hello.")]),
        ("Thanks. >> Hello. >> ANN: Yes.", [("", "Thanks."), ("", "Hello."), ("ANN", "Yes.")]),
        ("- >> ANN: Hello.", [("ANN", "Hello.")]),
        ("≫おはよう", [("", "おはよう")]),
        ("＞＞おはよう", [("", "おはよう")]),
        (">>\nHello.", [("", "Hello.")]),
        ("cin >> x;", [("", "cin >> x;")]),
        ("x >>= 2", [("", "x >>= 2")]),
        ("Okay. ANN: Hello!", [("", "Okay."), ("ANN", "Hello!")]),
        ("Okay. Ann: hello!", [("", "Okay. Ann: hello!")]),
        ("ANN [ON PHONE]: Hello.", [("ANN", "Hello.")]),
        ("ANN ON PHONE: Hello.", [("ANN", "Hello.")]),
        ("[ANN, softly] Hello.", [("ANN", "Hello.")]),
    ],
)
def test_changes_of_speaker(text, expected):
    assert turns(text) == expected


def test_chevrons_between_words_where_the_file_has_them():
    assert turns("so it goes >> yes it does", has_chevrons=True) == [("", "so it goes"), ("", "yes it does")]
    assert speaker_conventions([cue(">> a"), cue(">> b")]).has_chevrons
    assert not speaker_conventions([cue(">> a"), cue("b >> c")]).has_chevrons


@given(st.text(alphabet='- –—:：[]()\n.AnBobé1"♪>', max_size=60), st.booleans(), st.booleans())
def test_no_text_is_lost(text, knows_all, has_chevrons):
    """The sources are the whole text and contain the words, whatever is read as a name or a dash."""
    given_cue = cue(text)
    parts = split_by_speaker(given_cue, lambda _name: knows_all, has_chevrons=has_chevrons)
    assert parts
    assert "".join("".join(part.source.split()) for part in parts) == "".join(text.split())
    for part in parts:
        assert "".join(part.source.split()).endswith("".join(part.text.split())) or "\n" in part.source
    if not knows_all:
        letters = [character for character in text if character.isalnum()]
        assert [character for part in parts for character in part.text if character.isalnum()] == letters


def test_long_lines_take_linear_time():
    for text in (
        "[" * 4_000,
        "(" * 4_000,
        "a " * 4_000,
        "- " * 4_000,
        "- a. " * 2_000,
        "a:" * 4_000,
        "a\n" * 4_000,
        ">> " * 4_000,
        "a. " + " " * 4_000,
        "A. B: " * 2_000,
        "A B: c\n" * 4_000,
        "[a:" * 4_000,
    ):
        assert split_by_speaker(cue(text), lambda _name: False, has_chevrons=True)
        speaker_conventions([cue(text)])
