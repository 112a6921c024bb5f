"""Hindi, with the rules for what only it writes."""

from __future__ import annotations

from collections.abc import Sequence

from .hindi_reading import HindiReading
from .hindi_rules import hindi_rules
from .rule import Rule


class Hindi(HindiReading):
    """Hindi."""

    def rules(self) -> Sequence[Rule]:
        """Return the rules for what only Hindi writes."""
        return hindi_rules(self)
