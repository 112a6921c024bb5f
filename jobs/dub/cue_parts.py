"""The parts of cues that are spoken: each cue, or each speaker's part of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import msgspec

from ...media.subtitles import Cue
from ...media.subtitles.sound_descriptions import sound_conventions, split_sounds
from ...media.subtitles.speakers import speaker_conventions, split_by_speaker
from ...text.punctuation import SPEAKABLE
from ...text.sound_tags import SpokenText, spoken_text, without_literals
from ...text.sounds import sound_name
from ...text.verbalize.invisible import without_invisible
from ...utils.names import name_key
from ..speak.utterances import Normalizers
from ..voices.cast import Cast
from ..voices.speaker_resolver import SpeakerResolver
from .slots import Slot

_LABEL_MARKS = " :：[]()（）"
_OVERHEAD_CHARS = 8
"""The time of a part in addition to its text, in characters: a breath, and the slow start of a single word."""


class CuePart(msgspec.Struct, frozen=True, kw_only=True):
    """One speaker's text in a cue: part `part` (from 0) of the cue's `parts`.

    Attributes:
        cue: The index of the cue, as the cues were given.
        source: The part's text in the file.
        spoken: The spoken words, on one line; empty if the part has only sounds.
        payload: The text for the engine: the words, normalized, and tags of sounds that it performs.
        performed: These sounds.
        speaker: The speaker's name in the cast, or in the file if it isn't in the cast; empty if none is named.
        in_cast: Whether the speaker is in the cast. If not, the narrator speaks the part.
    """

    cue: int
    part: int
    parts: int
    source: str
    spoken: str
    payload: str
    performed: tuple[str, ...] = ()
    speaker: str
    in_cast: bool


class SkippedSound(msgspec.Struct, frozen=True, kw_only=True):
    """A sound description that isn't spoken, and the index of its cue."""

    cue: int
    text: str
    slot_start_s: float
    slot_end_s: float


class UnlistedSpeaker(msgspec.Struct, frozen=True, kw_only=True):
    """A speaker that isn't in the cast: the narrator speaks its `lines` parts. `near` are similar names."""

    speaker: str
    lines: int
    near: tuple[str, ...] = ()


class SpeakerLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A label in the text (`ANN:`) that is taken for a speaker's name, so that it isn't spoken, and how often."""

    label: str
    lines: int
    in_cast: bool


class CueParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts in order of their time, the skipped sounds, and the speakers that aren't in the cast.

    `labels` are the names in the texts. `silent` are the indices of cues without words, as `...`. `notes` are the
    sounds that engines were to perform but can't, and the cues that are only marks or emoji, each once.
    """

    parts: tuple[CuePart, ...]
    skipped: tuple[SkippedSound, ...]
    unmapped: tuple[UnlistedSpeaker, ...]
    labels: tuple[SpeakerLabel, ...] = ()
    silent: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def split_cues(
    cues: Sequence[Cue],
    speakers: SpeakerResolver,
    normalizers: Normalizers,
    *,
    keep_sounds: bool = False,
    perform_sounds: bool = False,
    keep_labels: Sequence[str] = (),
) -> CueParts:
    """Return the spoken parts of cues, by start time (equal starts as given).

    A name is a speaker's if the cast has it, or by the conventions of the file (`speaker_conventions`), unless it is
    one of `keep_labels`. Invisible characters are left out.
    """
    cast = speakers.cast
    visible = [_visible(cue) for cue in cues]
    keep_labels = [label.strip(_LABEL_MARKS) for label in keep_labels]
    convention = speaker_conventions(visible, keep_labels)
    sound_marks = sound_conventions((cue.text for cue in visible), keep_labels)
    names = {name_key(name) for name in convention.names}
    kept = {name_key(label) for label in keep_labels}
    parts: list[CuePart] = []
    skipped: list[SkippedSound] = []
    unlisted: dict[str, UnlistedSpeaker] = {}
    labels: dict[str, SpeakerLabel] = {}
    silent: list[int] = []
    notes: dict[str, None] = {}

    def is_name(name: str) -> bool:
        key = name_key(name)
        return key not in kept and (key in names or cast.find(name) is not None)

    for index in sorted(range(len(cues)), key=lambda index: cues[index].start_ms):
        cue = cues[index]
        own: list[CuePart] = []
        n_skipped = len(skipped)
        for part in split_by_speaker(visible[index], is_name, has_chevrons=convention.has_chevrons):
            cast_speaker = cast.find(part.speaker) if part.speaker else None
            resolved = speakers.narrator if cast_speaker is None else speakers.resolve(cast_speaker.name)
            if part.label:
                _count_label(labels, part.speaker, in_cast=cast_speaker is not None)
            tags = resolved.performed
            split = split_sounds(part.text, tags if perform_sounds else None, keep=keep_sounds, conventions=sound_marks)
            skipped += [
                SkippedSound(cue=index, text=sound, slot_start_s=cue.start_s, slot_end_s=cue.end_s)
                for sound in split.sounds
            ]
            if perform_sounds:
                known = filter(None, (sound_name(sound[1:-1]) for sound in split.sounds))
                notes |= dict.fromkeys(resolved.left_out(f"'{name}'") for name in known)
            payload = " ".join((split.spoken if perform_sounds else without_literals(split.spoken, tags)).split())
            if not payload:
                continue
            words = spoken_text(payload, tags.values()) if perform_sounds else SpokenText(payload, ())
            verbalizer = normalizers.of(resolved).verbalizer
            if verbalizer is not None:
                normalized = verbalizer.apply(payload).strip()
                if normalized != payload and not SPEAKABLE.search(normalized):
                    notes[f"'{words.words}' has no words to speak: it is only marks or emoji"] = None
                payload = normalized
            if not _has_words(payload, is_normalized=verbalizer is not None):
                continue
            if part.speaker and cast_speaker is None:
                _count(unlisted, part.speaker, cast)
            own.append(
                CuePart(
                    cue=index,
                    part=len(own),
                    parts=1,
                    source=part.source,
                    spoken=words.words,
                    payload=payload,
                    performed=words.performed,
                    speaker=cast_speaker.name if cast_speaker is not None else part.speaker,
                    in_cast=cast_speaker is not None,
                )
            )
        if not own and len(skipped) == n_skipped:
            silent.append(index)
        elif len(own) == 1:
            parts.append(msgspec.structs.replace(own[0], source=cue.text))
        else:
            parts += [msgspec.structs.replace(part, parts=len(own)) for part in own]
    return CueParts(
        parts=tuple(parts),
        skipped=tuple(skipped),
        unmapped=tuple(unlisted.values()),
        labels=tuple(labels.values()),
        silent=tuple(silent),
        notes=tuple(notes),
    )


def _visible(cue: Cue) -> Cue:
    """Return a cue without invisible characters."""
    if cue.text.isascii() and cue.speaker.isascii() and not cue.voices:
        return cue
    return msgspec.structs.replace(
        cue,
        text=without_invisible(cue.text),
        speaker=without_invisible(cue.speaker),
        voices=tuple(
            msgspec.structs.replace(voice, speaker=without_invisible(voice.speaker), text=without_invisible(voice.text))
            for voice in cue.voices
        ),
    )


def _has_words(text: str, *, is_normalized: bool) -> bool:
    """Return whether an engine has something to say for a text; of a text as written, signs such as `€` too."""
    if is_normalized or SPEAKABLE.search(text):
        return SPEAKABLE.search(text) is not None
    return any(unicodedata.category(character)[0] not in "CPZ" and character != "\ufffd" for character in text)


def _count_label(labels: dict[str, SpeakerLabel], name: str, *, in_cast: bool) -> None:
    known = labels.get(name_key(name)) or SpeakerLabel(label=name, lines=0, in_cast=in_cast)
    labels[name_key(name)] = msgspec.structs.replace(known, lines=known.lines + 1)


def _count(unlisted: dict[str, UnlistedSpeaker], name: str, cast: Cast) -> None:
    known = unlisted.get(name_key(name)) or UnlistedSpeaker(speaker=name, lines=0, near=cast.near(name))
    unlisted[name_key(name)] = msgspec.structs.replace(known, lines=known.lines + 1)


def place_parts(parts: Sequence[CuePart], cues: Sequence[Cue], sample_rate: int) -> tuple[list[CuePart], list[Slot]]:
    """Return the parts in order of their start, with their slots in samples.

    A slot is the cue's time, or a share of it by the length of the part's text. Times are rounded to the nearest
    sample, halves up. Negative times become 0, and a cue that ends before it starts has no length.
    """
    placed: list[tuple[CuePart, Slot]] = []
    index = 0
    while index < len(parts):
        cue = cues[parts[index].cue]
        start, end = cue_samples(cue, sample_rate)
        own = parts[index : index + parts[index].parts]
        total = sum(len(part.spoken) + _OVERHEAD_CHARS for part in own)
        done, part_start = 0, start
        for part in own:
            done += len(part.spoken) + _OVERHEAD_CHARS
            part_end = start + (end - start) * done // total
            placed.append((part, Slot(part_start, part_end, name_key(part.speaker))))
            part_start = part_end
        index += len(own)
    placed.sort(key=lambda part_and_slot: part_and_slot[1].start)
    return [part for part, _ in placed], [slot for _, slot in placed]


def cue_samples(cue: Cue, sample_rate: int) -> tuple[int, int]:
    """Return the time of a cue in samples, rounded to the nearest. A cue that ends before it starts has no length."""
    start = max(0, _samples(cue.start_ms, sample_rate))
    return start, max(start, _samples(cue.end_ms, sample_rate))


def _samples(time_ms: int, sample_rate: int) -> int:
    return (2 * time_ms * sample_rate + 1000) // 2000
