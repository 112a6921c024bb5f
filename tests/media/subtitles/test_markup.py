"""Tags and character references of any format in any format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles.markup import (
    Plain,
    markup_ass,
    markup_srt,
    markup_vtt,
    plain_ass,
    plain_srt,
    plain_vtt,
    tidy,
)
from voxweft.media.subtitles.references import resolve_references


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It&#39;s Tom &amp; Jerry.", "It's Tom & Jerry."),
        ("Five &lt; six and &quot;yes&quot;", 'Five < six and "yes"'),
        ("&amp;#39;tis &amp;amp; &#x2019;", "'tis & ’"),
        ("It & # 39; s &quot ; &QUOT;", 'It \' s " "'),
        ("＆＃３９；", "'"),
        ("&#55357;&#56832; caf&eacute;", "😀 café"),
        ("R&D; AT&T &bogus; &copy 5 &", "R&D; AT&T &bogus; &copy 5 &"),
        ("&#0;&#55357;", "\ufffd\ufffd"),
    ],
)
def test_references_are_resolved(text, expected):
    assert resolve_references(text) == expected
    assert plain_ass(text).text == tidy(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<c.yellow>Hi</c> <00:00:01.000><i.loud>you</i>", "Hi you"),
        ("<lang en>Hi</lang><font color='x'>!</font>", "Hi!"),
        (r"Hello,\NBob.\hYes.", "Hello,\nBob. Yes."),
        (r"C:\New \nabla \hbar", r"C:\New \nabla \hbar"),
        ("{Y:i}Hello,|{c:$0000ff}Bob.", "Hello,\nBob."),
        ("{f:Arial}{s:24}{y:b,i}{o:10,20}Hi|", "Hi"),
        ("{i * t} {a, b} {f: x} a|b", "{i * t} {a, b} {f: x} a|b"),
        (r"{\an8}Top{an2} {\p1}m 0 0 l 1 1{\p0}now", "Top now"),
        ("&lt;i&gt;Hi&lt;/i&gt;", "Hi"),
        ("Hi<br/>you<tt:br/>there", "Hi\nyou\nthere"),
        ("one\u2028two", "one\ntwo"),
    ],
)
def test_subrip_with_tags_of_other_formats(text, expected):
    assert plain_srt(text) == Plain(expected)


def test_voices_in_subrip():
    plain = plain_srt("<v Ann>Hi</v>\n<v.loud Bob &amp; Co>Ho</v> you")
    assert plain.text == "Hi\nHo you"
    assert [(voice.speaker, voice.text) for voice in plain.voices] == [("Ann", "Hi"), ("Bob & Co", "Ho"), ("", "you")]
    assert plain_srt("<v Ann>Hi").speaker == "Ann"


HOSTILE = st.text(alphabet="&＆#;<>{}\\/|aNnhqltgtv39:y.\u2060 \n", max_size=30)


@given(st.one_of(HOSTILE, st.sampled_from(["&amp;", "&amp;#39;", "{Y:i}", "<c.x>", r"a\Nb", "{an8}", "&\u2060amp;"])))
def test_what_is_written_is_read_again(text):
    """No text becomes markup or a reference on its way through a file."""
    assert plain_srt(markup_srt(text)).text == tidy(text)
    assert plain_vtt(markup_vtt(text, "")).text == tidy(text)
    assert plain_ass(markup_ass(text)).text == tidy(text)


def test_hostile_texts_take_linear_time():
    for text in (
        "&" * 20_000,
        "&amp;" * 10_000,
        "<" * 20_000,
        "<v " * 10_000,
        "{y:" * 10_000,
        "\\" * 20_000,
        "&#" * 20_000,
    ):
        plain_srt(text)
        plain_vtt(text)
        plain_ass(text)
