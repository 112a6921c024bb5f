"""What Chinese writes with digits, in the order in which it is tried."""

from __future__ import annotations

from .chinese_amounts import amount_rules
from .chinese_codes import code_rules
from .chinese_dates import date_rules
from .chinese_numbers import number_rules
from .chinese_reading import ChineseReading
from .rule import Rule


def chinese_rules(language: ChineseReading) -> list[Rule]:
    """Return all rules of Chinese's own."""
    return [*date_rules(language), *code_rules(language), *amount_rules(language), *number_rules(language)]
