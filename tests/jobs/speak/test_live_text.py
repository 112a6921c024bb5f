"""Planning a script that arrives in parts: the utterances are those of the whole script, however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streaming_kit import ENGINES

from voxweft.jobs.speak.live_text import LiveScript, Voices
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.speak.sentence_languages import SentenceLanguages
from voxweft.jobs.speak.utterances import Normalizers, PlannedUtterance, script_utterances
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastSpeaker
from voxweft.jobs.voices.speaker_resolver import resolve_speakers
from voxweft.text.errors import TextError
from voxweft.text.lexicon import read_lexicon
from voxweft.text.script import read_script
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry((ENGINES,))
CAST = Cast(
    members=(
        CastSpeaker(name="Anna", engine="espeak", aliases=("Dr. Watson",)),
        CastSpeaker(name="Bob", engine="tone", gain_db=-6.0),
        CastSpeaker(name="Speaker 2", engine="tone"),
    )
)
SCRIPT = r"""The narrator begins. He goes on.

Anna: Good morning, Bob! How are you today? [pause:1.5s] Well?
Bob: I am fine. [Anna] Are you? [laughs] I am glad.
[Speaker 2]
This line is mine. So is this one.
And [this](/ðɪs/) one. [|speed:1.5] It is faster.
The next: not a speaker. A \[bracket\] is text.

[de:] Das ist Deutsch. [Bob|speed:1.2] That isn't.
Dr. Watson: Mr. Smith paid 3.50 today. **Really.** *Yes.* It [is so: strange.
[pause:500ms] The end. Bye.
"""


def voices(*, lexicon: str = "", auto: bool = False) -> Voices:
    speakers = resolve_speakers(Speaker(engine="tone"), REGISTRY, CAST)
    normalizers = Normalizers(read_lexicon(lexicon) if lexicon else None)
    return Voices(speakers, normalizers, Pauses(), SentenceLanguages(speakers) if auto else None)


def planned(parts: list[str], of: Voices | None = None) -> tuple[list[PlannedUtterance], LiveScript]:
    text = LiveScript(of or voices())
    text._min_clause_chars = 10_000  # only sentences
    found = [one for part in parts for one in text.push(part)]
    return [*found, *text.finish()], text


def told(utterances: list[PlannedUtterance]) -> list[tuple[object, ...]]:
    return [
        (one.text, one.written, one.speaker.name, one.speaker.speaker, round(one.pause_before_s + one.pause_after_s, 3))
        for one in utterances
    ]


def whole(script: str, of: Voices | None = None) -> list[PlannedUtterance]:
    used = of or voices()
    speakers = used.speakers
    read = read_script(script, speakers.cast.speaker_names, speakers.engine_params, speakers.sounds)
    return list(script_utterances(read, speakers, used.pauses, used.normalizers, used.languages))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 40, 1000])
def test_parts_of_any_size_give_the_utterances_of_the_whole_script(size: int) -> None:
    found, text = planned([SCRIPT[at : at + size] for at in range(0, len(SCRIPT), size)])
    assert told(found[:-1]) == told(whole(SCRIPT))[:-1]
    assert found[-1].text == "Bye."
    # Notes name the lines of the whole script.
    script = read_script(SCRIPT, CAST.speaker_names)
    list(script)
    for note in script.notes:
        assert str(note) in text.notes


@settings(max_examples=60)
@given(st.data())
def test_cuts_anywhere_change_nothing(data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(SCRIPT) - 1), max_size=12)))
    parts = [SCRIPT[start:end] for start, end in zip([0, *cuts], [*cuts, len(SCRIPT)], strict=True)]
    found, _ = planned(parts, voices(lexicon="Bob = Rob", auto=True))
    assert told(found[:-1]) == told(whole(SCRIPT, voices(lexicon="Bob = Rob", auto=True)))[:-1]


def test_a_label_or_a_tag_waits_for_its_rest() -> None:
    text = LiveScript(voices())
    assert text.push("Hello there. Anot") != []
    assert text.push("her one.\nBo") == []
    (first,) = text.push("b: And ")
    assert (first.text, first.speaker.name) == ("Another one.", "")
    assert text.push("me. [An") == []
    (second,) = text.push("na] Hm")
    assert (second.text, second.speaker.name) == ("And me.", "Bob")
    (third,) = text.finish()
    assert (third.text, third.speaker.name) == ("Hm", "Anna")


def test_a_pause_after_a_flush_is_as_long_as_the_tag_says() -> None:
    text = LiveScript(voices())
    text.push("One sentence is here.")
    (first,) = text.flush()
    text.push(" [pause:2s] Another one.")
    (second,) = text.finish()
    assert first.pause_after_s + second.pause_before_s == pytest.approx(2)


def test_errors_name_the_line_of_the_whole_script() -> None:
    text = LiveScript(voices())
    text.push("One. Two.\n\nBob: Three. Four. Fi")
    with pytest.raises(TextError, match=r"^4:12: unknown emotion 'sdlkf'") as raised:
        text.push("ve.\nAnna: Six. [|emotion:sdlkf] Seven.")
    assert raised.value.line == 4
    misspelled = LiveScript(voices())
    misspelled.push("Hello. ")
    with pytest.raises(TextError, match="2:1: 'Speaker 3' is not in the cast; did you mean 'Speaker 2'"):
        misspelled.push("\nSpeaker 3: Hi.")


def test_ssml_is_read_when_it_is_complete() -> None:
    text = LiveScript(voices())
    for part in ("<sp", 'eak><voice name="Bob">Hi. And', " you?</voice>", "</speak>"):
        assert text.push(part) == []
        assert not text.ends_sentence
    assert text.flush() == []
    assert [(one.text, one.speaker.name) for one in text.finish()] == [("Hi.", "Bob"), ("And you?", "Bob")]


def test_the_first_clause_is_spoken_early() -> None:
    text = LiveScript(voices())
    (clause,) = text.push("Bob: Well then, my old friend, we go on")
    assert (clause.text, clause.speaker.name, clause.pause_after_s) == ("Well then, my old friend,", "Bob", 0.1)
    (rest,) = text.finish()
    assert (rest.text, rest.speaker.name) == ("we go on", "Bob")


def test_the_work_for_text_without_an_end_is_bounded() -> None:
    text = LiveScript(voices())
    read = 0

    def counted(safe: str) -> object:
        nonlocal read
        read += len(safe)
        return plan(safe)

    plan = text._script
    text._script = counted  # type: ignore[method-assign]
    for _ in range(4000):
        text.push("[pause:1s] ")
    assert read < 40 * len(text._buffer)
