"""The language of a segment, from its tag and its voice."""

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
def test_the_language_of_a_tag_and_a_voice(tag: str | None, voice: str | None, code: str) -> None:
    assert language_for(tag, voice).code == code


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_each_language_has_its_own_tag_and_code(language) -> None:
    assert language_for(language.tag, None) == language
    assert language_for(None, language.code) == language


@pytest.mark.parametrize("tag", ["de", "yue", "zh-yue", "zh-nan", "nan", "ru-RU", "english", "x", "-"])
def test_unsupported_tags_are_rejected_with_the_supported_ones(tag: str) -> None:
    with pytest.raises(KokoroLanguageError) as caught:
        language_for(tag, "a")
    message = str(caught.value)
    assert f"'{tag}'" in message
    assert all(language.tag in message for language in LANGUAGES.values())


def test_an_unknown_voice_language_is_rejected() -> None:
    with pytest.raises(KokoroLanguageError, match="unknown voice language 'k'; Kokoro's are a, b, e"):
        language_for(None, "k")
