"""Live transcription of real speech by a real Whisper: no invented words, small lags, few passes, through faults too.

Most figures come from the policy on a clock on which every pass takes 0.3 s, so the machine's load changes nothing.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from real_speech import WHISPER, real, speak

from benchmarks.live import Figures, measured
from benchmarks.live_ear import RATE_HZ, Ear, Heard, words_of
from benchmarks.live_policies import ours, plain_agreement
from benchmarks.live_texts import PASSAGES
from voxweft.jobs.transcribe.live.session import Committed, LiveSession, Partial
from voxweft.jobs.transcribe.recognizer import Recognizer
from voxweft.media.audio.resample import resampled
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming.runtime import Runtime

pytestmark = real
Samples = NDArray[np.float32]


class Talk(NamedTuple):
    text: str
    samples: Samples


@pytest.fixture(scope="module")
def talks(runtime: Runtime) -> list[Talk]:
    """The passages at 16 kHz, each with a second of slight noise after it."""
    made = []
    for voice, text in PASSAGES[:2]:
        speech = speak(runtime, text, voice)
        samples = np.append(resampled(speech.samples, speech.sample_rate, RATE_HZ), np.zeros(RATE_HZ, np.float32))
        noise = np.random.default_rng(0).standard_normal(len(samples), dtype=np.float32)
        made.append(Talk(text, samples + noise * np.float32(10**-3.2)))
    return made


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear.load(WHISPER)


def figures(heard: Heard, talk: Talk, ear: Ear) -> Figures:
    return measured(heard, talk.text, words_of(ear.hear(talk.samples)), talk.samples)


def test_live_equals_the_file_invents_nothing_and_is_soon(talks: list[Talk], ear: Ear) -> None:
    talk = talks[0]
    file = 100 * word_error_rate(talk.text, "".join(word.text for word in words_of(ear.hear(talk.samples)))).rate
    found = figures(ours(talk.samples, ear), talk, ear)
    assert found["invented"] == 0
    assert found["wer_percent"] <= file + 1.0
    assert found["commit_p50_s"] <= 1.2
    assert found["commit_p95_s"] <= 2.5
    assert found["seen_p50_s"] <= 0.8
    assert found["seen_p95_s"] <= 1.15
    assert found["changed_percent"] <= 15.0
    assert found["passes_per_s"] <= 1.35


def test_local_agreement_needs_more_passes_for_the_same_lag(talks: list[Talk], ear: Ear) -> None:
    talk = Talk(talks[0].text, talks[0].samples[: 8 * RATE_HZ])
    mine = figures(ours(talk.samples, ear), talk, ear)
    plain = figures(plain_agreement(talk.samples, ear, 0.5), talk, ear)
    assert mine["commit_p50_s"] <= plain["commit_p50_s"] + 0.1
    assert mine["passes_per_s"] <= 0.8 * plain["passes_per_s"]


def clipped(samples: Samples) -> Samples:
    return np.clip(samples * 12, -0.99, 0.99)


def far_away(samples: Samples) -> Samples:
    """In a room, and quiet."""
    times_s = np.arange(RATE_HZ // 2) / RATE_HZ
    echo = np.random.default_rng(1).standard_normal(len(times_s)) * np.exp(-6.9 * times_s / 0.4) * 0.1
    echo[0] = 1.0
    size = len(samples) + len(echo)
    in_room = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echo, size), size)[: len(samples)]
    return np.asarray(0.03 * in_room / np.abs(in_room).max(), np.float32)


def noisy(samples: Samples) -> Samples:
    noise = np.random.default_rng(2).standard_normal(len(samples), dtype=np.float32)
    return samples + noise * np.float32(0.3 * np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("change", [clipped, far_away, noisy])
def test_bad_recordings_lose_little_and_invent_nothing(talks: list[Talk], ear: Ear, change: object) -> None:
    """In comparison with the clean recording; where the file loses words, too, live loses few more."""
    clean = talks[0].samples[: 8 * RATE_HZ]
    changed = change(clean)
    text, file = ("".join(word.text for word in words_of(ear.hear(samples))) for samples in (clean, changed))
    errors = word_error_rate(text, ours(changed, ear).text)
    assert errors.insertions <= 1, errors
    assert errors.rate <= word_error_rate(text, file).rate + 0.15, errors


def test_noise_without_a_voice_gives_no_words(ear: Ear) -> None:
    noise = np.random.default_rng(3).standard_normal(6 * RATE_HZ, dtype=np.float32)
    hum = np.sin(np.arange(6 * RATE_HZ, dtype=np.float32) * (2 * np.pi * 110 / RATE_HZ))
    for sound in (noise * 0.1, noise * 0.001, hum * 0.2, np.sign(hum) * np.abs(noise) * 0.1, noise * 0):
        assert ours(sound.astype(np.float32), ear).text == ""


def test_a_stream_that_ends_in_a_word_invents_none(talks: list[Talk], ear: Ear) -> None:
    talk = talks[0]
    word = words_of(ear.hear(talk.samples))[12]
    cut = talk.samples[: round((word.start_s + word.end_s) / 2 * RATE_HZ)]
    errors = word_error_rate(talk.text, ours(cut, ear).text)
    assert errors.insertions == 0
    assert errors.words - errors.deletions >= 11
    assert errors.substitutions <= 1


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_session_whose_recognizer_dies_loses_and_invents_no_word(runtime: Runtime, talks: list[Talk]) -> None:
    """As fast as the model takes it, as a pipe would feed it."""
    talk = talks[1]
    listener = Recognizer(engine="faster_whisper", model="base", language="en")

    async def listen() -> tuple[str, int]:
        async with LiveSession(listener, runtime) as session:

            async def feed() -> None:
                for start in range(0, len(talk.samples), RATE_HZ // 10):
                    await session.feed(talk.samples[start : start + RATE_HZ // 10], RATE_HZ)
                    if start == 6 * RATE_HZ:
                        stats = await runtime.arun(runtime.stats())
                        for pid in (pid for one in stats if one.engine == "faster_whisper" for pid in one.pids):
                            os.kill(pid, signal.SIGKILL)
                await session.finish()

            feeding = asyncio.create_task(feed())
            events = [event async for event in session]
            await feeding
        words = [word for event in events if isinstance(event, Committed) for word in event.words]
        return "".join(word.text for word in words), sum(isinstance(event, Partial) for event in events)

    text, n_partial = asyncio.run(listen())
    errors = word_error_rate(talk.text, text)
    assert errors.insertions == 0, text
    assert errors.rate <= 0.04, text
    assert n_partial > 0
