"""The node that narrates a book."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .comfy.files import input_fingerprint, input_names
from .common.inputs import (
    BOOK_SUFFIXES,
    FORMATS,
    NO_FILE,
    SUBTITLES,
    cast_input,
    ceiling_input,
    level_voices_input,
    lexicon_input,
    normalize_input,
    on_failure_input,
    pause_scale_input,
    read_as_input,
    seed_input,
    speaker_input,
    speech_engine_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

MIN_LUFS = -40.0
MAX_PAUSE_S = 600.0


def _pause_input(name: str, default_s: float) -> io.Float.Input:
    return io.Float.Input(
        f"{name}_pause_s",
        default=default_s,
        min=0.0,
        max=MAX_PAUSE_S,
        step=0.05,
        tooltip=f"Silence after each {name}, in seconds. Changing it does not regenerate speech.",
    )


def _book_inputs() -> list[Any]:
    return [
        io.String.Input(
            "text",
            multiline=True,
            default="",
            placeholder="Chapter 1: ...",
            tooltip="The text of a book, with chapter headings; or a list of texts, one per chapter.",
        ),
        io.Combo.Input(
            "file",
            options=[NO_FILE, *input_names(BOOK_SUFFIXES)],
            default=NO_FILE,
            tooltip=(
                f"A book in ComfyUI's input folder ({', '.join(BOOK_SUFFIXES)}), instead of 'text'. The button below "
                "uploads one."
            ),
        ),
        io.String.Input(
            "folder",
            default="",
            placeholder="own",
            tooltip=(
                "A folder in ComfyUI's output folder, one per book. It keeps all generated speech, so an interrupted "
                "run can resume. Empty: a folder of this node in this workflow."
            ),
        ),
    ]


def _output_file_inputs() -> list[Any]:
    return [
        io.Combo.Input(
            "format",
            options=FORMATS,
            default=FORMATS[0],
            tooltip=(
                "File format of the chapters. none: write no chapter files. Changing it does not regenerate speech."
            ),
        ),
        io.Boolean.Input(
            "m4b", default=False, tooltip="Also write a single audiobook (.m4b) with chapter marks and the cover."
        ),
        io.Float.Input(
            "loudness_lufs",
            default=0.0,
            min=MIN_LUFS,
            max=0.0,
            step=0.5,
            tooltip=(
                "Normalize each chapter to this loudness in LUFS, from -40 to -5, for example -18. 0: leave it "
                "unchanged."
            ),
        ),
        ceiling_input("Maximum true peak in dBTP, if a loudness is set."),
        _pause_input("sentence", 0.3),
        _pause_input("paragraph", 0.7),
        _pause_input("chapter", 1.5),
        io.Combo.Input(
            "subtitles",
            options=SUBTITLES,
            default=SUBTITLES[0],
            tooltip="Subtitles to write for each chapter, timed to its audio file.",
        ),
        io.String.Input(
            "chapter_pattern",
            default="",
            tooltip=(
                "A regular expression for the lines that start chapters; its first group is the title, else the whole "
                "match. Empty: detect headings. Not for a list of texts."
            ),
        ),
        io.String.Input(
            "only",
            default="",
            tooltip="The chapters to narrate, counted from 1, as numbers and ranges: 3-5, 8. Empty: all chapters.",
        ),
        io.Boolean.Input(
            "output_audio",
            default=True,
            tooltip=(
                "Output each chapter as AUDIO too. This keeps it in memory: ten hours take about 3 GB. Off: files only."
            ),
        ),
        on_failure_input("sentence"),
        io.Boolean.Input(
            "restart",
            default=False,
            tooltip=(
                "Overwrite a folder that holds another book, or this book with other settings. Off: that is an error, "
                "and nothing of another book is deleted."
            ),
        ),
    ]


class VoxweftNarrate(io.ComfyNode):
    """Narrate a book, chapter by chapter."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Narrate",
            "Narrate",
            "Speech",
            "Narrates a book, chapter by chapter, into a folder of ComfyUI's output: audio files, subtitles, word "
            "times and an audiobook. An interrupted run resumes after the last finished sentence.",
            aliases=("audiobook", "book", "epub", "long text", "chapters", "m4b"),
            inputs=[
                *_book_inputs(),
                voice_input(),
                speed_input(),
                *_output_file_inputs(),
                speech_engine_input(),
                speaker_input(),
                cast_input("script"),
                lexicon_input(),
                seed_input(),
                read_as_input(),
                level_voices_input(),
                normalize_input(),
                pause_scale_input("the pauses after sentences, paragraphs and chapters"),
            ],
            outputs=[
                io.Audio.Output(
                    "audio",
                    display_name="audio",
                    tooltip="A list of the narrated chapters: mono, uncompressed, otherwise as in their files.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "manifest",
                    display_name="manifest",
                    tooltip="JSON lines: the book, each segment (text, position, times, cost) and each file.",
                ),
                io.String.Output(
                    "files",
                    display_name="files",
                    tooltip="A list of all files of these chapters and of the book, relative to the output folder.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip=(
                        "JSON: duration, files and loudness of the chapters; segments generated, reused and failed."
                    ),
                ),
            ],
            is_input_list=True,
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, text: list[str | None] | None = None, file: list[str | None] | None = None) -> bool | str:
        """Return True, or what is wrong: neither a text nor a file, or both."""
        texts, files = text or [], file or []
        # None is a value from a link, known only when the node runs.
        if None in (*texts, *files):
            return True
        return _source_problem(texts, files[0] if files else NO_FILE) or True

    @classmethod
    def fingerprint_inputs(cls, file: list[str | None] | None = None, **_: Any) -> str:
        """Return a string that changes when the file does."""
        name = (file or [NO_FILE])[0]
        return "" if name in (None, NO_FILE) else input_fingerprint(str(name), BOOK_SUFFIXES)

    @classmethod
    def execute(cls, text: list[str], file: list[str], **settings: list[Any]) -> io.NodeOutput:
        """Narrate the book.

        Raises:
            ValueError: a setting is wrong, or the folder holds something else.
            BookError: the book cannot be read; the message names the position.
            TextError: a script has an error; the message names line and column.
            SegmentError: a sentence failed and `on_failure` is "stop".
        """
        from .execute.narrate import NarrateInputs, narrate_on_host

        if problem := _source_problem(text, file[0]):
            raise ValueError(problem)
        inputs = NarrateInputs(
            texts=tuple(text),
            file="" if file[0] == NO_FILE else file[0],
            **{name: values[0] for name, values in settings.items()},
        )
        result = narrate_on_host(inputs, node_id=cls.hidden.unique_id, workflow=cls.hidden.extra_pnginfo)
        return io.NodeOutput(result.audio, result.manifest, result.files, result.report, ui=result.ui)


def _source_problem(texts: list[Any], file: str | None) -> str:
    """Return what is wrong with the choice of a book; empty if nothing is."""
    has_text = any(text and text.strip() for text in texts)
    if has_text and file not in (None, NO_FILE):
        return f"'text' and 'file' are both set; clear 'text', or set 'file' to '{NO_FILE}'"
    if not has_text and file in (None, NO_FILE):
        return "'text' is empty and no 'file' is selected; enter a text or select a file"
    return ""
