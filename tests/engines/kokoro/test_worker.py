"""The Kokoro engine in real workers: output, repetition, crashes, cancels, and released memory."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from optional import skip_without

skip_without("kokoro")

from fixtures_kokoro import (
    LANGUAGES,
    RATE_HZ,
    SPOKEN,
    WEIGHTS,
    Recorder,
    assert_words_cover,
    bomb,
    checkpoint,
    english_model,
    open_runtime,
    other_weights,
    own_copy,
    segment,
    surroundings,
)
from kokoro_checkpoint import write_voice
from streaming_kit import EventLog, child_pids, collect, eventually, is_running

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak as speak_job
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming import AudioChunk, MixedVoice, SegmentDone, StreamingSegment, TensorVoice, VoicePart
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

pytestmark = pytest.mark.usefixtures("no_hang")
FRESH = StreamOptions(use_cache=False)
TEXT = "Dr. Smith's schedule says 3.14 hours. Isn't that long? Nobody knows… I do!"
GRACE_S = 1.5


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    return Recorder(tmp_path_factory.mktemp("recorder"))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for the workers' temporary files."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def surrounded(tmp_path_factory: pytest.TempPathFactory, recorder: Recorder, scratch: Path) -> Iterator[None]:
    """Use misaki for English, here and in workers."""
    with surroundings(english_model(tmp_path_factory), recorder.folder, TMPDIR=str(scratch), **recorder.variables):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's folder; tests add and replace voices in it."""
    return own_copy(checkpoint(tmp_path_factory), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory, folder: Path, surrounded: None) -> Iterator[Runtime]:
    """A runtime with one worker for most tests, which is killed if it doesn't stop soon after a cancel."""
    registry = EngineRegistry()
    registry.specs["kokoro"] = msgspec.structs.replace(registry.get("kokoro"), cancel_grace_s=GRACE_S)
    opened = open_runtime(folder, tmp_path_factory.mktemp("runtime"), registry=registry)
    yield opened
    opened.close()


def pid_of(runtime: Runtime) -> int:
    """Return the pid of Kokoro's only worker."""
    (pid,) = next(model.pids for model in runtime.run(runtime.stats()) if model.engine == "kokoro")
    return pid


def heard_of(runtime: Runtime, *segments: StreamingSegment, fresh: bool = True) -> EventLog:
    return collect(runtime.stream(segments, FRESH if fresh else None))


def samples_of(runtime: Runtime, spoken: StreamingSegment, *, fresh: bool = True) -> np.ndarray:
    return heard_of(runtime, spoken, fresh=fresh).samples(0)


def failure_of(runtime: Runtime, spoken: StreamingSegment) -> str:
    with pytest.raises(SegmentError) as caught:
        heard_of(runtime, spoken)
    return caught.value.failure.message


# Output


def test_a_text_has_its_estimated_duration_and_is_cached(runtime: Runtime) -> None:
    text = f"{TEXT}\n\nA new paragraph, with a [name](/nˈAm/) in it."
    job = speak_job(text, Speaker(engine="kokoro"), runtime.registry)
    first = np.concatenate(list(run(job, runtime)))
    report = job.report()
    assert report.sample_rate == RATE_HZ
    assert first.size == round(report.duration_s * RATE_HZ)
    assert [chunk.status for chunk in report.segments] == ["spoken"] * 5
    for chunk in report.segments:
        assert np.abs(first[chunk.start_sample : chunk.end_sample]).max() > 0.01
    rows = runtime.run(runtime.estimate(tuple(job.segments), (1.0,)))
    assert [row[0] for row in rows] == [(chunk.end_sample - chunk.start_sample) / RATE_HZ for chunk in report.segments]
    again = speak_job(text, Speaker(engine="kokoro"), runtime.registry)
    assert np.array_equal(first, np.concatenate(list(run(again, runtime))))
    assert all(chunk.cached for chunk in again.report().segments)


def test_words_have_their_spans_in_the_users_text(runtime: Runtime) -> None:
    text = "“Dr. Smith paid $3.50,” she [said](/sˈɛd/): naïve  café, e.g. 😀 on 1/2/2024!"
    heard = heard_of(runtime, segment(text))
    assert_words_cover(text.replace("(/sˈɛd/)", "        "), heard.words[0])
    assert heard.words[0][-1].end_s <= heard.samples(0).size / RATE_HZ
    words = [word.text for word in heard.words[0]]
    assert {"Smith", "said", "naïve", "café"} <= set(words)


def test_low_latency_changes_only_the_chunks(runtime: Runtime) -> None:
    text = (
        "When I came home nobody of all the people that I knew in those days was there to open the heavy door for me "
        "when I knocked at it in the rain. So I went to bed."
    )
    kept = [heard_of(runtime, chunk, fresh=False) for chunk in (segment(text), segment(text, streaming="clauses")) * 2]
    assert [heard.done[0].stats.cache_hit for heard in kept] == [False, False, True, True]
    whole, quick = kept[:2]
    sizes = [
        [event.samples.size for event in heard.events if isinstance(event, AudioChunk)] for heard in (whole, quick)
    ]
    assert sum(sizes[0]) == whole.samples(0).size == round(whole.done[0].stats.audio_s * RATE_HZ)
    assert sizes[1][0] < sizes[0][0]
    assert sum(sizes[1]) == sum(sizes[0])
    assert quick.words[0] == whole.words[0]
    assert_words_cover(text, quick.words[0])
    assert np.array_equal(kept[2].samples(0), whole.samples(0))
    assert np.array_equal(kept[3].samples(0), quick.samples(0))


def test_speech_is_in_range_and_silent_at_its_ends(runtime: Runtime) -> None:
    samples = samples_of(runtime, segment(TEXT))
    assert np.abs(samples).max() <= 1.0
    assert samples[0] == pytest.approx(0, abs=1e-3)
    assert samples[-1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_is_spoken_without_connections_or_processes(
    runtime: Runtime, recorder: Recorder, code: str
) -> None:
    voice, tag, text = SPOKEN[code]
    heard = heard_of(runtime, segment(text, voice), segment(text, voice, tag, index=1))
    assert np.sqrt(np.mean(np.square(heard.samples(0)))) > 0.003
    assert np.array_equal(heard.samples(0), heard.samples(1)), "the voice's language is the default"
    for words in heard.words.values():
        assert_words_cover(text, words)
    assert recorder.tried(pid_of(runtime)) == [], "no connection, no process"


def test_the_segments_language_takes_precedence_over_the_voices(runtime: Runtime) -> None:
    text = "Information"
    alone = samples_of(runtime, segment(text, "af_heart"))
    for tag in ("en-GB", "es", "fr", "it", "pt-BR"):
        assert not np.array_equal(alone, samples_of(runtime, segment(text, "af_heart", tag))), tag
    assert np.array_equal(alone, samples_of(runtime, segment(text, "af_heart", "en")))
    assert np.array_equal(alone, samples_of(runtime, segment(text, "af_heart", "EN-us")))


def test_an_unsupported_language_is_rejected(runtime: Runtime) -> None:
    refused = "engine 'kokoro' doesn't speak the language 'de'; these do: "
    assert failure_of(runtime, segment("Hallo", None, "de")).startswith(refused)
    with pytest.raises(ValueError, match=refused):
        speak_job("Hallo", Speaker(engine="kokoro", language="de"), runtime.registry)


# Voices


def test_voices_by_name_mix_file_and_tensor(runtime: Runtime, folder: Path, tmp_path: Path) -> None:
    text = "Who is this?"
    heart, bella, nova = (samples_of(runtime, segment(text, name)) for name in ("af_heart", "af_bella", "af_nova"))
    parts = VoicePart("af_heart", 2.0), VoicePart("af_bella", 1.0)
    mix = samples_of(runtime, segment(text, MixedVoice(parts)))
    mine = write_voice(folder / "voices" / "bm_mine.pt", seed=99)
    own = samples_of(runtime, segment(text, "bm_mine", "en-US"))
    tensor = samples_of(runtime, segment(text, TensorVoice(runtime.blobs.put(mine.read_bytes())), "en-US"))
    assert len({samples.tobytes() for samples in (heart, bella, nova, mix, own)}) == 5
    assert np.array_equal(own, tensor)
    assert np.array_equal(nova, samples_of(runtime, segment(text, "nova"))), "OpenAI's name for the voice"
    assert np.array_equal(mix, samples_of(runtime, segment(text, MixedVoice(tuple(reversed(parts))))))
    listed = {info.name: info for info in runtime.run(runtime.voices("kokoro"))}
    assert (listed["bm_mine"].title, listed["bm_mine"].languages, listed["bm_mine"].gender) == (
        "your own file",
        ("en-GB",),
        "male",
    )
    assert {voice for voice, _, _ in SPOKEN.values()} | {"af_bella", "af_nova"} <= set(listed)


def test_an_unknown_voice_names_the_nearest(runtime: Runtime) -> None:
    pid = pid_of(runtime)
    assert "no voice 'af_hart'; did you mean 'af_heart'" in failure_of(runtime, segment("Hi.", "af_hart"))
    mix = MixedVoice((VoicePart("af_heart", 1.0), VoicePart("af_belle", 1.0)))
    assert "part 'af_belle' of the voice mix: Kokoro has no voice" in failure_of(runtime, segment("Hi.", mix))
    assert "download it with: voxweft models pull kokoro --voices am_puck" in failure_of(
        runtime, segment("Hi.", "am_puck")
    )
    assert pid_of(runtime) == pid


def test_a_replaced_voice_is_used_at_once(runtime: Runtime, folder: Path) -> None:
    text = "Who is this now?"
    voice = write_voice(folder / "voices" / "af_mine.pt", seed=7)
    before = heard_of(runtime, segment(text, "af_mine", "en"), fresh=False)
    write_voice(voice.with_suffix(".new"), seed=8).replace(voice)
    after = heard_of(runtime, segment(text, "af_mine", "en"), fresh=False)
    assert not after.done[0].stats.cache_hit
    assert not np.array_equal(before.samples(0), after.samples(0))
    write_voice(voice.with_suffix(".new"), seed=7).replace(voice)
    back = heard_of(runtime, segment(text, "af_mine", "en"), fresh=False)
    assert back.done[0].stats.cache_hit
    assert np.array_equal(before.samples(0), back.samples(0))


def test_the_cache_uses_a_voices_content_if_the_language_is_given(runtime: Runtime, folder: Path) -> None:
    voice = write_voice(folder / "voices" / "am_first.pt", seed=17)
    shutil.copy(voice, voice.with_name("am_second.pt"))
    first = heard_of(runtime, segment("Who else?", "am_first", "it"), fresh=False)
    second = heard_of(runtime, segment("Who else?", "am_second", "it"), fresh=False)
    assert [heard.done[0].stats.cache_hit for heard in (first, second)] == [False, True]
    assert np.array_equal(first.samples(0), second.samples(0))


@pytest.mark.parametrize("fault", ["bomb", "shape", "damaged", "text"])
def test_an_invalid_voice_is_rejected_by_name(runtime: Runtime, folder: Path, tmp_path: Path, fault: str) -> None:
    import torch

    pid = pid_of(runtime) if runtime.run(runtime.stats()) else 0
    marker = tmp_path / "executed"
    file = folder / "voices" / f"af_{fault}.pt"
    if fault == "bomb":
        torch.save(bomb(marker), file)
    elif fault == "shape":
        torch.save(torch.zeros(510, 256), file)
    elif fault == "damaged":
        data = bytearray((folder / "voices" / "af_heart.pt").read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    else:
        file.write_text("no voice")
    message = failure_of(runtime, segment("Hi.", f"af_{fault}"))
    assert file.name in message
    tensor = TensorVoice(runtime.blobs.put(file.read_bytes()))
    assert "voice" in failure_of(runtime, segment("Hi.", tensor))
    assert not marker.exists()
    assert heard_of(runtime, segment("Hi.")).done[0].stats.worker == pid_of(runtime)
    assert pid in (0, pid_of(runtime))


# Repetition


def test_the_same_segment_gives_the_same_samples_after_any_other(runtime: Runtime) -> None:
    spoken = segment("Once upon a time.", "af_bella", seed=3)
    first = samples_of(runtime, spoken)
    others = (segment("Ein Mann", "if_sara"), segment("Later.", speed=2.0, seed=9), segment("你好", "zf_xiaobei"))
    for other in others:
        heard = heard_of(runtime, other, msgspec.structs.replace(spoken, index=1))
        assert np.array_equal(heard.samples(1), first)


def test_seeds_change_the_samples_and_output_without_a_seed_is_not_cached(runtime: Runtime) -> None:
    text = "Once upon a time."
    zero, one = (samples_of(runtime, segment(text, seed=seed)) for seed in (0, 1))
    assert zero.size == one.size, "a seed doesn't change the length"
    assert not np.array_equal(zero, one)
    assert np.array_equal(zero, samples_of(runtime, segment(text, seed=0)))
    unseeded = [heard_of(runtime, segment(text, seed=None), fresh=False) for _ in range(2)]
    assert not any(heard.done[0].stats.cache_hit for heard in unseeded)
    assert not np.array_equal(unseeded[0].samples(0), unseeded[1].samples(0))


def temporary_folders(scratch: Path) -> set[str]:
    return {path.name for path in scratch.iterdir() if path.name.startswith("voxweft-")}


def test_after_a_killed_worker_the_output_is_unchanged_and_no_temporary_folder_remains(
    runtime: Runtime, scratch: Path
) -> None:
    # Spanish needs eSpeak NG alone, so the replacement starts without spaCy.
    spoken = segment(
        "Esta es la primera frase. Y esta, cuyo final no conoce nadie, es más larga de lo que es.", None, "es"
    )
    whole = heard_of(runtime, spoken)
    pid = pid_of(runtime)
    heard = EventLog()
    for event in runtime.stream([spoken], FRESH):
        heard.take(event)
        if isinstance(event, AudioChunk) and pid:
            os.kill(pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            pid = 0
    assert heard.done[0].stats.attempts == 2
    assert np.array_equal(heard.samples(0), whole.samples(0))
    assert heard.words[0] == whole.words[0]
    if os.name == "posix":
        assert temporary_folders(scratch) == set()


def test_a_cancel_inside_a_chunk_frees_the_worker(runtime: Runtime) -> None:
    # One pass that takes several times the grace period after which the worker is killed.
    long = segment(" ".join(["anywhere"] * 45), index=1, speed=0.25)
    heard = heard_of(runtime, segment("Hello."))
    pid = pid_of(runtime)
    assert heard.done[0].stats.worker == pid
    stream = runtime.stream([segment("Hello."), long], FRESH)
    events = iter(stream)
    next(event for event in events if isinstance(event, SegmentDone))
    (entry,) = runtime.loader._entries.values()
    running = entry.pool._running
    eventually(
        lambda: any(task.segment.index == 1 for tasks in running.values() for task in tasks),
        "the long segment is in progress",
    )
    stream.close()
    assert list(events) == []
    stream.wait_closed(30)
    heard = heard_of(runtime, segment("Hello again."))
    assert heard.done[0].stats.worker == pid == pid_of(runtime), "it stopped by itself, within its grace period"
    assert is_running(pid)


def test_estimates_equal_the_durations(runtime: Runtime) -> None:
    texts = [TEXT, "Hi.", "", "...", "no mark at its end", "Seven, eight; nine: ten — eleven."]
    speeds = (0.8, 2.0)
    segments = tuple(segment(text, "af_bella", index=index) for index, text in enumerate(texts))
    rows = runtime.run(runtime.estimate(segments, speeds))
    for column, speed in enumerate(speeds):
        heard = heard_of(runtime, *(msgspec.structs.replace(text, speed=speed) for text in segments))
        durations = [heard.samples(index).size / RATE_HZ for index in range(len(texts))]
        assert [row[column] for row in rows] == durations, speed
    assert rows[0][0] > rows[0][1] > 0
    assert rows[2] == rows[3] == (0.0,) * len(speeds)
    extremes = (0.25, 4.0)
    (row,) = runtime.run(runtime.estimate((segments[1],), extremes))
    assert list(row) == [
        samples_of(runtime, segment("Hi.", "af_bella", speed=speed)).size / RATE_HZ for speed in extremes
    ]


# Bad input

SILENT = ["", "   ", "...", "?!", "—", "\n\n", "\u200b", "\0\x01\x02"]


def test_text_without_speech_has_no_samples(runtime: Runtime) -> None:
    heard = heard_of(runtime, *(segment(text, index=index) for index, text in enumerate([*SILENT, "Hi."])))
    for index, text in enumerate(SILENT):
        assert heard.samples(index).size == 0, repr(text)
        assert heard.words.get(index, []) == []
    assert heard.samples(len(SILENT)).size > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello 😀 world 👨‍👩‍👧!", {"Hello", "world"}),
        ("one\0two\x07three\ufeff four", {"four"}),
        ("Hello ᚠᚢᚦ and ꦗꦮ there", {"Hello", "and", "there"}),
        ("a\u0301\u0302\u0303 zalgo\u0336\u0337", set()),
        ("<b>bold</b> & {x} [[y]] \\z", {"&", "x", "y"}),
    ],
)
def test_unusual_text_is_spoken_as_far_as_possible(runtime: Runtime, text: str, words: set[str]) -> None:
    heard = heard_of(runtime, segment(text))
    assert heard.samples(0).size > 0
    assert_words_cover(text, heard.words[0])
    assert words <= {word.text for word in heard.words[0]}


def test_a_lone_surrogate_is_rejected_and_the_worker_survives(runtime: Runtime) -> None:
    heard_of(runtime, segment("Before."))
    pid = pid_of(runtime)
    message = failure_of(runtime, segment("broken \ud83d here"))
    assert "surrogate" in message
    assert heard_of(runtime, segment("After.")).done[0].stats.worker == pid


def test_unknown_phonemes_and_speeds_out_of_range_are_rejected(runtime: Runtime) -> None:
    assert "'§' (U+00A7) in the phonemes" in failure_of(runtime, segment("My [name](/nˈ§m/)."))
    assert "must be between 0.25 and 4" in failure_of(runtime, segment("Fast.", speed=4.5))


# Starting and ending


@pytest.mark.slow
def test_each_worker_releases_its_memory_and_replaced_weights_are_used_at_once(
    runtime: Runtime, folder: Path, scratch: Path
) -> None:
    spoken = segment("Aquí estoy otra vez.", None, "es")  # eSpeak NG alone: each worker starts without spaCy
    others = child_pids() - set(runtime.loader.pids().get("kokoro", ()))
    first = heard_of(runtime, spoken, fresh=False)
    one = pid_of(runtime)
    runtime.run(runtime.unload("kokoro"))
    assert runtime.run(runtime.stats()) == []
    again = samples_of(runtime, spoken)
    assert np.array_equal(first.samples(0), again), "the samples of another worker"
    two = pid_of(runtime)

    kept = folder / "kept"
    kept.hardlink_to(folder / WEIGHTS)
    other_weights(kept, folder / WEIGHTS)
    other = heard_of(runtime, spoken, fresh=False)
    assert not other.done[0].stats.cache_hit
    assert other.samples(0).size > again.size
    three = pid_of(runtime)
    eventually(lambda: not is_running(two), "the worker with the old weights is gone")
    runtime.run(runtime.unload("kokoro"))
    kept.replace(folder / WEIGHTS)
    back = heard_of(runtime, spoken, fresh=False)
    assert back.done[0].stats.cache_hit
    assert np.array_equal(back.samples(0), again)

    assert len({one, two, three}) == 3
    assert not any(map(is_running, (one, two, three)))
    releases = runtime.loader.releases[-3:]
    assert [release.reason for release in releases] == ["on request", "its weights have changed", "on request"]
    for release in releases:
        assert release.before_bytes > 100 << 20
        assert release.released_bytes >= 0.95 * release.before_bytes
    assert child_pids() <= others
    assert temporary_folders(scratch) == set(), "temporary files are gone"
