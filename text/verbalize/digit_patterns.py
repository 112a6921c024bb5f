"""Patterns for numbers in languages without spaces between words, where letters and digits of ASCII bound a number."""

from __future__ import annotations

ALONE = r"(?<![0-9A-Za-z_.,:/@#-])"
"""Nothing before that the number would be a part of."""
NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,24})(?:\.\d{1,15})?"
END = r"(?![0-9A-Za-z_]|[.,:/][0-9])"
"""Nothing behind that the number would be a part of."""
CHAIN = r"(?<![0-9A-Za-z.,:/-])\d{1,5}(?:-\d{1,5}){2,6}(?![0-9A-Za-z-]|[.,:/][0-9])"
"""Groups of digits with dashes, as in an address or an ISBN."""
RATIO = r"(?<![0-9A-Za-z.,:/-])\d{1,3}(?:[:：]\d{1,3}){2,4}(?![0-9A-Za-z:：]|[.,/][0-9])"
"""A proportion of more than two numbers: 1:2:3."""
SHORTHAND = r"(?<![0-9A-Za-z])(?:B2[BCEG]|C2[BCM]|D2C|E2E|G2[BCG]|M2M|O2O|P2P|V2[GX])(?![0-9A-Za-z])"
"""Abbreviations in which 2 is read as the English word "to"."""
