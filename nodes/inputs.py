"""Inputs that several nodes have, and how they are checked before a graph runs."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

# The limits of eSpeak NG. They stand here as well as in its engine.toml because no node reads files at import; a test
# holds the two against each other.
MIN_SPEED = 0.46
MAX_SPEED = 2.57
MIN_PITCH = 0
MAX_PITCH = 99
DEFAULT_PITCH = 50
DEFAULT_VOICE = "en-us"


def voice_input() -> io.String.Input:
    """Return the widget for an eSpeak NG voice."""
    return io.String.Input(
        "voice",
        default=DEFAULT_VOICE,
        tooltip=(
            "A voice of eSpeak NG: a language (en-us, en-gb, de, fr, es, zh, ja ...), with a variant after a plus if "
            f"you like (en-us+f2, de+m3). Empty means {DEFAULT_VOICE}."
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
        tooltip=f"How high the voice is; {DEFAULT_PITCH} is the voice's own pitch.",
    )


def check_not_empty(name: str, value: str | None, what: str) -> bool | str:
    """Return True, or the message for an empty widget. None is a value that comes from a link: known when it runs."""
    if value is None or value.strip():
        return True
    return f"'{name}' is empty: {what}"
