"""The rules of all languages, in the order in which they are tried at a position."""

from __future__ import annotations

import re

from .addresses import address_rules
from .amounts import amount_rules
from .codes import code_rules
from .dates import date_rules
from .emoji_names import emoji_rule
from .language import SpokenLanguage
from .markup import markup_rules
from .numbers import number_rules
from .rule import Rule
from .words import word_rules


def common_rules(language: SpokenLanguage, *, name_emoji: bool = False) -> list[Rule]:
    """Return the rules of all languages for one of them."""
    rules = [
        emoji_rule(language if name_emoji else None),
        *markup_rules(),
        *address_rules(language),
        *code_rules(language),
        *date_rules(language),
        *amount_rules(language),
        *word_rules(language),
        *number_rules(language),
    ]
    return [_without_spaces(rule) for rule in rules] if language.formats.is_spaceless else rules


def _without_spaces(rule: Rule) -> Rule:
    """Return a rule for a language without spaces: only letters and digits of ASCII are parts of a word.

    Otherwise an expression would have to stand between spaces, and an address would take in the words after it.
    """
    flags = rule.pattern.flags & ~re.UNICODE
    return Rule(f"(?a:{rule.start})", re.compile(f"(?a:{rule.pattern.pattern})", flags), rule.say)
