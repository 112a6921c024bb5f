"""Decoding: byte order marks, guesses, line ends, and files that aren't text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.media.subtitles import ReadOptions, SubtitleError, read_subtitles
from voxweft.media.subtitles.decode import decode_text

SRT = "1\n00:00:01,000 --> 00:00:02,000\nCafé, 一丁 Ā\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark(mark, encoding):
    file = read_subtitles(mark + SRT.encode(encoding))
    assert file.cues[0].text == "Café, 一丁 Ā"
    assert file.encoding == encoding
    assert file.notes == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(encoding):
    file = read_subtitles(SRT.encode(encoding))
    assert (file.cues[0].text, file.encoding) == ("Café, 一丁 Ā", encoding)
    assert [note.kind for note in file.notes] == ["encoding"]


def test_utf8_without_mark():
    decoded = decode_text(SRT.encode())
    assert (decoded.encoding, decoded.guessed) == ("utf-8", False)


def test_windows_1252_is_noted():
    file = read_subtitles("1\n00:00:01,000 --> 00:00:02,000\nCafé “noir” – 5 €\n".encode("cp1252"))
    assert (file.cues[0].text, file.encoding) == ("Café “noir” – 5 €", "cp1252")
    assert [note.kind for note in file.notes] == ["encoding"]


def test_an_invalid_byte_names_its_line():
    with pytest.raises(SubtitleError, match=r"^line 3: .*UTF-8") as caught:
        decode_text("größer\r\nзвёзды\r".encode() + b"thr\xe9\x81ee\n")
    assert caught.value.line == 3


def test_invalid_utf8_after_a_byte_order_mark_is_an_error():
    with pytest.raises(SubtitleError, match=r"^line 2: .*UTF-8"):
        decode_text(codecs.BOM_UTF8 + b"one\ncaf\xe9\n")


def test_cut_utf16_names_its_line():
    with pytest.raises(SubtitleError, match=r"^line 2: "):
        decode_text(codecs.BOM_UTF16_LE + "one\ntwo".encode("utf-16-le")[:-1])


@pytest.mark.parametrize("data", [b"one\ntwo\0\0three", b"\0" * 64, bytes(range(256)) * 4, b"PK\3\4\0\0\0\0xy\0\0"])
def test_nul_characters_are_rejected(data):
    with pytest.raises(SubtitleError, match=r"^line \d+: .*text"):
        decode_text(data)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert decode_text(f"a{end}b{end}{end}c".encode()).lines == ["a", "b", "", "c"]


def test_only_line_ends_end_a_line():
    assert decode_text("a\x0b\x0c\x85\u2028b".encode()).lines == ["a\x0b\x0c\x85\u2028b"]


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_rejected(data):
    try:
        decoded = decode_text(data)
    except SubtitleError:
        return
    assert decoded.lines
    assert not any(c in line for line in decoded.lines for c in "\0\r\n")


@given(st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=("Cs",))))
def test_utf8_text_round_trips(text):
    assert "\n".join(decode_text(codecs.BOM_UTF8 + text.encode()).lines) == text


@pytest.mark.parametrize("damage", [lambda data: data + b"\0" * 4096, lambda data: data.replace(b"e", b"e\0", 1)])
def test_stray_nul_bytes_are_left_out(damage):
    data = "1\n00:00:01,000 --> 00:00:02,000\nHello there, dear Zoë.\n".encode()
    file = read_subtitles(damage(data))
    assert [cue.text for cue in file.cues] == ["Hello there, dear Zoë."]
    assert [note.message for note in file.notes] == ["NUL bytes, which no text has, are left out"]
    with pytest.raises(SubtitleError, match=r"not a (valid )?text file"):
        read_subtitles(damage(data), options=ReadOptions(strict=True))
