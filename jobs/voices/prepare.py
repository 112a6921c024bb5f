"""Prepare a recording for the engines that imitate it: once for each policy, by content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...media.audio.level import with_level
from ...media.audio.resample import resampled
from ...media.audio.speech_activity import Span, SpeechActivity, find_speech
from ...utils.cache.digest import content_digest
from ...utils.streaming import ReferenceVoice, Word
from ...utils.streaming.contract.engine_spec import EngineSpec, ReferencePolicy
from ...utils.streaming.contract.errors import Error
from ...utils.streaming.worker.blobs import BlobStore
from ..errors import VoiceLibraryError
from .clip import cut_places, cut_transcript, end_in, trimmed, with_side, word_around, words_before
from .faults import faults_of
from .heard import Heard, Listener
from .prepared_voice import PreparedVoice, ReferenceClip
from .recording import VoiceRecording

_MAX_KEPT = 256
_MAX_PLACES = 20
"""The maximum number of places for the cut that are tried, until the transcript can be cut there as well."""
_MAX_QUOTED = 200
_NO_RECOGNIZER = "no recognizer is ready that could cut it with the recording"

_Key = tuple[str, str | None, str | None, str, ReferencePolicy]
_kept: WeakKeyDictionary[BlobStore, OrderedDict[_Key, tuple[ReferenceClip, str | None]]] = WeakKeyDictionary()
"""The clips of each store, the most recently used last, with the language of the recording."""
_lock = threading.Lock()


class _Cut(NamedTuple):
    """A part of the recording, and its transcript. `settled`: another attempt would give the same."""

    span: Span
    transcript: str | None
    notes: tuple[str, ...] = ()
    settled: bool = True


class Preparation:
    """Prepares recordings for engines. Thread-safe; the methods block, and must not be called on the runtime's loop.

    Args:
        blobs: Takes the clips. What was prepared for a store is kept as long as the store.
        listener: Recognizes transcripts; None to do without.
        poll: Called at least every 50 ms during a recognition. It may raise to stop it.
    """

    def __init__(
        self, blobs: BlobStore, listener: Listener | None = None, poll: Callable[[], None] | None = None
    ) -> None:
        self._blobs = blobs
        self._listener = listener
        self._poll = poll

    def prepare(self, recording: VoiceRecording, spec: EngineSpec) -> PreparedVoice:
        """Return a recording as a voice for all models of an engine.

        ValueError if an engine that wants the same clip for all of them can't use it. Otherwise the choice of the model
        decides: see `PreparedVoice.clip`.
        """
        policies = dict.fromkeys(spec.reference_of(model) for model in ("", *spec.models))
        digest = content_digest(recording.samples.astype("<f4", copy=False).tobytes(), recording.sample_rate)
        found = [self._clip(recording, digest, policy) for policy in policies]
        voice = PreparedVoice(
            name=recording.name,
            language=next((language for _, language in found if language is not None), recording.language),
            clips=tuple(clip for clip, _ in found),
        )
        if len(voice.clips) == 1:
            voice.clip(spec, voice.clips[0].policy)
        return voice

    def _clip(
        self, recording: VoiceRecording, digest: str, policy: ReferencePolicy
    ) -> tuple[ReferenceClip, str | None]:
        """Return the clip for a policy, and the language of the recording."""
        key = digest, recording.transcript, recording.language, recording.name, policy
        with _lock:
            kept = _kept.setdefault(self._blobs, OrderedDict())
            found = kept.get(key)
        if found is not None and found[0].voice is not None and self._blobs.get(found[0].voice.digest) is not None:
            return found
        work = _Work(recording, policy, self._listener, self._poll)
        try:
            cut = work.cut()
            samples, rate = work.sound(cut.span)
        except VoiceLibraryError as error:
            return ReferenceClip(policy=policy, error=str(error)), work.language
        duration_s = samples.size / rate
        short: tuple[str, ...] = ()
        if duration_s < policy.recommended_s:
            short = (f"{duration_s:.1f} s are short; with {policy.recommended_s:g} s the voice is more like it",)
        notes = (*cut.notes, *faults_of(recording.samples[cut.span.start : cut.span.end], work.activity), *short)
        clip = ReferenceClip(
            policy=policy,
            voice=ReferenceVoice(self._blobs.put(samples.astype("<f4", copy=False).tobytes(), rate), cut.transcript),
            duration_s=duration_s,
            notes=tuple(f"{recording.name}: {note}" for note in notes),
        )
        if cut.settled:
            with _lock:
                kept[key] = clip, work.language
                kept.move_to_end(key)
                while len(kept) > _MAX_KEPT:
                    kept.popitem(last=False)
        return clip, work.language


class _Work:
    """The preparation of one recording under one policy."""

    def __init__(
        self,
        recording: VoiceRecording,
        policy: ReferencePolicy,
        listener: Listener | None,
        poll: Callable[[], None] | None,
    ) -> None:
        self._recording = recording
        self._policy = policy
        self._listener = listener
        self._poll = poll
        self.language = recording.language
        self._problem = ""
        self.activity: SpeechActivity = find_speech(recording.samples, recording.sample_rate)

    def cut(self) -> _Cut:
        """Return the part to use. VoiceLibraryError if it is too short, or a transcript is needed and can't be had."""
        recording, policy, rate = self._recording, self._policy, self._recording.sample_rate
        whole = trimmed(self.activity, recording.samples.size, rate)
        duration_s = (whole.end - whole.start) / rate
        if duration_s < policy.min_s:
            of = "" if whole.end - whole.start == recording.samples.size else " without the silence at its ends"
            raise VoiceLibraryError(f"it is {duration_s:.2f} s long{of}; the minimum is {policy.min_s:g} s")
        if duration_s <= policy.max_s:
            return self._with_transcript(whole)
        if policy.transcript == "ignored":
            return self._shortened(whole, self._places(whole)[0], None)
        heard = self._hear()
        if heard is None:
            # Without the times of its words, a transcript can't be cut.
            note = ""
            if recording.transcript is not None:
                note = f"its transcript is left out: {self._problem or _NO_RECOGNIZER}"
            return self._shortened(whole, self._places(whole)[0], None, note, settled=False)
        places = self._places(whole, heard)
        for place in places[:_MAX_PLACES]:
            words = self._words_at(place, whole, heard)
            if words is None:
                continue
            if recording.transcript is None:
                text = Heard(words=words[: words_before(words, place, rate)]).text or None
                return self._shortened(whole, place, text, self._heard_note(text))
            text = cut_transcript(recording.transcript, words, place, rate)
            if text is not None:
                return self._shortened(whole, place, text, f'its transcript ends with "{_end_of(text)}"')
        fix = f"shorten the recording to {policy.max_s:g} s, with its words in {recording.transcript_place}"
        if recording.transcript is None:
            problem = "no place for a cut between two words was found"
        else:
            problem = f'its transcript doesn\'t match what is heard, "{_quoted(heard.text)}"'
            fix = f"correct it, or {fix}"
        if policy.transcript == "needed":
            raise VoiceLibraryError(f"{problem}; {fix}")
        return self._shortened(whole, places[0], None, f"{problem}; its transcript is left out: {fix}")

    def sound(self, span: Span) -> tuple[NDArray[np.float32], int]:
        """Return the samples of a part, at the policy's rate and loudness, and the rate in Hz."""
        policy, rate = self._policy, self._recording.sample_rate
        samples = np.ascontiguousarray(self._recording.samples[span.start : span.end], np.float32)
        if policy.sample_rate and policy.sample_rate != rate:
            samples = resampled(samples, rate, policy.sample_rate)
            rate = policy.sample_rate
        # Rounding may add a sample.
        samples = samples[: int(policy.max_s * rate)]
        return with_level(samples, rate, lufs=policy.lufs, rms=policy.rms), rate

    def _with_transcript(self, whole: Span) -> _Cut:
        """Return the whole recording with its transcript, recognized if need be."""
        recording, policy = self._recording, self._policy
        if policy.transcript == "ignored":
            return _Cut(whole, None)
        if recording.transcript is not None:
            return _Cut(whole, recording.transcript)
        heard = self._hear()
        if heard is None:
            return _Cut(whole, None, (self._problem,) if self._problem else (), settled=False)
        text = heard.text or None
        return _Cut(whole, text, (self._heard_note(text),))

    def _shortened(
        self, whole: Span, place: Span, transcript: str | None, note: str = "", *, settled: bool = True
    ) -> _Cut:
        rate = self._recording.sample_rate
        end = end_in(place, rate)
        used = f"{(end - whole.start) / rate:.1f} s of {(whole.end - whole.start) / rate:.1f} s are used"
        first = f"{used}, as the maximum is {self._policy.max_s:g} s"
        return _Cut(Span(whole.start, end), transcript, (first, note) if note else (first,), settled)

    def _places(self, whole: Span, heard: Heard | None = None) -> list[Span]:
        recording, policy = self._recording, self._policy
        words = () if heard is None else heard.words
        lengths_s = policy.min_s, policy.max_s
        return cut_places(recording.samples, recording.sample_rate, self.activity, whole.start, lengths_s, words)

    def _words_at(self, place: Span, whole: Span, heard: Heard) -> tuple[Word, ...] | None:
        """Return the recognized words as far as they are certain at a place for the cut; None if they aren't."""
        recording = self._recording
        around = word_around(heard.words, place, recording.sample_rate)
        if around is None or self._listener is None:
            return heard.words
        samples = recording.samples[whole.start : end_in(place, recording.sample_rate)]
        part = msgspec.structs.replace(recording, samples=samples)
        try:
            again = self._listener.hear(part, part.duration_s, poll=self._poll)
        except Error:
            return None
        before = () if again is None else again.words
        words = with_side(heard.words, around, place, recording.sample_rate, before)
        return None if words is None else tuple(words)

    def _hear(self) -> Heard | None:
        """Return what is heard in the recording, or None; VoiceLibraryError if the policy needs it."""
        policy, recording = self._policy, self._recording
        needed = policy.transcript == "needed"
        start_s = self.activity.speech.start / recording.sample_rate
        length_s = min(start_s + policy.max_s, recording.duration_s)
        heard, reason = None, ""
        if self._listener is not None:
            try:
                heard = self._listener.hear(recording, length_s, required=needed, poll=self._poll)
            except Error as error:
                reason = str(error)
        if heard is not None:
            self.language = self.language or heard.language
        elif needed:
            raise VoiceLibraryError(self._needs_transcript(reason))
        elif reason:
            self._problem = f"its words can't be recognized: {reason}"
        if needed and heard is not None and not heard.words:
            raise VoiceLibraryError(f"no words are recognized in it; write them into {recording.transcript_place}")
        return heard

    def _needs_transcript(self, reason: str) -> str:
        place, max_s = self._recording.transcript_place, self._policy.max_s
        get = "get a recognizer" + (f" ({reason})" if reason else "")
        if self._recording.transcript is None:
            return f"its transcript is needed; write its words into {place}, or {get}"
        return (
            f"it is longer than {max_s:g} s, and only a recognizer can cut its transcript with it; shorten the "
            f"recording and its transcript in {place}, or {get}"
        )

    def _heard_note(self, text: str | None) -> str:
        place = self._recording.transcript_place
        if text is None:
            return f"no words are recognized in it; write its words into {place}"
        return f'heard "{_quoted(text)}"; if that is wrong, write the words of the recording into {place}'


def _quoted(text: str) -> str:
    return text if len(text) <= _MAX_QUOTED else text[: _MAX_QUOTED - 1] + "…"


def _end_of(text: str) -> str:
    return " ".join(text.split()[-4:]) if " " in text.strip() else text[-12:]
