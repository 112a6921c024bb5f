"""Inputs that several nodes have, and how they are checked before a graph runs."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .schema import CAST, ENGINE, LEXICON, VOICE

# The limits of eSpeak NG. They stand here as well as in its engine.toml because no node reads files at import; a test
# holds the two against each other.
MIN_SPEED = 0.46
MAX_SPEED = 2.57
MIN_PITCH = 0
MAX_PITCH = 99
DEFAULT_PITCH = 50
DEFAULT_VOICE = "en-us"
MAX_SEED = 0xFFFFFFFF
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
        default=DEFAULT_VOICE,
        tooltip=(
            "Without an engine connected, a voice of eSpeak NG: a language (en-us, en-gb, de, "
            "fr, es, zh, ja ...), with "
            f"a variant after a plus if you like (en-us+f2, de+m3). Empty means {DEFAULT_VOICE}. With an engine, a "
            f"voice of that one; empty or {DEFAULT_VOICE} means the voice that the engine's node names."
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
        tooltip="How fast it speaks: 1 is the voice's own speed, 2 is twice as fast.",
    )


def pitch_input() -> io.Int.Input:
    """Return the widget for the base pitch."""
    return io.Int.Input(
        "pitch",
        default=DEFAULT_PITCH,
        min=MIN_PITCH,
        max=MAX_PITCH,
        tooltip=f"How high the voice is, for engines that can (eSpeak NG); {DEFAULT_PITCH} is the voice's own pitch.",
    )


def engine_input(purpose: str, without: str) -> Any:
    """Return the socket for an engine; `without` says what happens if nothing is connected."""
    return ENGINE.Input("engine", optional=True, tooltip=f"The engine that {purpose}. Without one: {without}.")


def speaker_input() -> Any:
    """Return the socket for a voice, which goes before the widget."""
    return VOICE.Input(
        "speaker", optional=True, tooltip="A voice from a Voice node. It goes before the widget 'voice' if connected."
    )


def cast_input(names: str) -> Any:
    """Return the socket for a cast; `names` says where its names come from."""
    return CAST.Input("cast", optional=True, tooltip=f"Who speaks under which name; the names are {names}.")


def ceiling_input(tooltip: str) -> io.Float.Input:
    """Return the widget for the ceiling of true peaks, in dBTP."""
    return io.Float.Input("ceiling_dbtp", default=-1.0, min=-20.0, max=0.0, step=0.1, tooltip=tooltip)


def lexicon_input() -> Any:
    """Return the socket for a lexicon."""
    return LEXICON.Input("lexicon", optional=True, tooltip="How words are spoken, from a Lexicon node.")


def read_as_input() -> io.Combo.Input:
    """Return the widget that says whether a text is a script."""
    return io.Combo.Input(
        "read_as",
        optional=True,
        options=READ_AS,
        default=READ_AS[0],
        tooltip=(
            "script: tags such as [Anna], 'Anna:', [pause:1s], [de:] and SSML are read as such. plain: every character "
            "is text. auto: a script if a cast is connected."
        ),
    )


def markup_of(read_as: str) -> bool | None:
    """Return what that widget means: whether a text is a script, None where the cast says so."""
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
            "For engines with randomness (Kokoro): the same seed makes the same sound, another one another take. A "
            "change of it speaks everything anew; eSpeak NG has no randomness, and its cache doesn't mind."
        ),
    )


def workers_input(measured: str) -> io.Int.Input:
    """Return the widget for the number of worker processes; `measured` says what more of them bring."""
    return io.Int.Input(
        "workers", default=1, min=1, max=16, tooltip=f"How many processes work side by side. {measured}"
    )


def on_failure_input(options: list[str], what: str) -> io.Combo.Input:
    """Return the widget that says whether one failure ends the whole; `what` is the thing that fails."""
    return io.Combo.Input(
        "on_failure",
        options=options,
        default=options[0],
        tooltip=(
            f"When a {what} can't be spoken. stop: the node fails with the reason. continue: the {what} stays "
            "silent, and the report says which one and why."
        ),
    )


def check_not_empty(name: str, value: str | None, what: str) -> bool | str:
    """Return True, or the message for an empty widget. None is a value that comes from a link: known when it runs."""
    if value is None or value.strip():
        return True
    return f"'{name}' is empty: {what}"


def check_option(name: str, value: str, options: list[str]) -> str:
    """Return the value; ValueError if it isn't one of the options (0.3.64 doesn't hold a combo's against them)."""
    if value not in options:
        raise ValueError(f"{name} is {value!r}, not one of {', '.join(options)}")
    return value
