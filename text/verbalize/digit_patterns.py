"""Patterns for numbers in languages without spaces between words, where letters and digits of ASCII bound a number."""

from __future__ import annotations

ALONE = r"(?<![0-9A-Za-z_.,:/@#-])"
"""Nothing before that the number would be a part of."""
NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,24})(?:\.\d{1,15})?"
END = r"(?![0-9A-Za-z_]|[.,:/][0-9])"
"""Nothing behind that the number would be a part of."""
