"""The node that gives an edited text the times of what was recognised."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty, check_option
from .common.schema import schema
from .transcribe import FORMATS, PRESETS, layout_inputs


class VoxweftAlign(io.ComfyNode):
    """Words with times and a corrected text in; the text with times out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Align",
            "Align edited text",
            "Recognition",
            "Gives a corrected transcript the times of the recognised words: what was left "
            "alone keeps its times, what was "
            "put in shares those of its neighbours.",
            aliases=("forced alignment", "edit transcript", "correct"),
            inputs=[
                io.String.Input("words", force_input=True, tooltip="The output 'words' of Transcribe."),
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="The corrected text, a line a segment.",
                    tooltip="The corrected text. With as many lines as segments, line by line; else as one text.",
                ),
                *layout_inputs(),
            ],
            outputs=[
                io.String.Output("subtitles", display_name="subtitles", tooltip="The corrected text, laid out."),
                io.String.Output(
                    "aligned_words", display_name="words", tooltip="JSON: its segments and words with their times."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "there is nothing to align")

    @classmethod
    def execute(cls, words: str, text: str, preset: str, subtitle_format: str) -> io.NodeOutput:
        """Align. SubtitleError where 'words' isn't what Transcribe writes; ValueError where it holds no words."""
        from ..media.subtitles.align import realigned
        from ..media.subtitles.presets import layout_rules
        from ..media.subtitles.transcript_formats import read_transcript, write_transcript

        check_option("preset", preset, PRESETS)
        check_option("subtitle_format", subtitle_format, FORMATS)
        pieces = realigned(read_transcript(words), text)
        rules = layout_rules(preset, pieces[0].language)
        return io.NodeOutput(write_transcript(pieces, subtitle_format, rules), write_transcript(pieces, "json"))
