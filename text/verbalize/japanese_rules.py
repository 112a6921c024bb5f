"""What Japanese writes with digits, in the order in which it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .japanese_amounts import amount_rules
from .japanese_codes import code_rules
from .japanese_counts import count_rules
from .japanese_dates import date_rules
from .rule import Rule

if TYPE_CHECKING:
    from .japanese import Japanese


def japanese_rules(language: Japanese) -> list[Rule]:
    """Return all rules of Japanese's own."""
    return [*date_rules(language), *code_rules(language), *amount_rules(language), *count_rules(language)]
