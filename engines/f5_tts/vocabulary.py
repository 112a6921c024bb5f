"""A model's vocabulary: the signs that it was trained to read, and a text in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import F5Error

Convert = Callable[[str], Sequence[str]]
"""The package's own function: a text as signs, Chinese as pinyin."""
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SIMILAR = (
    dict.fromkeys("“”„«»‟", '"') | dict.fromkeys("‘’‚‛ʼ`", "'") | dict.fromkeys("–—―−", "-") | {"…": "...", "、": ","}
)
"""Marks that vocabularies know, for others of the same kind."""
_MAX_NAMED = 12


def read_signs(file: Path) -> dict[str, int]:
    """Return the signs of a `vocab.txt`, one a line, with their rows. F5Error if it isn't one."""
    try:
        # A fine-tuning tool of the package writes a byte order mark.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise F5Error(f"vocab.txt is missing from {file.parent}; it belongs to the weights") from error
    except (OSError, UnicodeDecodeError) as error:
        raise F5Error(f"{file} can't be read as a vocabulary: {error}") from error
    while lines and lines[-1] == "":
        del lines[-1]
    signs: dict[str, int] = {}
    for row, line in enumerate(lines):
        if signs.setdefault(line, row) != row:
            twice = f"lines {signs[line] + 1} and {row + 1} are both '{line}'"
            raise F5Error(f"{file} isn't a vocabulary of F5-TTS: {twice}; take the file that belongs to the weights")
    if signs.get(" ") != 0:
        raise F5Error(
            f"{file} isn't a vocabulary of F5-TTS: its first line isn't a space; take the file that belongs to the "
            "weights, as it is: editors remove spaces"
        )
    return signs


class Vocabulary:
    """The signs of a loaded model.

    Args:
        signs: The row of each. The first one, the space, also stands for marks that the model doesn't know.
        convert: Turns a text into signs.
        name: The model's, for messages.
    """

    def __init__(self, signs: dict[str, int], convert: Convert, name: str) -> None:
        self._signs = signs
        self._convert = convert
        self._name = name

    def written(self, text: str) -> str:
        """Return a text in characters that the model knows, as far as there are others for the same sound.

        That is another form of Unicode, or the small letter instead of a capital one; a mark that it doesn't know
        is left out. F5Error names the letters and digits that it lacks.
        """
        text = " ".join(unicodedata.normalize("NFC", text).split())
        lost: list[str] = []
        known: list[str] = []
        for character in text:
            written = next((form for form in _forms(character) if all(map(self._has, form))), None)
            if written is None and unicodedata.category(character)[0] in "LMN":
                lost.append(character)
            known.append(written or "")
        if lost:
            raise F5Error(self._lacks(lost))
        return " ".join("".join(known).split())

    def rows(self, text: str) -> list[int]:
        """Return the rows of a text from `written`. F5Error names the Chinese characters whose sound it lacks."""
        signs = self._convert(text)
        if any(sign not in self._signs and sign[:1].isalnum() for sign in signs):
            lost = [character for character in text if not all(map(self._knows, self._convert(character)))]
            raise F5Error(self._lacks(lost or [sign for sign in signs if not self._knows(sign)]))
        return [self._signs.get(sign, 0) for sign in signs]

    def has(self, sign: str) -> bool:
        """Return whether the model knows a sign."""
        return sign in self._signs

    def _has(self, character: str) -> bool:
        return character in self._signs or _HAN.match(character) is not None

    def _knows(self, sign: str) -> bool:
        return sign in self._signs or not sign[:1].isalnum()

    def _lacks(self, characters: Sequence[str]) -> str:
        named = list(dict.fromkeys(characters))
        shown = ", ".join(f"'{character}'" for character in named[:_MAX_NAMED])
        more = f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else ""
        return (
            f"model '{self._name}' has no letters {shown}{more}; name the language of the text (--language), or write "
            "it in letters of the model's languages"
        )


def _forms(character: str) -> tuple[str, ...]:
    """Return the ways to write a character, the best one first."""
    small = character.lower()
    apart = unicodedata.normalize("NFD", character)
    whole = unicodedata.normalize("NFKC", character)
    similar = _SIMILAR.get(character, character)
    forms = (character, similar, apart, small, whole, unicodedata.normalize("NFD", small), whole.lower())
    return tuple(dict.fromkeys(forms))
