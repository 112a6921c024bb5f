"""Which of the nine languages a segment means."""

from __future__ import annotations

import pytest

from voxweft.engines.kokoro.common.errors import KokoroLanguageError
from voxweft.engines.kokoro.common.languages import LANGUAGES, language_for


@pytest.mark.parametrize(
    ("tag", "voice", "code"),
    [
        (None, None, "a"),
        ("", None, "a"),
        (None, "j", "j"),
        ("fr", "j", "f"),
        ("en", None, "a"),
        ("en", "b", "b"),
        ("en", "z", "a"),
        ("en-US", "b", "a"),
        ("EN_gb", "a", "b"),
        ("en-Latn-AU", None, "b"),
        ("en-NZ", None, "b"),
        ("en-IE", None, "b"),
        ("en-ZA", None, "b"),
        ("en-IN", "a", "b"),
        ("en-CA", "b", "a"),
        ("es-MX", None, "e"),
        ("pt", None, "p"),
        ("pt-PT", None, "p"),
        ("fr_CA", None, "f"),
        ("hi-IN", None, "h"),
        ("it", None, "i"),
        ("ja-JP", None, "j"),
        ("zh-Hans-CN", None, "z"),
        ("zh-TW", None, "z"),
        ("cmn", None, "z"),
        ("zh-cmn-Hans", None, "z"),
    ],
)
def test_tags(tag: str | None, voice: str | None, code: str) -> None:
    assert language_for(tag, voice).code == code


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_own_tags(language) -> None:
    assert language_for(language.tag, None) == language
    assert language_for(None, language.code) == language


@pytest.mark.parametrize("tag", ["de", "yue", "zh-yue", "zh-nan", "nan", "ru-RU", "english", "x", "-"])
def test_others_are_refused_whatever_the_voice(tag: str) -> None:
    with pytest.raises(KokoroLanguageError) as caught:
        language_for(tag, "a")
    message = str(caught.value)
    assert f"'{tag}'" in message
    assert all(language.tag in message for language in LANGUAGES.values())


def test_a_voice_of_no_language() -> None:
    with pytest.raises(KokoroLanguageError, match="unknown voice language 'k'; Kokoro's are a, b, e"):
        language_for(None, "k")
