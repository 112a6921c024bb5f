"""Sounds in cues: performed, skipped or spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from performer_kit import texts_in
from streaming_kit import ENGINES

from voxweft.jobs.dub import DubJob, DubMode, dub, fit
from voxweft.jobs.run import run
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

REGISTRY = EngineRegistry((ENGINES,))
PERFORMER = Speaker(engine="performer")
TONE = Speaker(engine="tone", params={"chunks": 1, "chunk_samples": 100})
SRT = """1
00:00:01,000 --> 00:00:03,000
(Sighs) Well, all right.

2
00:00:04,000 --> 00:00:05,000
(LAUGHING)

3
00:00:06,000 --> 00:00:08,000
[door slams]
I know [laughs], [whispering] I know.

4
00:00:09,000 --> 00:00:12,000
- Who's there? (coughs)
- ♪ la la ♪ [clears throat] Me.
"""


def dubbed(speaker: Speaker, **options: object) -> DubJob:
    return dub(read_subtitles(SRT.encode()).cues, speaker, REGISTRY, **options)


def payloads(job: DubJob) -> list[str]:
    return [segment.text for segment in job.segments]


WORDS = ["Well, all right.", "I know, I know.", "Who's there?", "Me."]


def test_sounds_that_the_engine_has_are_performed() -> None:
    job = dubbed(PERFORMER, perform_sounds=True)
    assert payloads(job) == [
        "[sigh] Well, all right.",
        "[laugh]",
        "I know [laugh], [whispering] I know.",
        "Who's there?",
        "[clear throat] Me.",
    ]
    assert [part.spoken for part in job.parts] == [WORDS[0], "", *WORDS[1:]]
    assert [part.performed for part in job.parts] == [
        ("sigh",),
        ("laugh",),
        ("laugh", "whispering"),
        (),
        ("clear throat",),
    ]
    assert [one.text for one in job.skipped] == ["[door slams]", "(coughs)", "♪ la la ♪"]
    assert job.notes == ["'cough' is left out: model 'lively' of engine 'performer' doesn't perform it"]


@pytest.mark.parametrize("speaker", [PERFORMER, TONE])
def test_without_the_option_known_sounds_are_skipped(speaker: Speaker) -> None:
    job = dubbed(speaker)
    assert payloads(job) == WORDS
    assert job.notes == []
    assert len(job.skipped) == 8


def test_an_engine_without_sounds_is_reported() -> None:
    job = dubbed(TONE, perform_sounds=True)
    assert payloads(job) == WORDS
    assert job.notes == [
        f"'{name}' is left out: engine 'tone' doesn't perform it"
        for name in ("sigh", "laugh", "whisper", "cough", "clear_throat")
    ]


def test_descriptions_are_kept_but_never_performed_by_accident() -> None:
    assert payloads(dubbed(PERFORMER, keep_sounds=True))[2] == "[door slams] I know (laughs), (whispering) I know."
    both = payloads(dubbed(PERFORMER, keep_sounds=True, perform_sounds=True))
    assert both[2] == "[door slams] I know [laugh], [whispering] I know."
    assert both[3] == "Who's there? (coughs)"


def test_each_speaker_performs_what_its_engine_has() -> None:
    cues = read_subtitles(
        b"1\n00:00:01,000 --> 00:00:02,000\nANN: (laughs) Hi.\n\n2\n00:00:03,000 --> 00:00:04,000\nBOB: (laughs) Hi.\n"
    ).cues
    cast = Cast(members=(CastSpeaker(name="Ann", engine="performer"), CastSpeaker(name="Bob", engine="tone")))
    job = dub(cues, TONE, REGISTRY, cast=cast, perform_sounds=True)
    assert payloads(job) == ["[laugh] Hi.", "Hi."]
    assert [(one.cue, one.text) for one in job.skipped] == [(1, "(laughs)")]


def test_slots_are_shared_by_the_words_alone() -> None:
    plain = dub(read_subtitles(b"1\n00:00:00,000 --> 00:00:04,000\n- Yes.\n- No, no.\n").cues, PERFORMER, REGISTRY)
    tagged = dub(
        read_subtitles(b"1\n00:00:00,000 --> 00:00:04,000\n- Yes. (laughs)\n- No, no.\n").cues,
        PERFORMER,
        REGISTRY,
        perform_sounds=True,
    )
    assert payloads(tagged) == ["Yes. [laugh]", "No, no."]
    assert tagged.slots == plain.slots


@pytest.mark.parametrize("mode", [DubMode.FIT, DubMode.NATURAL])
def test_a_dub_with_sounds_runs(runtime: Runtime, mode: DubMode) -> None:
    job = dub(read_subtitles(SRT.encode()).cues, PERFORMER, runtime.registry, mode=mode, perform_sounds=True)
    fit(job, runtime)
    assert texts_in(np.concatenate([*run(job, runtime)])) == payloads(job)
    report = job.report()
    assert [(cue.spoken_text, cue.performed) for cue in report.cues][:2] == [(WORDS[0], ("sigh",)), ("", ("laugh",))]
    assert [cue.text for cue in job.subtitles()] == [cue.text for cue in job.cues]


def test_only_sounds_that_nobody_performs_are_an_error_as_before() -> None:
    cues = read_subtitles(b"1\n00:00:01,000 --> 00:00:02,000\n(laughs)\n").cues
    with pytest.raises(ValueError, match="all cues are sound descriptions; use keep_sounds"):
        dub(cues, TONE, REGISTRY, perform_sounds=True)
    assert payloads(dub(cues, PERFORMER, REGISTRY, perform_sounds=True)) == ["[laugh]"]


def test_the_text_is_normalized_and_shown_as_written() -> None:
    registry = EngineRegistry((ENGINES,))
    cues = read_subtitles(
        "1\n00:00:01,000 --> 00:00:03,000\nWe sold 12 of 30 houses.\n\n2\n00:00:04,000 --> 00:00:05,000\n🎉\n".encode()
    ).cues
    speaker = Speaker(engine="still", language="en")
    job = dub(cues, speaker, registry)
    assert payloads(job) == ["We sold twelve of thirty houses."]
    assert [part.spoken for part in job.parts] == ["We sold 12 of 30 houses."]
    assert payloads(dub(cues, speaker, registry, normalize=False)) == ["We sold 12 of 30 houses.", "🎉"]
    assert payloads(dub(cues, speaker, registry, name_emoji=True))[1] == "party popper"


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "captions.md"
_OPTIONS = {
    "Ann": {"cast": Cast(members=(CastSpeaker(name="Ann"), CastSpeaker(name="健太")))},
    "TED": {"keep_labels": ("ted:",)},
}


def conventions() -> Iterator[tuple[str, ...]]:
    """Yield each row of the tables, after the heading of its table."""
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").split("\n"):
        heading = line if line.startswith("## ") else heading
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 5 and cells[0] != "convention":
            yield heading, *cells


def written(cell: str) -> list[str]:
    """Return the pieces of code in a cell."""
    shown = re.sub(r"⟨U\+([0-9A-F]+)⟩", lambda match: chr(int(match[1], 16)), cell)
    return [piece.replace("⏎", "\n") for piece in re.findall(r"`([^`]*)`", shown)]


@pytest.mark.parametrize("row", [*conventions()], ids=lambda row: " ".join(row[1:3]))
def test_the_conventions_in_the_docs(row: tuple[str, ...]) -> None:
    heading, _, cues, spoken, speakers, skipped = row
    times = "00:00:{:02d},000 --> 00:00:{:02d},500\n{}\n\n"
    srt = "".join(f"{at}\n" + times.format(at, at, text) for at, text in enumerate(written(cues), 1))
    options = next((options for word, options in _OPTIONS.items() if word in heading), {})
    read = read_subtitles(srt.encode()).cues
    if spoken == "–" and skipped == "–":
        job = dub(
            (*read, msgspec.structs.replace(read[0], start_ms=90_000, end_ms=91_000, text="End.")), TONE, REGISTRY
        )
        assert {(cue.status, cue.text) for cue in job.report().cues} == {("silent", text) for text in written(cues)}
        return
    if spoken == "–":
        with pytest.raises(ValueError, match="all cues are sound descriptions"):
            dub(read, TONE, REGISTRY)
        job = dub(
            (*read, msgspec.structs.replace(read[0], start_ms=90_000, end_ms=91_000, text="End.")), TONE, REGISTRY
        )
        assert [part.spoken for part in job.parts] == ["End."]
    else:
        job = dub(read, TONE, REGISTRY, **options)
        assert [part.spoken for part in job.parts] == written(spoken)
        assert [part.speaker or "–" for part in job.parts] == speakers.split(", ")
    assert [sound.text for sound in job.skipped] == written(skipped)
