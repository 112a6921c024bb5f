"""Leave out Markdown's marks and HTML tags.

Each mark is a rule of its own, without its partner: a sentence may have only one of a pair.
"""

from __future__ import annotations

import re

from .invisible import INVISIBLE
from .rule import Rule, word_list

_IPA = r"/[^/()\s]{1,200}/\)"
_TAGS = word_list("a b center code del em font i img ins kbd mark q s small span strong sub sup u")
_BLOCKS = word_list("blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td th thead tr ul")
_SILENT = (
    r"(?m:^)[ \t]{0,8}(?:>[ \t]?){1,9}",
    r"^\s*#{1,6}\s+",
    r"[ \t]{1,8}#{1,6}(?=\s{0,8}$)",
    r"^\s*[-*+•‣◦▪●○]\s+(?:\[[ xX]\]\s+)?(?=\S)",
    r"(?m:^)[ \t]{0,8}(?:[-*_=~]{3,200}|\|?[ \t:|-]{3,400}\|)[ \t]{0,8}(?m:$)",
    r"`{1,4}(?:(?<=```)[a-z]{1,20}(?=\s{0,8}$|\n))?",
    r"~~",
    r"(?<![\w=])==(?=[^\s=][^=\n]{0,200}==(?![\w=]))|(?<=[\w.!?)*])==(?![\w=])",
    rf"!?\[(?=[^\[\]]{{1,300}}\]\((?!{_IPA}))",
    rf"\]\((?!{_IPA})[^()\s]{{0,2000}}(?:\s{1, 8}\"[^\"]{{0,200}}\")?\)",
    r"(?<![\w*])\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}(?![\w*])|(?<=[^\W\d_])\*{1,3}(?=[^\W\d_])",
    r"(?<![^\W_])_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![^\W_])",
    r"\\(?=[\\*_`#\[\](){}~>|!+-])",
    INVISIBLE.pattern,
)


def markup_rules() -> list[Rule]:
    """Return the rules that leave out what isn't text."""
    silent = [_rule(pattern, "") for pattern in _SILENT]
    tag = rf"</?(?i:{'|'.join([*_TAGS, *_BLOCKS])})(?:\s[^<>]{{0,300}})?/?>"
    return [
        *silent,
        Rule(r"<[/A-Za-z]", re.compile(rf"(?:{tag}){{1,50}}"), _tags),
        # H~2~O
        _rule(r"(?<=[\w)])~(?=\w{1,3}~)|(?:(?<=~\w)|(?<=~\w\w)|(?<=~\w\w\w))~(?=\w)", " "),
        _rule(r"(?:(?<=~\w)|(?<=~\w\w)|(?<=~\w\w\w))~", ""),
        _rule(r"(?<=[^\W_])_(?=[^\W_])", " "),
        _rule(r"[ \t]{0,8}\|[ \t]{0,8}", ", "),
    ]


def _tags(match: re.Match[str]) -> str:
    """Leave out tags; those that start or end a block or a line part the words."""
    text = match.string
    parts = _BLOCK.search(match[0]) and not text[match.start() - 1 : match.start()].isspace()
    after = text[match.end() : match.end() + 1]
    return " " if parts and match.start() and after and not after.isspace() else ""


_BLOCK = re.compile(rf"</?(?i:{'|'.join(_BLOCKS)})(?![a-z0-9])")


def _rule(pattern: str, words: str) -> Rule:
    return Rule(pattern, re.compile(pattern), lambda match: words)
