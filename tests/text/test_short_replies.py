"""Short replies, in several scripts."""

from __future__ import annotations

import pytest

from voxweft.text.short_replies import is_short_reply


@pytest.mark.parametrize(
    "sentence",
    [
        "Yes.",
        "All right.",
        "“Quite so,”",
        "¿Qué?",
        "Bien sûr !",
        "はい。",
        "行こう！",
        "是的。",
        "等一下。",
        "हाँ।",
        "네.",
        "3.",
    ],
)
def test_short(sentence: str) -> None:
    assert is_short_reply(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Nobody would say.", "$12.50", "明日また話しましょう。", "我在这里等你。", "हम कल फिर बात करेंगे।", "…", ""],
)
def test_not_short(sentence: str) -> None:
    assert not is_short_reply(sentence)
