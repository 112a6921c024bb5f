"""What Japanese writes with digits, in the order in which it is tried."""

from __future__ import annotations

from .japanese_amounts import amount_rules
from .japanese_codes import code_rules
from .japanese_counts import count_rules
from .japanese_dates import date_rules
from .japanese_reading import JapaneseReading
from .rule import Rule


def japanese_rules(language: JapaneseReading) -> list[Rule]:
    """Return all rules of Japanese's own."""
    return [*date_rules(language), *code_rules(language), *amount_rules(language), *count_rules(language)]
