"""Text that is spoken while it is written: the same audio as the whole text, and immediate cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from performer_kit import texts_in
from streaming_kit import eventually

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.speak.pauses import Pauses
from voxweft.jobs.speak.streaming_input import LiveSpeech
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.runtime import Runtime

TONE = Speaker(engine="tone", params={"chunks": 2})


async def heard(speech: LiveSpeech, pieces: Sequence[str]) -> np.ndarray:
    async def write() -> None:
        for piece in pieces:
            speech.push(piece)
            await asyncio.sleep(0)
        speech.finish()

    writing = asyncio.create_task(write())
    blocks = [block async for block in speech]
    await writing
    return np.concatenate([np.zeros(0, np.float32), *blocks])


@pytest.mark.parametrize("pauses", [None, Pauses(scale=2.5)])
def test_the_audio_is_that_of_the_whole_text(runtime: Runtime, pauses: Pauses | None) -> None:
    text = "One here. Two there.\n\nThree."
    speech = None

    async def live() -> np.ndarray:
        nonlocal speech
        speech = LiveSpeech(TONE, runtime, pauses=pauses)
        speech.job.words = []
        return await heard(speech, [*text])

    samples = asyncio.run(live())
    whole = np.concatenate([*run(speak(text, TONE, runtime.registry, pauses=pauses), runtime)])
    assert np.array_equal(samples, whole)
    assert [word.text for word in speech.job.words] == ["One", "here.", "Two", "there.", "Three."]
    starts = [word.start_s for word in speech.job.words]
    assert starts == sorted(starts)
    assert starts[2] >= speech.job.placed[1].start_sample / speech.sample_rate


MARKS = ["...", "\u200b", "—", "(((", " * \n* ", "🎉 **", "[pause:1s]", "[pause:1s] … [pause:500ms]", "[laughs]"]


@pytest.mark.parametrize("text", MARKS)
@pytest.mark.parametrize("markup", [False, True])
def test_marks_alone_are_the_same_pause_however_they_arrive(runtime: Runtime, text: str, markup: bool) -> None:
    job = speak(text, TONE, runtime.registry, markup=markup)
    whole = np.concatenate([np.zeros(0, np.float32), *run(job, runtime)])
    for pieces in ([text], [*text]):
        speech = LiveSpeech(TONE, runtime, markup=markup)
        assert np.array_equal(asyncio.run(heard(speech, pieces)), whole)
        assert speech.job.is_silent == job.is_silent


def test_low_latency_holds_for_what_a_listener_waits_for(runtime: Runtime) -> None:
    async def live() -> list[bool]:
        speech = LiveSpeech(Speaker(engine="tone", params={"chunks": 1}, low_latency=True), runtime)

        async def write() -> None:
            speech.push("One. Two. Three.\n\n")
            while len(speech.job.placed) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            speech.push("Four.\n\n")  # three is still being played
            while len(speech.job.placed) < 4 or not speech._is_awaiting:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            speech.push("Five. Six.")
            speech.finish()

        writing = asyncio.create_task(write())
        async for _ in speech:
            pass
        await writing
        return ["chunk_samples" in segment.params for segment in speech.job.segments]

    assert asyncio.run(live()) == [True, False, False, False, True, False]


def test_cancel_ends_the_audio_at_once(runtime: Runtime) -> None:
    slow = Speaker(engine="tone", params={"chunks": 500, "delay_s": 0.02})

    async def live() -> int:
        speech = LiveSpeech(slow, runtime)
        speech.push("Something long. And more")
        n_blocks = 0
        async for _ in speech:
            n_blocks += 1
            speech.cancel()
        with pytest.raises(ValueError, match="finished"):
            speech.push("more")
        return n_blocks

    assert asyncio.run(live()) == 1
    eventually(lambda: not runtime.coordinator.jobs, "the job is over")


def test_cancelled_before_iteration_there_is_no_audio(runtime: Runtime) -> None:
    async def live() -> int:
        speech = LiveSpeech(TONE, runtime)
        speech.push("Never heard. Never")
        speech.cancel()
        return len([block async for block in speech])

    assert asyncio.run(live()) == 0


def test_a_failure_is_raised_in_the_iteration(runtime: Runtime) -> None:
    async def live() -> None:
        await heard(LiveSpeech(Speaker(engine="tone", params={"fault": "raise"}), runtime), ["Trouble."])

    with pytest.raises(SegmentError, match="the engine's own message"):
        asyncio.run(live())


def test_sounds_arrive_in_parts(runtime: Runtime) -> None:
    """A tag is performed or left out whole, and only tags give no audio where there are no sounds."""

    async def live(speaker: Speaker, pieces: Sequence[str]) -> tuple[np.ndarray, LiveSpeech]:
        speech = LiveSpeech(speaker, runtime)
        return await heard(speech, pieces), speech

    pieces = ["Well, my dear friend [lau", "ghs], yes", ". [", "coughs] I know. ", "[sigh", "s]"]
    samples, speech = asyncio.run(live(Speaker(engine="performer"), pieces))
    assert texts_in(samples) == ["Well, my dear friend [laugh],", "yes.", "I know. [sigh]"]
    assert list(speech.notes) == ["[coughs] is left out: model 'lively' of engine 'performer' doesn't perform it"]
    samples, speech = asyncio.run(live(Speaker(engine="performer", model="quiet"), pieces))
    assert texts_in(samples) == ["Well, my dear friend,", "yes.", "I know."]
    assert len(speech.notes) == 3
    samples, speech = asyncio.run(live(TONE, ["[lau", "ghs]"]))
    assert samples.size == 0
    assert list(speech.notes) == ["[laughs] is left out: engine 'tone' doesn't perform it"]
