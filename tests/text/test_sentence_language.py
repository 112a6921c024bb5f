"""The language of a sentence: right where it is beyond doubt, the default elsewhere."""

from __future__ import annotations

import pytest

from voxweft.text.sample_sentences import SAMPLE_SENTENCES
from voxweft.text.sentence_language import RECOGNIZED, sentence_language

OF_KOKORO = ("en", "es", "fr", "hi", "it", "ja", "pt", "zh")


@pytest.mark.parametrize("default", ["en", "fr", "ja"])
@pytest.mark.parametrize("language", OF_KOKORO)
def test_sentences_of_a_few_candidates_are_recognized(language: str, default: str) -> None:
    for sentence in SAMPLE_SENTENCES[language]:
        assert sentence_language(sentence, OF_KOKORO, default) == language


@pytest.mark.parametrize("language", sorted(SAMPLE_SENTENCES.keys() & RECOGNIZED))
def test_no_sentence_is_taken_for_another_language(language: str) -> None:
    for sentence in SAMPLE_SENTENCES[language]:
        found = sentence_language(sentence, RECOGNIZED, language)
        assert found == language
        assert sentence_language(sentence, RECOGNIZED, "de") in (language, "de")


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Guten Morgen!", "de"),
        ("Bonjour à tous.", "fr"),
        ("Oui.", "fr"),
        ("Gracias.", "es"),
        ("¿Dónde?", "es"),
        ("Obrigado.", "pt"),
        ("Grazie mille.", "it"),
        ("ありがとう", "ja"),
        ("谢谢你", "zh"),
        ("Спасибо.", "ru"),
    ],
)
def test_a_short_sentence_of_frequent_words_is_recognized(sentence: str, language: str) -> None:
    assert sentence_language(sentence, RECOGNIZED, "en") == language


@pytest.mark.parametrize("default", ["en", "de", "fr", "sw"])
@pytest.mark.parametrize(
    "text", ["OK.", "Taxi!", "", "...", "42", "Anna Maria Schmidt", "Kubernetes 1.30", "🙂", "\u200b", "Hmm?"]
)
def test_a_text_without_evidence_has_the_default_language(text: str, default: str) -> None:
    assert sentence_language(text, RECOGNIZED, default) == default


@pytest.mark.parametrize(
    "sentence",
    [
        "He said bonjour to the waiter and sat down.",
        "Die Hard is on tonight.",
        "The café on Müller Street has a nice façade.",
        "We met señor García at the hotel in São Paulo.",
        "It means 谢谢 in Chinese.",
    ],
)
def test_names_and_single_words_of_another_language_change_nothing(sentence: str) -> None:
    assert sentence_language(sentence, RECOGNIZED, "en") == "en"


def test_only_candidates_are_chosen() -> None:
    assert sentence_language("Das ist sehr schön und gut.", OF_KOKORO, "en") == "en"
    assert sentence_language("Это очень хорошо.", OF_KOKORO, "en") == "en"
    # Chinese characters alone may be Japanese, but kana can't be Chinese.
    assert sentence_language("東京都", ("en", "ja", "zh"), "ja") == "ja"
    assert sentence_language("東京です", ("en", "zh"), "en") == "en"
