"""Policies of live transcription on one clock: ours, plain local agreement, whisper_streaming and WhisperLiveKit.

The policies of others are run as they are: their classes get the shared recognizer, and the loops around them do what
their own programs do with a microphone, but on the clock of the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxweft.jobs.transcribe.live.events import Committed, LiveEvent, Partial
from voxweft.jobs.transcribe.live.gain import QuietGain
from voxweft.jobs.transcribe.live.policy import LiveState
from voxweft.jobs.transcribe.live.session import LIVE_PARAMS
from voxweft.media.audio.speech_frames import FRAME_S, FRAME_SAMPLES
from voxweft.utils.streaming import Word

from .asr_plain import Hypothesis, PlainState
from .live_ear import RATE_HZ, Ear, Heard, Shown, words_of

_BLOCK_FRAMES = 3
"""A tenth of a second, as sound cards and browsers deliver it."""
_WLK_BLOCK_S = 0.04
"""WhisperLiveKit's `vac_chunk_size`."""
_SPEECH, _SILENCE = "speech begins", "silence begins"


def is_installed(module: str) -> bool:
    """Return whether a module can be imported."""
    return find_spec(module) is not None


def ours(samples: NDArray[np.float32], ear: Ear) -> Heard:
    """Run the policy of LiveSession."""
    from faster_whisper.vad import get_vad_model

    frames = len(samples) // FRAME_SAMPLES
    scores = np.ravel(get_vad_model()(QuietGain().raised(samples[: frames * FRAME_SAMPLES])))
    probabilities = [min(max(float(score), 0.0), 1.0) for score in scores]
    state, shown, now_s, received, free_s = LiveState(), list[Shown](), 0.0, 0, 0.0
    pending: tuple[Any, list[Word]] | None = None

    def show(events: Sequence[LiveEvent]) -> None:
        words = (event for event in events if isinstance(event, Committed | Partial))
        shown.extend(Shown(now_s, event.words, isinstance(event, Committed)) for event in words)

    thresholds = {name: LIVE_PARAMS[name] for name in ("no_speech_threshold", "log_prob_threshold")}
    ear.start()
    while True:
        due_s = min(received + _BLOCK_FRAMES, frames) * FRAME_S if received < frames else float("inf")
        if pending is not None and free_s <= due_s:
            now_s, (window, words), pending = free_s, pending, None
            show(state.accept(window, words, ear.pass_s))
        elif received < frames:
            until = min(received + _BLOCK_FRAMES, frames)
            state.push(samples[received * FRAME_SAMPLES : until * FRAME_SAMPLES], probabilities[received:until])
            received, now_s = until, max(now_s, due_s)
            if received == frames:
                state.finish()
        if pending is None:
            show(state.settle())
            if (window := state.next_window()) is not None:
                pending = window, words_of(ear.hear(state.samples(window), window.prompt, **thresholds))
                free_s = now_s + ear.pass_s
            elif received == frames:
                return ear.done(shown)


def plain_agreement(samples: NDArray[np.float32], ear: Ear, step_s: float) -> Heard:
    """Run local agreement without voice activity detection: a pass over the buffer at every step."""
    state, shown = PlainState(), list[Shown]()
    duration_s, now_s, end_s = len(samples) / RATE_HZ, 0.0, 0.0
    ear.start()
    while end_s < duration_s:
        now_s = max(now_s, min(end_s + step_s, duration_s))
        end_s = min(now_s, duration_s)
        start_s = state.start_s
        segments = ear.hear(samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)], state.prompt)
        hypothesis = Hypothesis(
            tuple(words_of(segments, start_s)), tuple(start_s + float(segment.end) for segment in segments)
        )
        now_s += ear.pass_s
        words = state.take(hypothesis, end_s)
        rest = state.rest(hypothesis)
        if end_s >= duration_s:
            words, rest = [*words, *rest], []
        shown += [Shown(now_s, tuple(words), is_committed=True), Shown(now_s, tuple(rest), is_committed=False)]
    return ear.done(shown)


def whisper_streaming(samples: NDArray[np.float32], ear: Ear, step_s: float = 1.0) -> Heard:
    """Run `OnlineASRProcessor` of whisper_online.py (ufal/whisper_streaming) with its default settings.

    Each step inserts the audio since the last one, at least `step_s` (its `--min-chunk-size`) of it.
    """
    theirs: Any = import_module("whisper_online")
    online = theirs.OnlineASRProcessor(_recognizer_for(theirs.FasterWhisperASR, ear))
    shown = list[Shown]()
    duration_s, now_s, end_s = len(samples) / RATE_HZ, 0.0, 0.0
    ear.start()
    while end_s < duration_s:
        now_s = max(now_s, min(end_s + step_s, duration_s))
        online.insert_audio_chunk(samples[round(end_s * RATE_HZ) : round(min(now_s, duration_s) * RATE_HZ)])
        end_s = min(now_s, duration_s)
        known = len(online.commited)
        online.process_iter()
        now_s += ear.pass_s
        committed = _from_tuples(online.commited[known:])
        rest = _from_tuples(online.transcript_buffer.complete())
        if end_s >= duration_s:
            committed, rest = (*committed, *rest), ()
        shown += [Shown(now_s, committed, is_committed=True), Shown(now_s, rest, is_committed=False)]
    return ear.done(shown)


def whisper_live_kit(samples: NDArray[np.float32], ear: Ear) -> Heard:
    """Run WhisperLiveKit's local agreement with its voice activity detection and default settings.

    Its other policy, AlignAtt, needs the weights of another format. While a pass runs, audio waits in a queue; then
    the audio up to the next begin or end of silence is one chunk, however short.
    """
    base: Any = import_module("whisperlivekit.local_agreement.backends").FasterWhisperASR
    activity: Any = import_module("whisperlivekit.silero_vad_iterator")
    settings = {"tokenizer": None, "confidence_validation": False, "buffer_trimming": "segment"}
    recognizer = _recognizer_for(base, ear, buffer_trimming_sec=15.0, **settings)
    online: Any = import_module("whisperlivekit.local_agreement.online_asr").OnlineASRProcessor(recognizer)
    queue = _wlk_queue(samples, activity.FixedVADIterator(activity.load_jit_vad()))
    shown = list[Shown]()
    now_s, silence_s = 0.0, 0.0
    ear.start()
    while queue:
        at_s, item = queue.pop(0)
        now_s, before = max(now_s, at_s), ear.passes
        committed: list[Any] = []
        if item is _SILENCE:
            silence_s, (committed, _) = at_s, online.start_silence()
        elif item is _SPEECH:
            online.end_silence(at_s - silence_s, online.committed[-1].end if online.committed else 0)
        else:
            parts = [item]
            while queue and queue[0][0] <= now_s and isinstance(queue[0][1], np.ndarray):
                parts.append(queue.pop(0)[1])
            online.insert_audio_chunk(np.concatenate(parts))
            committed, _ = online.process_iter()
        now_s += ear.pass_s * (ear.passes - before)
        rest = list(online.transcript_buffer.buffer)
        if not queue:
            committed, rest = [*committed, *online.finish()[0]], []
        shown += [
            Shown(now_s, tuple(Word(one.text, one.start, one.end) for one in words), is_committed=is_committed)
            for words, is_committed in ((committed, True), (rest, False))
        ]
    return ear.done(shown)


def _wlk_queue(samples: NDArray[np.float32], activity: Any) -> list[tuple[float, Any]]:
    """Return what WhisperLiveKit's recognizer gets, with the times: speech, and the begins of silence and speech."""
    queue: list[tuple[float, Any]] = []
    size, is_silent = round(_WLK_BLOCK_S * RATE_HZ), True
    for start in range(0, len(samples), size):
        block, last = samples[start : start + size], 0
        now_s = (start + len(block)) / RATE_HZ
        for event in activity(block) or []:
            if "start" in event and is_silent:
                last = min(max(int(event["start"]) - start, 0), len(block))
                queue.append((now_s, _SPEECH))
                is_silent = False
            if "end" in event and not is_silent:
                end = min(max(int(event["end"]) - start, 0), len(block))
                if end > last:
                    queue.append((now_s, block[last:end]))
                queue.append((now_s, _SILENCE))
                is_silent, last = True, end
        if not is_silent and last < len(block):
            queue.append((now_s, block[last:]))
    return queue


def _recognizer_for(base: Any, ear: Ear, **settings: Any) -> Any:
    """Return a recognizer of their class on the shared model."""

    class Shared(base):  # type: ignore[misc]
        def __init__(self) -> None:
            self.transcribe_kargs: dict[str, Any] = {}
            self.original_language = "en"
            self.model = SimpleNamespace()

        def transcribe(self, audio: NDArray[np.float32], init_prompt: str = "") -> list[Any]:
            return ear.hear(np.asarray(audio, np.float32), init_prompt)

    recognizer = Shared()
    for name, value in settings.items():
        setattr(recognizer, name, value)
    return recognizer


def _from_tuples(words: Sequence[tuple[float, float, str]]) -> tuple[Word, ...]:
    return tuple(Word(text, start_s, end_s) for start_s, end_s, text in words)
