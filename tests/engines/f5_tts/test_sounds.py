"""The length of texts in sounds: alike in every script, and never less for more letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.f5_tts.sounds import PHRASE, sounds, weights

MEASURED_S = {
    "A woman in a red coat waits on the pier until noon.": 2.79,
    "I have never understood why people would rather wait in the rain than ask a stranger for help.": 4.79,
    "Una mujer con abrigo rojo espera en el muelle hasta el mediodía.": 3.41,
    "Une femme en manteau rouge attend sur le quai jusqu'à midi.": 2.90,
    "Eine Frau im roten Mantel wartet bis zum Mittag auf dem Steg.": 3.36,
    "Женщина в красном пальто ждёт на пристани до полудня.": 2.56,
    "Punatakkinen nainen odottaa laiturilla puoleenpäivään asti.": 3.40,
    "Sieviete sarkanā mētelī gaida uz mola līdz pusdienlaikam.": 3.27,
    "تنتظر امرأة ترتدي معطفا أحمر على الرصيف حتى الظهر.": 4.63,
    "लाल कोट वाली एक औरत दोपहर तक घाट पर इंतज़ार करती है।": 4.53,
    "赤いコートの女の人が、昼まで桟橋で待っています。": 3.92,
    "一个穿红色大衣的女人在码头上一直等到中午。": 4.36,
}
"""The lengths that Kokoro predicts; of German, Russian, Finnish, Latvian and Arabic, those of eSpeak NG's speech."""


@pytest.mark.parametrize("text", MEASURED_S)
def test_a_sound_takes_about_as_long_in_every_script(text: str) -> None:
    assert 0.050 < MEASURED_S[text] / sounds(text) < 0.075


@given(st.text(max_size=60), st.text(max_size=20))
def test_a_text_is_the_sum_of_its_characters_and_never_shorter_than_its_beginning(text: str, more: str) -> None:
    assert len(weights(text)) == len(text)
    assert sounds(text) == pytest.approx(sum(weights(text)))
    assert (sounds(text) > 0) == any(map(str.isalnum, text))
    assert sounds(f"{text} {more}") >= sounds(text) - 1e-9 or any(
        "\u0900" <= character < "\u0e00" for character in more
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Yes", "Yes."),
        ("Yes", "“Yes?!…”"),
        ("No way.", "no WAY "),
        ("a, b", "a,;: b"),
        ("Stop. Go", "Stop!!! Go"),
        ("cafe\u0301", "café"),
        ("день", "ден"),
        ("😀 yes 😀", " yes"),
    ],
)
def test_what_takes_no_time(text: str, same: str) -> None:
    assert sounds(text) == pytest.approx(sounds(same))


def test_short_words_arent_slowed_and_have_the_end_of_a_phrase() -> None:
    assert sounds("Hi.") == 2 + PHRASE
    assert sounds("Hi.") < sounds("Hi there.") < 2 * sounds("Hi.")
    # The end of a sentence takes as long within a text.
    assert sounds("Hi. Hi.") == pytest.approx(2 * sounds("Hi."), abs=0.5)
