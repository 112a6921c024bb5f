"""A model's vocabulary: files, and texts in the letters that the model knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxweft.engines.f5_tts.errors import F5Error
from voxweft.engines.f5_tts.reference import sentence
from voxweft.engines.f5_tts.vocabulary import Vocabulary, read_signs

LETTERS = " abcdefghijklmnopqrstuvwxyzABCäöüßé.,!?'\"-。яё"


def vocabulary(letters: str = LETTERS) -> Vocabulary:
    """Return a vocabulary of single letters, and of one Chinese sound."""
    signs = {letter: row for row, letter in enumerate(letters)} | {"ni3": len(letters)}
    return Vocabulary(signs, lambda text: ["ni3" if letter == "你" else letter for letter in text], "de")


@pytest.mark.parametrize(
    "content", [" \na\nni3\n", " \r\na\r\nni3\r\n", "\ufeff \na\nni3\n", " \na\nni3", " \na\nni3\n\n\n"]
)
def test_a_file_has_a_sign_a_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "vocab.txt"
    file.write_bytes(content.encode())
    assert read_signs(file) == {" ": 0, "a": 1, "ni3": 2}


@pytest.mark.parametrize("content", [b"", b"a\nb\n", b" \na\na\n", b"\xff\xfe\x00", b"\n"])
def test_a_file_that_isnt_one_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vocab.txt"
    file.write_bytes(content)
    with pytest.raises(F5Error, match=r"vocab\.txt"):
        read_signs(file)
    if content.startswith(b" "):
        with pytest.raises(F5Error, match="lines 2 and 3 are both 'a'"):
            read_signs(file)
    with pytest.raises(F5Error, match=r"vocab\.txt is missing from"):
        read_signs(tmp_path / "other" / "vocab.txt")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Größe  und\n Maß", "größe und maß"),
        ("Cafe\u0301", "Café"),
        ("“Ja” – „nein“ ‘doch’…", '"ja" - "nein" \'doch\'...'),
        ("ﬁx Ａb", "fix Ab"),
        ("ok 😀 ♪", "ok"),
        ("你", "你"),
        ("ЯЁ", "яё"),
    ],
)
def test_a_text_is_written_in_letters_that_the_model_knows(text: str, written: str) -> None:
    found = vocabulary().written(text)
    assert found == written
    assert vocabulary().rows(found)


def test_letters_that_it_lacks_are_named() -> None:
    with pytest.raises(F5Error, match=r"model 'de' has no letters 'ł', 'ą', '7'; name the language"):
        vocabulary().written("Złoty ą ł 7!")
    with pytest.raises(F5Error, match=r"has no letters '好'; "):
        vocabulary().rows(vocabulary().written("你好"))
    with pytest.raises(F5Error, match=r"'λ', 'μ' and 3 more; "):
        vocabulary().written("αβγδεζηθικλμνξο")


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("guten tag", "guten tag. "),
        ("guten tag. ", "guten tag. "),
        ("guten tag!", "guten tag! "),
        ('"guten tag."', '"guten tag." '),
        ("guten tag, ", "guten tag. "),
        ("guten tag -", "guten tag. "),
        ("你", "你。"),
        ("你。", "你。"),
    ],
)
def test_the_words_of_a_recording_become_a_sentence(transcript: str, expected: str) -> None:
    assert sentence(vocabulary(), transcript) == expected


@pytest.mark.parametrize("transcript", ["", " ", "...", "😀"])
def test_a_recording_without_words_is_refused(transcript: str) -> None:
    with pytest.raises(F5Error, match="it has no words"):
        sentence(vocabulary(), transcript)
