"""A European language: its words, and the rules for them."""

from __future__ import annotations

from collections.abc import Sequence

from .european_rules import european_rules
from .european_speech import EuropeanSpeech
from .rule import Rule


class European(EuropeanSpeech):
    """A language whose numbers have genders, with the rules that such languages have and others don't."""

    def rules(self) -> Sequence[Rule]:
        """Return these rules."""
        return european_rules(self)
