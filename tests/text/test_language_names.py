"""Names of languages, in both directions, against Whisper's own table where it is installed."""

from __future__ import annotations

import pytest

from voxweft.text.language_names import language_name, language_tag_of


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("English", "en"),
        (" GERMAN ", "de"),
        ("Deutsch", "de"),
        ("Español", "es"),
        ("español", "es"),
        ("日本語", "ja"),
        ("American English", "en-US"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Mandarin", "zh"),
        ("Farsi", "fa"),
        ("eng", "en"),
        ("ger", "de"),
        ("en_us", "en-US"),
        ("pt-BR", "pt-BR"),
        ("tlh", "tlh"),
        ("neither", "neither"),
    ],
)
def test_names_and_codes_become_tags(given: str, tag: str) -> None:
    assert language_tag_of(given) == tag


def test_the_names_of_tags_are_those_of_openai_s_api() -> None:
    assert [language_name(tag) for tag in ("en", "pt-BR", "fil", "zh", "jv", "x-own")] == [
        "english",
        "portuguese",
        "tagalog",
        "chinese",
        "javanese",
        "x-own",
    ]


def test_every_language_of_whisper_is_found_by_the_name_it_is_given() -> None:
    tokenizer = pytest.importorskip("faster_whisper.tokenizer")
    for code in set(tokenizer._LANGUAGE_CODES) - {"jw"}:
        assert language_tag_of(language_name(code)) in {code, {"tl": "fil"}.get(code)}, code
