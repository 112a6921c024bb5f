"""Inputs that several nodes share, and checks that run before a graph does."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from comfy_api.v0_0_2 import io

from .schema import CAST, ENGINE, LEXICON, VOICE

# The widest range that an engine may declare. Each engine's limits are checked when the node runs.
MIN_SPEED = 0.25
MAX_SPEED = 4.0
MAX_SEED = 0xFFFFFFFF
NORMALIZE = ["on", "name emoji", "off"]
READ_AS = ["auto", "script", "plain"]
BOOK_SUFFIXES = (".txt", ".md", ".epub")
NO_FILE = "no file"
FORMATS = ["mp3", "m4a", "opus", "flac", "wav", "none"]
SUBTITLES = ["srt", "vtt", "ass", "none"]
ON_FAILURE = ["stop", "continue"]


def voice_input() -> io.String.Input:
    """Return the widget for a voice by name."""
    return io.String.Input(
        "voice",
        default="",
        tooltip=(
            "A voice of the engine, or a mix such as af_bella(2)+af_sky(1) for Kokoro. Empty: the engine's default "
            "voice."
        ),
    )


def speed_input() -> io.Float.Input:
    """Return the widget for the speed, a factor."""
    return io.Float.Input(
        "speed",
        default=1.0,
        min=MIN_SPEED,
        max=MAX_SPEED,
        step=0.01,
        tooltip=(
            "Speaking speed as a factor: 1 is the voice's normal speed, 2 is twice as fast. An engine may have a "
            "smaller range. For an engine without speed control, the tempo of the finished audio is changed."
        ),
    )


def speech_engine_input() -> Any:
    """Return the socket for an engine that speaks."""
    return ENGINE.Input(
        "engine",
        optional=True,
        tooltip="The engine that speaks. Not connected: the default engine (Kokoro if it is ready, else eSpeak NG).",
    )


def recognition_engine_input() -> Any:
    """Return the socket for an engine that recognizes speech."""
    return ENGINE.Input(
        "engine",
        optional=True,
        tooltip="The engine that recognizes speech. Not connected: the default one (faster-whisper if it is ready).",
    )


def speaker_input() -> Any:
    """Return the socket for a voice, which takes precedence over the widget."""
    return VOICE.Input("speaker", optional=True, tooltip="A voice from a Voice node. Overrides the 'voice' widget.")


def cast_input(source: str) -> Any:
    """Return the socket for a cast. `source` names the text that the speakers' names come from."""
    return CAST.Input("cast", optional=True, tooltip=f"Maps the speakers named in the {source} to voices.")


def ceiling_input(tooltip: str) -> io.Float.Input:
    """Return the widget for the ceiling of true peaks, in dBTP."""
    return io.Float.Input("ceiling_dbtp", default=-1.0, min=-20.0, max=0.0, step=0.1, tooltip=tooltip)


def lexicon_input() -> Any:
    """Return the socket for a lexicon."""
    return LEXICON.Input("lexicon", optional=True, tooltip="Pronunciations from a Lexicon node.")


def normalize_input() -> io.Combo.Input:
    """Return the widget that selects how a text is normalized."""
    return io.Combo.Input(
        "normalize",
        optional=True,
        options=NORMALIZE,
        default=NORMALIZE[0],
        tooltip=(
            "on: put numbers, times, units, abbreviations and signs into words, and leave out Markdown and emoji. name "
            "emoji: the same, but say the names of emoji. off: send the text to the engine as it is."
        ),
    )


class Normalization(NamedTuple):
    """The fields of a request for the widget's value."""

    normalize: bool
    name_emoji: bool


def normalization_of(choice: str) -> Normalization:
    """Return how a text is normalized. ValueError for an unknown choice."""
    check_option("normalize", choice, NORMALIZE)
    return Normalization(choice != "off", choice == "name emoji")


def level_voices_input() -> io.Boolean.Input:
    """Return the switch that brings all voices to one loudness."""
    return io.Boolean.Input(
        "level_voices",
        optional=True,
        default=True,
        tooltip=(
            "Bring every voice to the same loudness, -18 LUFS, by a constant gain. Off: leave voices as they are. "
            "Changing it does not regenerate speech."
        ),
    )


def pause_scale_input(pauses: str) -> io.Float.Input:
    """Return the widget that scales a job's pauses; `pauses` names them."""
    return io.Float.Input(
        "pause_scale",
        optional=True,
        default=1.0,
        min=0.0,
        max=5.0,
        step=0.05,
        tooltip=f"Factor on {pauses}; not on those that a script sets. Changing it does not regenerate speech.",
    )


def level_of(level_voices: bool) -> Literal["off"] | None:
    """Return the level of a job; None for the user's setting."""
    return None if level_voices else "off"


def names_of(text: str) -> tuple[str, ...]:
    """Return the names in a widget's text, which are separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def read_as_input() -> io.Combo.Input:
    """Return the widget that selects whether a text is a script."""
    return io.Combo.Input(
        "read_as",
        optional=True,
        options=READ_AS,
        default=READ_AS[0],
        tooltip=(
            "script: interpret tags such as [Anna], 'Anna:', [pause:1s], [de:] and SSML. plain: no tags. "
            "auto: script if a cast is connected, else plain."
        ),
    )


def markup_of(read_as: str) -> bool | None:
    """Return whether a text is a script. None means: if a cast is connected."""
    return {"auto": None, "script": True, "plain": False}[check_option("read_as", read_as, READ_AS)]


def seed_input() -> io.Int.Input:
    """Return the widget for the seed."""
    return io.Int.Input(
        "seed",
        optional=True,
        default=0,
        min=0,
        max=MAX_SEED,
        control_after_generate=True,
        tooltip=(
            "For engines that use randomness (Kokoro): the same seed gives the same audio. Changing it generates "
            "everything again. eSpeak NG ignores it."
        ),
    )


def low_latency_input() -> io.Boolean.Input:
    """Return the switch for low latency."""
    return io.Boolean.Input(
        "low_latency",
        optional=True,
        default=False,
        tooltip=(
            "Generate the first part separately: playback starts sooner, but the join may be audible. Cached "
            "separately. Without effect on an engine that has no settings for it."
        ),
    )


def workers_input(scaling: str) -> io.Int.Input:
    """Return the widget for the number of worker processes. `scaling` describes the effect of more workers."""
    return io.Int.Input("workers", default=1, min=1, max=16, tooltip=f"Number of worker processes. {scaling}")


def on_failure_input(unit: str) -> io.Combo.Input:
    """Return the widget that selects whether a failed `unit` (sentence, cue) fails the node."""
    return io.Combo.Input(
        "on_failure",
        options=ON_FAILURE,
        default=ON_FAILURE[0],
        tooltip=(
            f"What to do if a {unit} fails. stop: the node fails and shows the reason. continue: leave the {unit} "
            "silent and list it in the report."
        ),
    )


def check_not_empty(name: str, value: str | None, fix: str) -> bool | str:
    """Return True, or the message for an empty widget. None is a value from a link, known only when the node runs."""
    if value is None or value.strip():
        return True
    return f"'{name}' is empty; {fix}"


def check_option(name: str, value: str, options: list[str]) -> str:
    """Return the value. ValueError if it is not an option: ComfyUI 0.3.64 does not check the value of a combo."""
    if value not in options:
        raise ValueError(f"'{name}' is {value!r}; it must be one of {', '.join(options)}")
    return value
