"""English."""

from __future__ import annotations

from collections.abc import Sequence

from .english_rules import english_rules
from .english_speech import EnglishSpeech
from .english_words import MONTHS
from .rule import Rule


class English(EnglishSpeech):
    """English with its rules."""

    def rules(self) -> Sequence[Rule]:
        """Return the rules that only English has."""
        return english_rules(self, MONTHS)
