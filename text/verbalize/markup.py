"""Leave out Markdown's marks, HTML tags and emoji.

Each mark is a rule of its own, without its partner: a sentence may have only one of a pair.
"""

from __future__ import annotations

import re

from .rule import Rule

_EMOJI = (
    "(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa\u25fb-\u25fe"
    "\u3030\u303d\u3297\u3299][\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f]{0,8}|[0-9#*]\ufe0f?\u20e3)"
)
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
    rf"\]\((?!{_IPA})[^()\s]{{0,2000}}(?:\s{1,8}\"[^\"]{{0,200}}\")?\)",
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
        Rule(rf"\s{{0,8}}{_EMOJI}", re.compile(rf"\s{{0,8}}(?:{_EMOJI}\s{{0,8}})+"), _between),
    ]


def _rule(pattern: str, words: str) -> Rule:
    return Rule(pattern, re.compile(pattern), lambda match: words)


def _between(match: re.Match[str]) -> str:
    """Return the space that stays where emoji were."""
    text, start, end = match.string, match.start(), match.end()
    at_edge = start == 0 or end == len(text) or text[end] in ".,;:!?…)]}»”’"
    return "" if at_edge or not (match[0][0].isspace() or match[0][-1].isspace()) else " "
