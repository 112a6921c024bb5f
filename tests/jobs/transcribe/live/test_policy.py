"""The live policy with recorded hypotheses of the small model, and with simulated models and speakers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.jobs.transcribe.live.buffer import LiveBuffer
from voxweft.jobs.transcribe.live.events import Committed, LiveEvent, Partial
from voxweft.jobs.transcribe.live.pcm_input import FrameBuffer, PcmDecoder
from voxweft.jobs.transcribe.live.policy import LiveState, Window
from voxweft.jobs.transcribe.live.rules import LiveRules
from voxweft.media.audio.speech_frames import FRAME_S, FRAME_SAMPLES
from voxweft.utils.streaming import Word

RULES = LiveRules()
Model = Callable[[Window], list[Word]]

# The rules that the recording below was made with: one step for all windows.
RECORDED_RULES = LiveRules(lag_s=2.1, dip_step_s=1.8, hold_s=0.5, min_probability=0.6)
# 12 s of eSpeak NG's speech: probabilities by run length (0.9: 0.5 and more, 0.4: 0.35 and more, 0.05: less), and what
# the small model (greedy) recognized in each window: text, start, end, probability.
HEARD_FRAMES = [
    (0.05, 55), (0.9, 22), (0.4, 2), (0.9, 18), (0.05, 1), (0.9, 45), (0.05, 3), (0.9, 20), (0.05, 2), (0.9, 10),
    (0.05, 63), (0.9, 13), (0.4, 1), (0.05, 10), (0.9, 15), (0.05, 9), (0.4, 1), (0.9, 4), (0.05, 4), (0.4, 5),
    (0.9, 35), (0.05, 1), (0.9, 26), (0.05, 31),
]  # fmt: skip
HEARD_WINDOWS = """
how 0 .4 .99|he .4 .6 .83|dog .6 .9 .96|people .9 1.34 .95|we 1.34 1.54 .6|quick 1.54 2 .82

how 0 .4 .99|he .4 .56 .85|dog .56 .92 .96|people .92 1.38 .95|we 1.38 1.54 .53|quick 1.54 2 .86|father 2 2.32 .98
|road 2.32 2.78 .89|year 2.78 3.1 .82|house 3.1 3.16 .93|nine 3.16 3.76 .67

how 0 .4 .99|he .4 .56 .85|dog .56 .92 .96|people .92 1.38 .95|we 1.38 1.54 .55|quick 1.54 2 .88|father 2 2.32 .98
|road 2.32 2.78 .89|year 2.78 3.1 .82|house 3.1 3.18 .93|nine 3.18 3.8 .79|find 3.8 4.2 .32

four 0 .48 .97

four 0 .68 .96|five .68 1.52 .8|six 1.52 2.12 .97

four 0 .68 .96|five .68 1.42 .86|six 1.42 2.18 .98|seven 2.18 2.56 .99|eight 2.56 2.98 .98|nine 2.98 3.14 .99
|ten 3.14 3.6 .97|eleven 3.6 3.76 .97

four 0 .68 .97|five .68 1.42 .87|six 1.42 2.18 .98|seven 2.18 2.56 .99|eight 2.56 2.98 .98|nine 2.98 3.16 .99
|ten 3.16 3.6 .97|eleven 3.6 4.1 .97
""".strip().split("\n\n")
HEARD_COMMITTED = [
    "how he dog people we",
    "quick father road year house",
    "nine find",
    "four",
    "five six",
    "seven eight nine ten",
    "eleven",
]


def recorded(line: str) -> list[Word]:
    made = [part.split() for part in line.split("|")]
    return [Word(f" {text}", float(start), float(end), probability=float(sure)) for text, start, end, sure in made]


class Run:
    """A whole stream with a model that takes no time. Checks the invariants."""

    def __init__(self, model: Model, rules: LiveRules = RULES, prompt: str = "") -> None:
        self.state = LiveState(rules, prompt=prompt)
        self.rules = rules
        self.model = model
        self.windows: list[Window] = []
        self.events: list[LiveEvent] = []
        self.lags: list[float] = []
        self.max_held_s = 0.0

    def feed(self, probabilities: Sequence[float], piece: int = 4) -> Run:
        for place in range(0, len(probabilities), piece):
            part = probabilities[place : place + piece]
            self.state.push(np.zeros(len(part) * FRAME_SAMPLES, np.float32), part)
            self.work()
        return self

    def finish(self) -> Run:
        self.state.finish()
        self.work()
        return self

    def work(self) -> None:
        for _ in range(1000):
            self.note(self.state.settle())
            window = self.state.next_window()
            self.max_held_s = max(self.max_held_s, self.state.held_s)
            if window is None:
                return
            assert 0.0 <= window.start_s < window.end_s <= self.state.received_s + 1e-9
            assert window.end_s - window.start_s <= self.rules.max_window_s + 1e-9
            assert len(self.state.samples(window)) == round((window.end_s - window.start_s) * 16_000)
            self.windows.append(window)
            self.note(self.state.accept(window, self.model(window)))
        raise AssertionError("the policy asks without end")

    def note(self, events: list[LiveEvent]) -> None:
        before = len(self.words)
        self.events += events
        self.lags += [self.state.received_s - word.end_s for word in self.words[before:]]

    @property
    def words(self) -> list[Word]:
        return [word for event in self.events if isinstance(event, Committed) for word in event.words]

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()


def speaker(words: Sequence[tuple[float, float]]) -> tuple[list[float], list[Word]]:
    """Words, each after a pause, with a second of silence at the end: the probabilities and the words."""
    frames: list[float] = []
    uttered: list[Word] = []
    for number, (pause_s, length_s) in enumerate(words):
        frames += [0.02] * round(pause_s / FRAME_S)
        start_s = len(frames) * FRAME_S
        frames += [0.95] * max(3, round(length_s / FRAME_S))
        uttered.append(Word(f" w{number}", start_s, len(frames) * FRAME_S, probability=0.9))
    return frames + [0.02] * 32, uttered


def perfect(uttered: Sequence[Word], sure: float = 0.9) -> Model:
    """A model that recognizes every complete word, and something else for half a word."""

    def hear(window: Window) -> list[Word]:
        found = []
        for word in uttered:
            start_s, end_s = word.start_s - window.start_s, word.end_s - window.start_s
            if start_s >= -0.01 and end_s <= window.end_s - window.start_s + 0.01:
                found.append(Word(word.text, start_s, end_s, probability=sure))
            elif start_s >= -0.01 and word.start_s + 0.1 < window.end_s:
                found.append(Word(" half", start_s, window.end_s - window.start_s, probability=0.3))
        return found

    return hear


SPEECH = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.06, 0.2, 0.4, 1.0, 2.5]), st.floats(0.12, 0.7)), min_size=1, max_size=60
)


def test_recorded_hypotheses_are_committed_during_speech() -> None:
    lines = iter(HEARD_WINDOWS)
    run = Run(lambda window: recorded(next(lines)), RECORDED_RULES)
    run.feed([probability for probability, count in HEARD_FRAMES for _ in range(count)]).finish()
    assert next(lines, None) is None
    committed = [event.text for event in run.events if isinstance(event, Committed)]
    assert [text for text in committed if text] == HEARD_COMMITTED
    assert [window.is_final for window in run.windows] == [False, False, True, True, True, False, True]
    assert {window.prompt for window in run.windows} == {""}
    assert max(run.lags) < 3.0
    assert run.max_held_s < RULES.trim_s + RULES.gap_s


@given(SPEECH, st.integers(1, 40))
def test_every_word_is_committed_once_and_in_order(spoken: list[tuple[float, float]], piece: int) -> None:
    frames, uttered = speaker(spoken)
    run = Run(perfect(uttered)).feed(frames, piece).finish()
    assert run.text.split() == [word.text.strip() for word in uttered]
    times = [time for word in run.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(event.words == () for event in run.events[-1:] if isinstance(event, Partial))


@given(SPEECH)
def test_low_probabilities_commit_by_agreement_and_at_pauses(spoken: list[tuple[float, float]]) -> None:
    frames, uttered = speaker(spoken)
    run = Run(perfect(uttered, sure=0.1)).feed(frames).finish()
    assert run.text.split() == [word.text.strip() for word in uttered]


@given(st.lists(st.floats(0.0, 1.0), max_size=400), st.randoms(use_true_random=False))
def test_the_policy_stays_in_its_limits_with_any_hypotheses(probabilities: list[float], random: object) -> None:
    def babble(window: Window) -> list[Word]:
        draw = random.random  # type: ignore[attr-defined]
        return [
            Word(f" {int(draw() * 4)}", draw() * 30, draw() * 30, probability=draw()) for _ in range(int(draw() * 40))
        ]

    run = Run(babble).feed(probabilities).finish()
    ends = [time for word in run.words for time in (word.start_s, word.end_s)]
    assert ends == sorted(ends)
    assert run.max_held_s <= RULES.max_window_s + RULES.gap_s
    assert len(run.windows) <= 2 + len(probabilities)


@settings(max_examples=20)
@given(SPEECH)
def test_a_model_without_words_does_not_block(spoken: list[tuple[float, float]]) -> None:
    frames, _ = speaker(spoken)
    run = Run(lambda window: []).feed(frames).finish()
    assert run.words == []
    assert run.max_held_s <= RULES.max_window_s + RULES.gap_s


@given(st.integers(0, 60), st.integers(12, 600), st.integers(1, 700), st.booleans())
@settings(deadline=None)
def test_a_stream_that_ends_in_speech_loses_no_word(silent: int, spoken: int, piece: int, at_once: bool) -> None:
    """Also if the last frames were recognized before the end: sums of frame lengths aren't exact."""
    start_s, length_s = silent * FRAME_S, spoken * FRAME_S
    count = max(1, int(length_s / 0.35))
    uttered = [
        Word(f" w{n}", start_s + n * length_s / count, start_s + (n + 1) * length_s / count, probability=0.95)
        for n in range(count)
    ]
    frames = [0.05] * silent + [0.9] * spoken
    run = Run(perfect(uttered))
    if at_once:
        run.state.push(np.zeros(len(frames) * FRAME_SAMPLES, np.float32), frames)
    else:
        run.feed(frames, piece)
    run.finish()
    assert [word.text for word in run.words] == [word.text for word in uttered]
    last = run.events[-1]
    assert last.pause if isinstance(last, Committed) else not last.words


def test_silence_is_never_recognized() -> None:
    run = Run(perfect([])).feed([0.3] * 3000).finish()
    assert run.windows == []
    assert run.events == []
    assert run.max_held_s < 1.0


def test_words_in_silence_are_dropped() -> None:
    frames = [0.9] * 20 + [0.02] * 40
    run = Run(lambda window: [Word(" hello", 0.0, 0.6, probability=0.9), Word(" amen", 29.0, 30.0, probability=0.9)])
    assert run.feed(frames).finish().text == "hello"


def agreement_lags(uttered: Sequence[Word], step_s: float) -> list[float]:
    """The lags of plain local agreement: the common beginning of two windows in a row is committed."""
    hear, lags, previous = perfect(uttered), [], []
    for number in range(1, int(uttered[-1].end_s / step_s) + 1):
        end_s = number * step_s
        heard = hear(Window(start_s=0.0, end_s=end_s, prompt="", is_final=False))
        agreed = [one for one, other in zip(heard, previous, strict=False) if one.text == other.text]
        lags += [end_s - word.end_s for word in agreed[len(lags) :]]
        previous = heard
    return lags


def test_speech_without_a_pause_is_committed_with_few_windows() -> None:
    """Plain local agreement needs half as many windows again for the same lag, if it never errs."""
    frames, uttered = speaker([(0.0, 0.35)] * 400)
    run = Run(perfect(uttered)).feed(frames)
    total_s = len(frames) * FRAME_S
    assert run.text.split() == [word.text.strip() for word in uttered]
    median_s = float(np.percentile(run.lags, 50))
    assert median_s < 1.1
    assert float(np.percentile(run.lags, 95)) < 1.6
    same_lag_s = max(
        step_s for step_s in (0.3, 0.4, 0.45, 0.5, 0.6) if np.median(agreement_lags(uttered, step_s)) <= median_s
    )
    assert len(run.windows) * same_lag_s / total_s < 0.67
    assert sum(window.end_s - window.start_s for window in run.windows) / total_s < 8
    assert run.max_held_s < RULES.trim_s + 3 * RULES.lag_s


def test_words_are_shown_within_a_second_also_in_short_sentences() -> None:
    frames, uttered = speaker([(0.6, 0.3), (0.0, 0.3), (0.0, 0.2), (1.0, 0.5), (0.9, 0.7), (0.0, 0.3)])
    run = Run(perfect(uttered))
    seen: dict[str, float] = {}
    for frame in frames:
        run.feed([frame])
        for event in run.events:
            for word in event.words:
                seen.setdefault(word.text, run.state.received_s)
    assert max(seen[word.text] - word.end_s for word in uttered) < RULES.lag_s


@pytest.mark.parametrize(("sure", "finals"), [(0.9, [False]), (0.1, [False, True])])
def test_a_pause_commits_without_another_recognition_of_certain_words(sure: float, finals: list[bool]) -> None:
    frames, uttered = speaker([(1.0, 0.4)])
    run = Run(perfect(uttered, sure=sure)).feed(frames[: 31 + 13 + 13])
    assert run.text == "w0"
    assert [window.is_final for window in run.windows] == finals
    assert run.lags[0] <= RULES.pause_s + 5 * FRAME_S
    assert isinstance(run.events[-1], Partial)
    assert [event.pause for event in run.events if isinstance(event, Committed)] == [True]


def test_silence_is_recognized_no_second_time() -> None:
    """After a window between two words, the speaker is silent for longer than a step but less than a pause."""
    frames, uttered = speaker([(0.3, 0.5)])
    spoken = round(0.8 / FRAME_S)
    run = Run(perfect(uttered), LiveRules(pause_s=2.0)).feed(frames[: spoken + round(1.8 / FRAME_S)])
    assert len(run.windows) == 1


def test_a_late_model_recognizes_each_utterance_separately() -> None:
    frames, uttered = speaker([(1.0, 0.5), (1.0, 0.5), (1.0, 0.5)])
    run = Run(perfect(uttered)).feed(frames, piece=10_000).finish()
    assert [window.is_final for window in run.windows] == [True, True, True]
    assert run.text.split() == ["w0", "w1", "w2"]


def test_a_slow_model_gets_fewer_windows_and_skipped_partials_are_counted() -> None:
    frames, uttered = speaker([(0.0, 0.35)] * 60)
    model = perfect(uttered)

    def windows_with(took_s: float) -> tuple[int, int]:
        state, count, place = LiveState(), 0, 0
        while place < len(frames):
            state.push(np.zeros(FRAME_SAMPLES, np.float32), frames[place : place + 1])
            place += 1
            if (window := state.next_window()) is not None:
                count += 1
                for _ in range(min(len(frames) - place, round(took_s / FRAME_S))):
                    state.push(np.zeros(FRAME_SAMPLES, np.float32), frames[place : place + 1])
                    place += 1
                state.accept(window, model(window), took_s)
        return count, state.skipped_partials

    (quick, none), (slow, skipped) = windows_with(0.1), windows_with(4.0)
    assert quick < windows_with(0.3)[0]  # more speech per window, and the words are shown as soon
    assert slow < quick / 2
    assert none == 0
    assert skipped > 0


def test_speech_without_words_is_recognized_a_second_time() -> None:
    frames, uttered = speaker([(0.5, 0.3)] + [(0.0, 0.3)] * 12)
    whole = perfect(uttered)

    def without_words(window: Window) -> list[Word]:
        return whole(window)[:4] if window.start_s < uttered[0].end_s else whole(window)

    run = Run(without_words).feed(frames).finish()
    assert run.text.split() == [word.text.strip() for word in uttered]


def test_a_full_window_commits_its_words() -> None:
    frames = [0.9] * round(60 / FRAME_S)

    def stalling(window: Window) -> list[Word]:
        stalling.calls = getattr(stalling, "calls", 0) + 1  # type: ignore[attr-defined]
        return [Word(f" {stalling.calls}", 1.0, 2.0, probability=0.0)]  # type: ignore[attr-defined]

    run = Run(stalling).feed(frames).finish()
    assert run.words
    assert run.max_held_s <= RULES.max_window_s + RULES.lag_s


def test_the_prompt_is_text_without_a_pause_before_the_window() -> None:
    """Behind a pause, Whisper goes on with the text of a prompt instead of the audio."""
    frames, uttered = speaker([(0.5, 0.35), *[(0.0, 0.35)] * 40, (1.0, 0.35), (0.4, 0.35)])
    run = Run(perfect(uttered), prompt="Names: Ada.").feed(frames).finish()
    paused_s = uttered[-2].start_s - RULES.lead_s
    before = [window for window in run.windows if window.start_s < paused_s]
    after = [window.prompt for window in run.windows if window.start_s >= paused_s - RULES.min_speech_s]
    assert before[0].prompt == "Names: Ada."
    assert before[-1].prompt.startswith("Names: Ada. w0 w1 w2 ")
    assert after
    assert set(after) == {"Names: Ada."}
    bare = Run(perfect(uttered), LiveRules(prompt_characters=0), "Ada.").feed(frames).finish()
    assert {window.prompt for window in bare.windows} == {"Ada."}


def test_a_repeated_prompt_is_dropped_and_the_audio_recognized_without_it() -> None:
    frames, uttered = speaker([(0.5, 0.35), *[(0.0, 0.35)] * 40])
    hear = perfect(uttered)

    def echo(window: Window) -> list[Word]:
        said = window.prompt.split()[-6:]
        length_s = (window.end_s - window.start_s) / 6
        return [Word(f" {w}", n * length_s, (n + 1) * length_s, probability=0.9) for n, w in enumerate(said)] or hear(
            window
        )

    run = Run(echo).feed(frames).finish()
    assert any(window.prompt for window in run.windows)
    assert run.text.split() == [word.text.strip() for word in uttered]


def test_a_partial_is_cleared_when_no_words_remain() -> None:
    frames, uttered = speaker([(0.0, 0.4)] * 8)
    run = Run(perfect(uttered)).feed(frames).finish()
    shown = [event for event in run.events if isinstance(event, Partial)]
    assert shown
    assert shown[0].words
    assert shown[-1].words == ()


def test_windows_are_sequential_and_audio_is_whole_frames() -> None:
    state = LiveState()
    with pytest.raises(ValueError, match="frames"):
        state.push(np.zeros(100, np.float32), [0.5])
    state.push(np.zeros(FRAME_SAMPLES * 90, np.float32), [0.9] * 90)
    window = state.next_window()
    assert window is not None
    assert state.is_busy
    assert state.next_window() is None
    with pytest.raises(ValueError, match="window"):
        state.accept(Window(start_s=0.0, end_s=1.0, prompt="", is_final=True), [])
    state.accept(window, [])
    state.finish()
    with pytest.raises(ValueError, match="finished"):
        state.push(np.zeros(FRAME_SAMPLES, np.float32), [0.5])


def test_memory_does_not_grow_with_the_stream() -> None:
    frames, uttered = speaker([(0.3, 0.4), (0.0, 0.5), (1.0, 0.4)] * 100)
    run = Run(perfect(uttered)).feed(frames, 16)
    state = run.state
    assert len(state._committed) < 30
    assert len(state._text_before) < 1000
    assert len(state._speech.spans) < 5


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.0, 1.0)), max_size=30))
def test_the_buffer_holds_the_audio_after_the_trim(steps: list[tuple[int, float]]) -> None:
    buffer, everything = LiveBuffer(), np.zeros(0, np.float32)
    for size, part in steps:
        piece = np.arange(len(everything), len(everything) + size, dtype=np.float32)
        buffer.push(piece)
        everything = np.concatenate([everything, piece])
        buffer.trim(part * buffer.end_s)
        start = round(buffer.start_s * 16_000)
        assert np.array_equal(buffer.read(buffer.start_s, buffer.end_s), everything[start:])
    with pytest.raises(ValueError, match="outside the buffer"):
        buffer.read(0.0, buffer.end_s + 1.0)


@given(st.lists(st.integers(-32768, 32767), max_size=200), st.data())
def test_bytes_cut_anywhere_are_the_same_samples(values: list[int], data: st.DataObject) -> None:
    pcm, cutter, found = np.array(values, "<i2").tobytes(), PcmDecoder("s16le"), []
    while pcm:
        size = data.draw(st.integers(1, 9))
        found += cutter.samples(pcm[:size]).tolist()
        pcm = pcm[size:]
    assert found == [value / 32768 for value in values]
    floats = np.array(values, "<f4")
    assert np.array_equal(PcmDecoder("f32le").samples(floats.tobytes()), floats)


def test_the_frame_buffer_returns_whole_frames_at_16_khz() -> None:
    inlet, rng, count = FrameBuffer(), np.random.default_rng(0), 0
    for rate in (44_100, 8_000, 16_000, 48_000):
        for _ in range(20):
            frames = inlet.push(rng.uniform(-1, 1, int(rng.integers(0, 3000))).astype(np.float32), rate)
            assert len(frames) % FRAME_SAMPLES == 0
            count += len(frames)
    inlet = FrameBuffer()
    tone = np.sin(np.arange(44_100, dtype=np.float32) * 0.05)
    found = np.concatenate([inlet.push(tone[:1], 44_100), inlet.push(tone[1:], 44_100), inlet.flush()])
    assert len(found) == 32 * FRAME_SAMPLES  # 16,000 samples and 384 of padding
    assert not found[16_000:].any()


@pytest.mark.parametrize(
    ("samples", "rate", "error"),
    [
        (np.zeros(4, np.float32), 0, ValueError),
        (np.zeros(4, np.float32), -8_000, ValueError),
        (np.zeros((2, 4), np.float32), 16_000, ValueError),
        (np.array([0.0, np.nan], np.float32), 16_000, ValueError),
        (np.array([0.0, np.inf], np.float32), 16_000, ValueError),
        (np.zeros(4, np.float64), 16_000, TypeError),
        (np.zeros(4, np.int32), 16_000, TypeError),
    ],
)
def test_the_frame_buffer_rejects_invalid_audio(samples: np.ndarray, rate: int, error: type[Exception]) -> None:
    inlet = FrameBuffer()
    with pytest.raises(error):
        inlet.push(samples, rate)
    assert len(inlet.push(np.zeros(FRAME_SAMPLES, np.float32), 16_000)) == FRAME_SAMPLES
