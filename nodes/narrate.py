"""The node that reads a book aloud."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .comfy.files import input_names, input_print
from .common.inputs import (
    BOOK_SUFFIXES,
    FORMATS,
    NO_FILE,
    ON_FAILURE,
    SUBTITLES,
    cast_input,
    ceiling_input,
    engine_input,
    lexicon_input,
    on_failure_input,
    read_as_input,
    seed_input,
    speaker_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

MIN_LUFS = -40.0
MAX_PAUSE_S = 600.0


def _pause_input(name: str, default_s: float, what: str) -> io.Float.Input:
    return io.Float.Input(
        f"{name}_pause_s",
        default=default_s,
        min=0.0,
        max=MAX_PAUSE_S,
        step=0.05,
        tooltip=f"Silence behind {what}, in seconds. A change speaks nothing anew.",
    )


def _book_inputs() -> list[Any]:
    return [
        io.String.Input(
            "text",
            multiline=True,
            default="",
            placeholder="Chapter 1: ...",
            tooltip="The text of a book, with headings where its chapters begin; or a list of texts, a chapter each.",
        ),
        io.Combo.Input(
            "file",
            options=[NO_FILE, *input_names(BOOK_SUFFIXES)],
            default=NO_FILE,
            tooltip=(
                f"Instead of the text: a book in ComfyUI's input folder ({', '.join(BOOK_SUFFIXES)}); the button below "
                "puts one there."
            ),
        ),
        io.String.Input(
            "folder",
            default="voxweft/narration",
            tooltip=(
                "A folder within ComfyUI's output folder, one for each book: what was spoken stays there, and a run "
                "that was stopped goes on from it."
            ),
        ),
    ]


def _sound_inputs() -> list[Any]:
    return [
        io.Combo.Input(
            "format",
            options=FORMATS,
            default=FORMATS[0],
            tooltip="What each chapter's file is written as. none: no such files. A change speaks nothing anew.",
        ),
        io.Boolean.Input(
            "m4b", default=False, tooltip="Write one audiobook with chapter marks and the cover, too (.m4b)."
        ),
        io.Float.Input(
            "loudness_lufs",
            default=0.0,
            min=MIN_LUFS,
            max=0.0,
            step=0.5,
            tooltip="Bring each chapter to this loudness, in LUFS, such as -18 (down to -40, up to -5); 0: as it is.",
        ),
        ceiling_input("With a loudness: where true peaks end, in dBTP."),
        _pause_input("sentence", 0.3, "a sentence"),
        _pause_input("paragraph", 0.7, "a paragraph"),
        _pause_input("chapter", 1.5, "a chapter"),
        io.Combo.Input(
            "subtitles",
            options=SUBTITLES,
            default=SUBTITLES[0],
            tooltip="The subtitles beside each chapter, at the times of its file.",
        ),
        io.String.Input(
            "chapters",
            default="",
            tooltip=(
                "A regular expression for the lines that begin chapters; empty: headings are found by themselves. The "
                "title is its first group, else the match. Not for a list of texts."
            ),
        ),
        io.String.Input(
            "only", default="", tooltip="The chapters to make, counted from 1, such as 3-5, 8; empty: all of them."
        ),
        io.Boolean.Input(
            "give_audio",
            default=True,
            tooltip=(
                "Give each chapter as AUDIO, too, which holds it in memory: ten hours take some 3 GB. Off: files alone."
            ),
        ),
        on_failure_input(ON_FAILURE, "sentence"),
        io.Boolean.Input(
            "restart",
            default=False,
            tooltip=(
                "Whether a folder that holds this book in another voice, or another book, is taken: what is spoken "
                "otherwise now replaces what lies there. Off: that is an error."
            ),
        ),
    ]


class VoxweftNarrate(io.ComfyNode):
    """A book in; its chapters as audio and as files, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Narrate",
            "Narrate",
            "Speech",
            "Reads a book aloud, chapter by chapter, into a folder of ComfyUI's output: sound files, subtitles, times "
            "of words, an audiobook. Stopped at any time, it goes on from the last finished sentence.",
            aliases=("audiobook", "book", "epub", "long text", "chapters", "m4b"),
            inputs=[
                *_book_inputs(),
                voice_input(),
                speed_input(),
                *_sound_inputs(),
                engine_input("speaks", "eSpeak NG, which needs no download"),
                speaker_input(),
                cast_input("those of the script"),
                lexicon_input(),
                seed_input(),
                read_as_input(),
            ],
            outputs=[
                io.Audio.Output(
                    "audio",
                    display_name="audio",
                    tooltip="A list of the chapters that were made: one channel each, as in its file but not encoded.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "manifest",
                    display_name="manifest",
                    tooltip="JSON lines: the book, each segment with its text, place, times and cost, and each file.",
                ),
                io.String.Output(
                    "files",
                    display_name="files",
                    tooltip="A list of all files of those chapters, and the book's, within the output folder.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: the chapters with length, files and loudness; what was made, kept and failed.",
                ),
            ],
            is_input_list=True,
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, text: list[str | None] | None = None, file: list[str | None] | None = None) -> bool | str:
        """Return True, or what is wrong: neither a text nor a file, or both."""
        texts, files = text or [], file or []
        # None is a value that comes from a link: known when it runs.
        if any(one is None for one in (*texts, *files)):
            return True
        return _which(texts, files[0] if files else NO_FILE) or True

    @classmethod
    def fingerprint_inputs(cls, file: list[str | None] | None = None, **_: Any) -> str:
        """Return what changes when the file does."""
        name = (file or [NO_FILE])[0]
        return "" if name in (None, NO_FILE) else input_print(str(name), BOOK_SUFFIXES)

    @classmethod
    def execute(cls, text: list[str], file: list[str], **given: list[Any]) -> io.NodeOutput:
        """Narrate. BookError, ScriptError and NarrationError name the place; SegmentError has the engine's message."""
        from .execute.narrate import Asked, narrate_on_host

        if wrong := _which(text, file[0]):
            raise ValueError(wrong)
        asked = Asked(
            texts=tuple(text),
            file="" if file[0] == NO_FILE else file[0],
            **{name: values[0] for name, values in given.items()},
        )
        made = narrate_on_host(asked, node_id=cls.hidden.unique_id)
        return io.NodeOutput(made.audio, made.manifest, made.files, made.report, ui=made.ui)


def _which(texts: list[Any], file: str | None) -> str:
    """Return what is wrong with the choice of a book; empty if nothing is."""
    has_text = any(text and text.strip() for text in texts)
    if has_text and file not in (None, NO_FILE):
        return f"'text' and 'file' both name a book: leave one of the two at nothing ('{NO_FILE}')"
    if not has_text and file in (None, NO_FILE):
        return "'text' is empty, and 'file' names no book: there is nothing to narrate"
    return ""
