"""The node that gives a corrected transcript the times of the recognized words."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty, check_option
from .common.schema import schema
from .transcribe import FORMATS, PRESETS, layout_inputs


class VoxweftAlign(io.ComfyNode):
    """Align a corrected text with recognized words."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Align",
            "Align edited text",
            "Recognition",
            "Gives a corrected transcript the times of the recognized words. Unchanged words keep their times; new "
            "words share the times of their neighbors.",
            aliases=("forced alignment", "edit transcript", "correct"),
            inputs=[
                io.String.Input("words", force_input=True, tooltip="The 'words' output of Transcribe."),
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="The corrected text, one line per segment.",
                    tooltip=(
                        "The corrected text. With one line per segment it is aligned line by line, else as one text."
                    ),
                ),
                *layout_inputs(),
            ],
            outputs=[
                io.String.Output(
                    "subtitles", display_name="subtitles", tooltip="The corrected text in the chosen preset and format."
                ),
                io.String.Output(
                    "aligned_words", display_name="words", tooltip="JSON: the segments and words with their times."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "enter the corrected text")

    @classmethod
    def execute(cls, words: str, text: str, preset: str, subtitle_format: str) -> io.NodeOutput:
        """Align the text. SubtitleError if `words` is not Transcribe's output, ValueError if it has no words."""
        from ..media.subtitles.align import align_transcript
        from ..media.subtitles.presets import layout_rules
        from ..media.subtitles.transcript_formats import read_transcript, write_transcript

        check_option("preset", preset, PRESETS)
        check_option("subtitle_format", subtitle_format, FORMATS)
        segments = align_transcript(read_transcript(words), text)
        rules = layout_rules(preset, segments[0].language)
        return io.NodeOutput(write_transcript(segments, subtitle_format, rules), write_transcript(segments, "json"))
