"""Leave out Markdown's marks and HTML tags.

Each mark is a rule of its own, without its partner: a sentence may have only one of a pair.
"""

from __future__ import annotations

import re

from .rule import Rule

_IPA = r"/[^/()\s]{1,200}/\)"
_TAGS = (
    "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre q s small span strong sub"
)
_TAGS += " sup table tbody td th thead tr u ul"
_SILENT = (
    r"^\s*(?:>\s?){1,9}",
    r"^\s*#{1,6}\s+",
    r"[ \t]{1,8}#{1,6}(?=\s{0,8}$)",
    r"^\s*[-*+•‣◦▪●○]\s+(?:\[[ xX]\]\s+)?(?=\S)",
    r"(?m:^)[ \t]{0,8}(?:[-*_=~]{3,200}|\|?[ \t:|-]{3,400}\|)[ \t]{0,8}(?m:$)",
    r"`{1,4}(?:(?<=```)[a-z]{1,20}(?=\s{0,8}$|\n))?",
    r"~~",
    rf"!?\[(?=[^\[\]]{{1,300}}\]\((?!{_IPA}))",
    rf"\]\((?!{_IPA})[^()\s]{{0,2000}}(?:\s{1, 8}\"[^\"]{{0,200}}\")?\)",
    r"(?<![\w*])\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}(?![\w*])|(?<=[^\W\d_])\*{1,3}(?=[^\W\d_])",
    r"(?<![^\W_])_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![^\W_])",
    r"\\(?=[\\*_`#\[\](){}~>|!+-])",
    rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]{{0,300}})?/?>",
    r"[\u200b\ufeff\u00ad]",
)


def markup_rules() -> list[Rule]:
    """Return the rules that leave out what isn't text."""
    silent = [_rule(pattern, "") for pattern in _SILENT]
    return [
        *silent,
        _rule(r"(?<=[^\W_])_(?=[^\W_])", " "),
        _rule(r"[ \t]{0,8}\|[ \t]{0,8}", ", "),
    ]


def _rule(pattern: str, words: str) -> Rule:
    return Rule(pattern, re.compile(pattern), lambda match: words)
