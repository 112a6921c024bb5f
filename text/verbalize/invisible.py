"""Characters without a sound: direction marks, zero-width characters, variation selectors."""

from __future__ import annotations

import re

_JOINING = (
    "\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff\u0710-\u07ff\u0840-\u085b\u08a0-\u08ff\u0900-\u0963\u0966-\u0dff"
    "\u0f40-\u0fbc\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u1820-\u18aa\ufb50-\ufdff\ufe70-\ufefc"
    "\u2194-\u21aa\u2600-\u27bf\u2b05-\u2b55\u20e3\ufe0f\U0001f000-\U0001faff"
)
"""Letters and marks of scripts that need joiners, and emoji, which joiners connect."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef]"
    f"|(?<![{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINING}])"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0001\U000e0020-\U000e007f]+"
)
"""A joiner within a word (Persian, Hindi) or an emoji isn't matched, nor are the tags of a flag."""


def without_invisible(text: str) -> str:
    """Return a text without the characters that no engine can speak."""
    return text if text.isascii() else INVISIBLE.sub("", text)
