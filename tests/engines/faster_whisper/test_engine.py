"""The Whisper engine in real workers with the small model, compared with faster-whisper itself."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from optional import skip_without
from streaming_kit import collect

from voxweft.utils.streaming import AudioPayload, FilePayload, StreamingSegment, TextPayload, TranscriptUpdate
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

skip_without("faster_whisper")

from fixtures_whisper import (
    KINDS,
    RATE_HZ,
    SHOW,
    SPEECH_RATE_HZ,
    TINY,
    TranscriptPart,
    context,
    direct_transcript,
    file_segment,
    never,
    open_runtime,
    resampled,
    segment,
    silence,
    speech,
    transcript_parts,
    words_of,
    write_media,
)

from voxweft.engines.faster_whisper.adapter import WhisperAdapter
from voxweft.engines.faster_whisper.decode import decode_file

GREEDY = {"beam_size": 1, "temperature_fallback": False}
REPORT = StreamOptions(on_failure="report")
SENTENCES = (
    SHOW,
    "Please call the doctor.",
    "Good morning. The sun is warm today.",
    "See you tomorrow at the station.",
    "The teacher and the child read a red book.",
    "It is a cold day in the city.",
)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("whisper")) as opened:
        yield opened


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two windows: clear sentences, with more than a second of silence after each."""
    parts = [part for text in SENTENCES * 2 for part in (speech(text), silence(1.2))]
    return write_media(tmp_path_factory.mktemp("talk") / "talk.wav", np.concatenate(parts))


@pytest.fixture
def adapter() -> Iterator[WhisperAdapter]:
    """An adapter in this process, for access to its model."""
    loaded = WhisperAdapter()
    loaded.load(context(TINY))
    yield loaded
    loaded.unload()


class RecognizedPart(NamedTuple):
    """The result for a part of a file: its length, its transcript, and the start of the next part (None: no more)."""

    length_s: float
    updates: list[TranscriptUpdate]
    next_s: float | None


def recognized_part(found: list[TranscriptUpdate]) -> RecognizedPart:
    length, *rest = found
    assert (length.text, length.committed, length.start_s) == ("", False, 0.0)
    next_s = rest.pop().end_s if rest and not rest[-1].text else None
    assert all(update.text and update.committed for update in rest)
    assert next_s in (None, length.end_s)
    return RecognizedPart(length.end_s, rest, next_s)


def updates(runtime: Runtime, wanted: StreamingSegment) -> list[TranscriptUpdate]:
    """Return the updates with text."""
    found = collect(runtime.stream([wanted])).updates.get(0, [])
    return recognized_part(found).updates if isinstance(wanted.payload, FilePayload) else found


def worker_of(runtime: Runtime, wanted: StreamingSegment) -> int:
    return collect(runtime.stream([wanted])).done[0].stats.worker


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_transcribed(kind: str, runtime: Runtime, tmp_path: Path) -> None:
    path = write_media(tmp_path / f"fox{KINDS[kind].suffix}", speech(), KINDS[kind])
    (found,) = updates(runtime, file_segment(path))
    assert found.text == " the quick brown fox jumps over the lazy dog"
    assert (found.committed, found.language, found.language_probability) == (True, "en", 1.0)
    assert found.start_s == 0.0
    assert speech().size / SPEECH_RATE_HZ * 0.8 < found.end_s < speech().size / SPEECH_RATE_HZ + 0.5


@pytest.mark.parametrize(
    ("params", "options"),
    [
        ({}, {}),
        (GREEDY, {"beam_size": 1, "temperature": 0.0}),
        ({"word_timestamps": True}, {"word_timestamps": True}),
        ({"vad_filter": True}, {"vad_filter": True}),
        ({"hotwords": "fox river"}, {"hotwords": "fox river"}),
        ({"condition_on_previous_text": False}, {"condition_on_previous_text": False}),
        ({"batch_size": 4, "word_timestamps": True}, {"batch_size": 4, "word_timestamps": True}),
        (
            {"word_timestamps": True, "hallucination_silence_threshold": 0.5, "max_initial_timestamp": 3.0},
            {"word_timestamps": True, "hallucination_silence_threshold": 0.5, "max_initial_timestamp": 3.0},
        ),
        (
            {"temperature_fallback": False, "no_speech_threshold": 0.2, "log_prob_threshold": -0.3},
            {"temperature": 0.0, "no_speech_threshold": 0.2, "log_prob_threshold": -0.3},
        ),
    ],
    ids=["default", "greedy", "words", "vad", "hotwords", "unconditioned", "batched", "hallucination", "thresholds"],
)
def test_the_transcript_equals_faster_whispers(
    params: dict[str, Any], options: dict[str, Any], runtime: Runtime, talk: Path
) -> None:
    found = transcript_parts(updates(runtime, file_segment(talk, **params)))
    assert found == direct_transcript(talk, **options)
    assert len(words_of(found)) > 60
    assert any(part.words for part in found) == bool(params.get("word_timestamps"))


def test_a_language_and_a_prompt_reach_the_model(runtime: Runtime, talk: Path) -> None:
    prompt = "river garden music"
    found = transcript_parts(updates(runtime, file_segment(talk, language="en-GB", prompt=prompt, **GREEDY)))
    assert found == direct_transcript(talk, language="en", initial_prompt=prompt, beam_size=1, temperature=0.0)


def test_an_audio_payload_is_transcribed_like_an_array(runtime: Runtime) -> None:
    samples = resampled(speech(SHOW))
    found = transcript_parts(updates(runtime, segment(AudioPayload(samples.astype("<f4").tobytes(), RATE_HZ))))
    assert found == direct_transcript(samples)
    fast = AudioPayload(resampled(speech(SHOW), 48_000).astype("<f4").tobytes(), 48_000)
    assert words_of(transcript_parts(updates(runtime, segment(fast)))) == words_of(found)


def test_times_count_from_the_start_of_the_part(runtime: Runtime, talk: Path) -> None:
    whole = np.concatenate(list(decode_file(str(talk)))).astype(np.float32) / 32768
    for start_s, end_s in ((0.0, 10.0), (20.0, 35.5), (30.0, None), (1e5, None)):
        found = transcript_parts(updates(runtime, file_segment(talk, start_s, end_s, **GREEDY)))
        last = None if end_s is None else round(end_s * RATE_HZ)
        excerpt = whole[round(start_s * RATE_HZ) : last]
        expected = direct_transcript(excerpt, beam_size=1, temperature=0.0) if excerpt.size else []
        assert found == expected
        assert bool(found) == (start_s < 100)


# Streaming


def count_windows(adapter: WhisperAdapter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets one item for each pass of the encoder."""
    model = adapter._model._model
    passes: list[int] = []
    encode = model.model.encode

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        def encode(self, features: Any, to_cpu: bool = False) -> Any:
            passes.append(1)
            return encode(features, to_cpu=to_cpu)

    inner = model.model
    monkeypatch.setattr(model, "model", Counting())
    return passes


def test_an_update_arrives_before_the_next_window_is_decoded(
    adapter: WhisperAdapter, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = count_windows(adapter, monkeypatch)
    stream = adapter.stream(file_segment(talk, **GREEDY), never)
    length, first = next(stream), next(stream)
    assert not length.committed
    assert first.text.split()[0] == "hello"
    assert len(passes) == 1
    assert len(list(stream)) > 5
    assert len(passes) >= 2


def test_a_cancel_stops_before_the_next_window(
    adapter: WhisperAdapter, talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = count_windows(adapter, monkeypatch)
    transcription = ""
    for update in adapter.stream(file_segment(talk, **GREEDY), lambda: bool(passes)):
        transcription += update.text
    assert len(passes) == 1
    assert "tomorrow" in transcription, "the decoded window is kept"

    # The same if no window has text, so that nothing is yielded between the windows.
    noise = np.random.default_rng(1).standard_normal(SPEECH_RATE_HZ * 90).astype(np.float32) * 0.02
    quiet = write_media(tmp_path / "noise.wav", noise)
    passes.clear()
    assert recognized_part(list(adapter.stream(file_segment(quiet, **GREEDY), lambda: len(passes) >= 2))).updates == []
    assert len(passes) == 2
    assert recognized_part(list(adapter.stream(file_segment(quiet, **GREEDY), never))) == RecognizedPart(90.0, [], None)
    assert len(passes) == 5


def test_the_worker_survives_a_cancel(runtime: Runtime, talk: Path) -> None:
    before = worker_of(runtime, file_segment(talk, 0, 5, **GREEDY))
    stream = runtime.stream([file_segment(talk, **GREEDY)])
    assert isinstance(next(event for event in stream if isinstance(event, TranscriptUpdate)), TranscriptUpdate)
    stream.close()
    transcription = collect(runtime.stream([file_segment(talk, 0, 5, **GREEDY)]))
    assert transcription.done[0].stats.worker == before
    assert words_of(transcript_parts(transcription.updates[0]))[:2] == ["hello", "welcome"]


# Bad input


def float_wav(path: Path, samples: NDArray[np.float32]) -> Path:
    data = samples.astype("<f4").tobytes()
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, RATE_HZ, RATE_HZ * 4, 4, 32)
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + shape)
    with path.open("ab") as file:
        file.write(struct.pack("<4sI", b"data", len(data)) + data)
    return path


def test_bad_input_gets_a_message_and_the_worker_survives(runtime: Runtime, tmp_path: Path) -> None:
    good = write_media(tmp_path / "good.wav", speech())
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("Dear Sir or Madam, " * 99)
    whole = write_media(tmp_path / "whole.m4a", speech(), KINDS["m4a"]).read_bytes()
    (tmp_path / "half.m4a").write_bytes(whole[: len(whole) // 2])
    float_wav(tmp_path / "nan.wav", np.full(RATE_HZ, np.nan, np.float32))
    nan = np.array([0.0, np.nan], "<f4").tobytes()
    bad = {
        "is empty": file_segment(tmp_path / "empty.wav"),
        "not an audio or video file": file_segment(tmp_path / "text.wav"),
        "start is damaged": file_segment(tmp_path / "half.m4a"),
        "can't be read": file_segment(tmp_path / "absent.wav"),
        "NaN or infinite samples, the first at 0.000 s": file_segment(tmp_path / "nan.wav"),
        "NaN or infinite": segment(AudioPayload(nan, RATE_HZ)),
        "sample rate '0' Hz": segment(AudioPayload(nan, 0)),
        "aren't a whole number of 32-bit samples": segment(AudioPayload(bytes(7), RATE_HZ)),
        "invalid part of a file": file_segment(good, 2.0, 1.0),
        "supports English only, not 'de'": file_segment(good, language="de"),
        "doesn't understand the language 'xx-YY'": file_segment(good, language="xx-YY"),
        "can't translate": file_segment(good, task="translate"),
        "parameter 'beam_size' is 0": file_segment(good, beam_size=0),
        "can't speak text": segment(TextPayload("Hello.")),
    }
    jobs = [wanted for segment_ in bad.values() for wanted in (segment_, file_segment(good))]
    numbered = [StreamingSegment(**{**_fields(job), "index": index}) for index, job in enumerate(jobs)]
    transcription = collect(runtime.stream(numbered, REPORT))
    for number, message in enumerate(bad):
        assert message in transcription.failed[2 * number].message, transcription.failed[2 * number]
        (found,) = recognized_part(transcription.updates[2 * number + 1]).updates
        assert found.text == " the quick brown fox jumps over the lazy dog"
    assert len({done.stats.worker for done in transcription.done.values()}) == 1, "a worker died"


def _fields(of: StreamingSegment) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


def test_silence_has_no_transcript(runtime: Runtime, tmp_path: Path) -> None:
    faint = np.random.default_rng(2).integers(-1, 2, RATE_HZ * 5).astype(np.float32) / 32768
    for path in (
        float_wav(tmp_path / "none.wav", np.empty(0, np.float32)),
        float_wav(tmp_path / "one.wav", np.ones(1, np.float32)),
        float_wav(tmp_path / "silent.wav", np.zeros(RATE_HZ * 40, np.float32)),
        float_wav(tmp_path / "faint.wav", faint),
    ):
        for params in ({}, {"vad_filter": True}, {"batch_size": 2}, {"word_timestamps": True}):
            assert updates(runtime, file_segment(path, **params)) == []
    assert updates(runtime, segment(AudioPayload(b"", RATE_HZ))) == []


def test_noise_that_vad_classifies_as_silence_is_no_error(runtime: Runtime, tmp_path: Path) -> None:
    noise = np.random.default_rng(4).standard_normal(RATE_HZ * 3).astype(np.float32) * 0.01
    path = float_wav(tmp_path / "noise.wav", noise)
    for params in ({"vad_filter": True}, {"batch_size": 2}):
        assert updates(runtime, file_segment(path, **params)) == []


def test_clipped_and_truncated_files_are_transcribed(runtime: Runtime, tmp_path: Path) -> None:
    loud = write_media(tmp_path / "loud.wav", np.clip(speech() * 20, -1, 1))
    assert transcript_parts(updates(runtime, file_segment(loud))) == direct_transcript(loud)
    short = write_media(tmp_path / "short.mp3", speech(), KINDS["mp3"])
    short.write_bytes(short.read_bytes()[: short.stat().st_size * 2 // 3])
    assert words_of(transcript_parts(updates(runtime, file_segment(short))))[:4] == ["the", "quick", "brown", "fox"]


def test_a_model_with_a_damaged_file_is_rejected(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for file in TINY.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "preprocessor_config.json").unlink()
    (folder / "preprocessor_config.json").write_text("{")
    with (
        open_runtime(tmp_path, folder) as opened,
        pytest.raises(Exception, match=r"preprocessor_config\.json can't be read"),
    ):
        updates(opened, file_segment(tmp_path / "any.wav"))


# Long files


def test_a_long_file_is_cut_at_silences_and_no_word_is_missing(runtime: Runtime, talk: Path) -> None:
    whole = transcript_parts(updates(runtime, file_segment(talk, **GREEDY, condition_on_previous_text=False)))
    parts: list[list[TranscriptPart]] = []
    start_s: float | None = 0.0
    loud = np.abs(np.concatenate(list(decode_file(str(talk)))).astype(np.int32)) > 300
    while start_s is not None:
        wanted = file_segment(talk, start_s, part_s=15.0, search_s=9.0, **GREEDY)
        part = recognized_part(collect(runtime.stream([wanted])).updates[0])
        assert 0 < part.length_s <= 15.0
        end_s = start_s + part.length_s
        if part.next_s is not None:
            assert part.length_s >= 6.0
            cut = round(end_s * RATE_HZ)
            assert not loud[cut - RATE_HZ // 10 : cut + RATE_HZ // 10].any(), "the cut is in speech"
        parts.append(transcript_parts(part.updates))
        start_s = None if part.next_s is None else end_s
    assert end_s == pytest.approx(loud.size / RATE_HZ, abs=1e-9)
    assert len(parts) >= 3
    found = [word for part in parts for word in words_of(part)]
    spoken = " ".join(SENTENCES * 2).lower().replace(".", "").split()
    assert errors(found, spoken) <= errors(words_of(whole), spoken) + 0.005 * len(spoken) + 1


def errors(found: list[str], spoken: list[str]) -> int:
    """Return the minimum number of substituted, deleted and inserted words."""
    row = list(range(len(found) + 1))
    for number, word in enumerate(spoken, 1):
        last, row = row, [number]
        for column, other in enumerate(found, 1):
            row.append(min(last[column] + 1, row[-1] + 1, last[column - 1] + (word != other)))
    return row[-1]


def test_a_file_of_one_part_has_no_next_part(runtime: Runtime, talk: Path) -> None:
    def part(start_s: float = 0.0, end_s: float | None = None) -> RecognizedPart:
        return recognized_part(collect(runtime.stream([file_segment(talk, start_s, end_s, **GREEDY)])).updates[0])

    whole = part()
    assert whole.next_s is None
    assert whole.length_s == pytest.approx(sum(block.size for block in decode_file(str(talk))) / RATE_HZ)
    assert part(1e6) == RecognizedPart(0.0, [], None)
    within = part(5.0, 12.0)
    assert (within.length_s, within.next_s) == (7.0, None), "the requested part ends there"


@pytest.mark.slow
@pytest.mark.linux
def test_hours_of_audio_need_the_memory_of_one_part(tmp_path: Path) -> None:
    hour = tmp_path / "hours.wav"
    n_bytes = 2 * 3600 * 8000 * 2
    with hour.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", 36 + n_bytes, b"WAVE"))
        file.write(struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16))
        file.write(struct.pack("<4sI", b"data", n_bytes))
        file.truncate(44 + n_bytes)  # sparse: it takes no disk space
    with open_runtime(tmp_path) as opened:
        start_s: float | None = 0.0
        peaks = []
        while start_s is not None:
            transcription = collect(opened.stream([file_segment(hour, start_s)]))
            part = recognized_part(transcription.updates[0])
            assert part.updates == []
            end_s = start_s + part.length_s
            start_s = None if part.next_s is None else end_s
            peaks.append(_peak_bytes(transcription.done[0].stats.worker))
        assert end_s == 2 * 3600.0
        assert len(peaks) >= 4
        assert peaks[-1] - peaks[1] < 64 << 20


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def test_the_file_is_closed_at_its_end_and_after_an_error(adapter: WhisperAdapter, talk: Path) -> None:
    def is_open() -> bool:
        return str(talk) in [file.path for file in psutil.Process().open_files()]

    list(adapter.stream(file_segment(talk, 0, 5, **GREEDY), never))
    assert is_open(), "otherwise the next part would be decoded from the start of the file"
    list(adapter.stream(file_segment(talk, 5, **GREEDY), never))
    assert not is_open()
    list(adapter.stream(file_segment(talk, 0, 5, **GREEDY), never))
    with pytest.raises(ValueError, match="English only"):
        list(adapter.stream(file_segment(talk, 0, 5, language="fr"), never))
    assert not is_open()


def test_a_repeated_transcription_comes_from_the_cache(tmp_path: Path) -> None:
    path = write_media(tmp_path / "fox.wav", speech())
    with open_runtime(tmp_path, cache_bytes=1 << 20) as opened:
        wanted = file_segment(path, word_timestamps=True)
        first, second = (collect(opened.stream([wanted])) for _ in range(2))
        assert not first.done[0].stats.cache_hit
        assert transcript_parts(first.updates[0]) == transcript_parts(second.updates[0])
        assert second.done[0].stats.cache_hit
