"""The manifest: every line is valid or invalid by itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.narrate.manifest import (
    BookLine,
    Line,
    Manifest,
    OutputFile,
    OutputLine,
    SegmentLine,
    SegmentVerification,
    SpokenWord,
    decode_line,
    encode_line,
)
from voxweft.jobs.voices.speaker import Speaker
from voxweft.utils.streaming import NamedVoice

BOOK = BookLine(version=1, title="Ein „Buch“\n", speaker=Speaker(engine="tone", voice=NamedVoice("noise")))


def segment(number: int, text: str = "Hello there.") -> SegmentLine:
    return SegmentLine(
        identity=f"{number:032x}-1",
        number=number,
        chapter=1,
        text=text,
        source=(0, len(text)),
        file=f"segments/{number}.wav",
        digest="0" * 16,
        sample_rate=24000,
        n_samples=1000 + number,
        words=(SpokenWord("Hello", 0.0, 0.25, 0, 5),),
        verification=SegmentVerification(rate=0.5, errors=1, recognized="hallo there") if number % 2 else None,
    )


LINES: list[Line] = [
    BOOK,
    segment(1),
    segment(2, "Zeile\nmit Umbruch, \u2028 und 漢字."),
    OutputLine(chapter=1, title="One", inputs="ab", files=(OutputFile("01 One.mp3", 5, 7),), lufs=-20.5),
    segment(3),
]
DATA = b"".join(encode_line(line) for line in LINES)


def manifest_of(data: bytes, folder: str) -> Manifest:
    path = Path(folder) / "manifest.jsonl"
    path.write_bytes(data)
    return Manifest(path)


def test_lines_round_trip():
    assert [decode_line(encode_line(line)[:-1]) for line in LINES] == LINES
    assert DATA.count(b"\n") == len(LINES)


@given(st.integers(0, len(DATA)), st.integers(0, 3))
def test_a_cut_file_keeps_every_complete_line_and_can_be_appended(cut, more):
    with tempfile.TemporaryDirectory() as folder:
        manifest = manifest_of(DATA[:cut], folder)
        whole = DATA[:cut].count(b"\n")
        assert [line for line, _ in manifest.read()] == LINES[:whole]
        added = [segment(100 + number) for number in range(more)]
        places = [manifest.append(line) for line in added]
        assert [line for line, _ in manifest.read()] == [*LINES[:whole], *added]
        assert manifest.damaged_lines == 0
        assert list(manifest.lines_at(places)) == added
        manifest.close()


@given(st.integers(0, len(DATA) - 1), st.integers(0, 7))
@settings(max_examples=200)
def test_a_damaged_byte_loses_only_its_lines(place, bit):
    damaged = DATA[:place] + bytes([DATA[place] ^ (1 << bit)]) + DATA[place + 1 :]
    touched = DATA[:place].count(b"\n")
    # A damaged line end joins two lines.
    lost = {touched, touched + 1} if DATA[place] == 0x0A else {touched}
    with tempfile.TemporaryDirectory() as folder:
        manifest = manifest_of(damaged, folder)
        read = [line for line, _ in manifest.read()]
        assert read == [line for number, line in enumerate(LINES) if number not in lost]
        assert manifest.damaged_lines >= 1
        manifest.close()


@given(st.binary(max_size=300))
def test_other_files_have_no_lines(data):
    with tempfile.TemporaryDirectory() as folder:
        manifest = manifest_of(data, folder)
        assert list(manifest.read()) == []
        manifest.append(BOOK)
        assert [line for line, _ in manifest.read()] == [BOOK]
        manifest.close()


def test_rewriting_replaces_all_lines(tmp_path):
    manifest = manifest_of(DATA, str(tmp_path))
    manifest.rewrite([BOOK, segment(9)])
    assert [line for line, _ in manifest.read()] == [BOOK, segment(9)]
    manifest.append(segment(10))
    assert [line for line, _ in manifest.read()] == [BOOK, segment(9), segment(10)]
    manifest.close()
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.jsonl"]
