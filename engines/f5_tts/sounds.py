"""The length of a text, counted in sounds: how long it takes beside another one, in any script.

F5-TTS is told how long its speech will be. The package counts bytes, so that a Cyrillic letter takes twice the time of
a Latin one, and a Chinese character as long as three letters of any word.
"""

from __future__ import annotations

import unicodedata

PHRASE = 4.0
"""What the end of a sentence takes: its last syllable is drawn out, and there is a pause."""
_CLAUSE = 2.0
_SPACE = 0.3
_LETTER = 1.0
"""About 58 ms in ordinary speech. The other figures were chosen so that a sound takes as long in every script: by the
lengths that Kokoro predicts for sentences in seven languages, and those of eSpeak NG's speech in nine."""
_DIGIT = 4.0
_INDIC_CONSONANT, _INDIC_VOWEL, _VIRAMA = 1.6, 1.0, -0.8
"""A consonant includes a vowel, unless it is followed by another one or by a virama."""
_SCRIPTS = (
    (0x0590, 0x08FF, 1.75),  # Hebrew and Arabic, without most of their vowels
    (0x0900, 0x0DFF, _INDIC_CONSONANT),
    (0x1100, 0x11FF, _LETTER),
    (0x3040, 0x30FF, 2.3),  # kana, a mora each
    (0x31F0, 0x31FF, 2.3),
    (0x3400, 0x9FFF, 3.7),  # a syllable each
    (0xAC00, 0xD7A3, 3.2),
    (0xF900, 0xFAFF, 3.7),
    (0xFF66, 0xFF9F, 2.3),
    (0x20000, 0x3FFFF, 3.7),
)
_SILENT = frozenset("ьЬъЪʼʹゃゅょャュョ")
"""They change the sound before them."""
_CLAUSE_MARKS = frozenset(",;:،؛、，；：—–")
_END_MARKS = frozenset(".!?…。！？．।॥؟۔")


def weights(text: str) -> list[float]:
    """Return what each character of a text takes, in sounds; they add up to the length of the text.

    A phrase has an end, marked or not. A text without a letter or digit takes nothing.
    """
    found = [0.0] * len(text)
    last = max((at for at, character in enumerate(text) if character.isalnum()), default=-1)
    pause = 0.0
    for at, character in enumerate(text[: last + 1]):
        own = _sound(character)
        if own is None:
            own = _CLAUSE if character in _CLAUSE_MARKS else PHRASE if character in _END_MARKS else 0.0
            # Of several marks in a row, the strongest counts.
            found[at], pause = max(0.0, own - pause), max(own, pause)
        elif character.isspace():
            found[at] = _SPACE
        else:
            found[at], pause = own, 0.0
    if last >= 0:
        found[last] += PHRASE
    return found


def sounds(text: str) -> float:
    """Return the length of a text in sounds."""
    return sum(weights(text))


def _sound(character: str) -> float | None:
    """Return what a letter, digit or space takes; None for a mark."""
    if character in _SILENT or character.isspace():
        return 0.0
    code, category = ord(character), unicodedata.category(character)
    is_indic = 0x0900 <= code <= 0x0DFF
    if category[0] == "M":
        if not is_indic:
            return 0.0
        is_virama = unicodedata.combining(character) == 9
        return _VIRAMA if is_virama else _INDIC_VOWEL if category == "Mc" or code % 0x80 > 0x3D else 0.0
    if category == "Nd":
        return _DIGIT
    if not character.isalnum():
        return None
    return next((value for first, end, value in _SCRIPTS if first <= code <= end), _LETTER)
