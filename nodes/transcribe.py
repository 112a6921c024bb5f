"""The node that writes down what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_option, engine_input
from .common.schema import schema

if TYPE_CHECKING:
    from .common.values import EngineValue

PRESETS = ["streaming", "broadcast", "short-form", "dubbing"]
FORMATS = ["srt", "vtt", "ass", "txt", "tsv"]
TASKS = ["transcribe", "translate"]


def layout_inputs() -> list[Any]:
    """Return the widgets that say how subtitles are laid out and written."""
    return [
        io.Combo.Input(
            "preset",
            options=PRESETS,
            default=PRESETS[0],
            tooltip=(
                "How subtitles are cut. streaming and broadcast: two lines at a pace people read. short-form: a few "
                "words at a time. dubbing: whole sentences, for Dub."
            ),
        ),
        io.Combo.Input(
            "subtitle_format",
            options=FORMATS,
            default=FORMATS[0],
            tooltip="What 'subtitles' is written as: SRT, WebVTT or ASS, or plain lines (txt) or a table (tsv).",
        ),
    ]


class VoxweftTranscribe(io.ComfyNode):
    """Audio in; text, subtitles, words and the language out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Transcribe",
            "Transcribe",
            "Recognition",
            "Writes down what is said in audio or in a video's sound, with the times of every "
            "word. Each item of a batch "
            "is written down by itself. What was heard once comes from the cache.",
            aliases=("stt", "speech to text", "asr", "whisper", "captions", "subtitles"),
            inputs=[
                io.String.Input(
                    "language",
                    default="",
                    tooltip="What is spoken, as a BCP-47 tag (en, de, ja). Empty: it is detected.",
                ),
                io.Combo.Input(
                    "task",
                    options=TASKS,
                    default=TASKS[0],
                    tooltip="transcribe: in the language that is spoken. translate: in English, whatever is spoken.",
                ),
                io.String.Input(
                    "prompt",
                    default="",
                    multiline=True,
                    tooltip="Text that could stand before it: names and spellings are taken from it. May be empty.",
                ),
                *layout_inputs(),
                io.Audio.Input(
                    "audio", optional=True, tooltip="What to listen to: any rate, channels and batch. This, or a video."
                ),
                io.Video.Input("video", optional=True, tooltip="A video, whose sound is listened to. This, or audio."),
                engine_input("listens", "the best one for recognition that is ready here"),
            ],
            outputs=[
                io.String.Output(
                    "text", display_name="text", tooltip="What was said, a line a segment.", is_output_list=True
                ),
                io.String.Output(
                    "subtitles",
                    display_name="subtitles",
                    tooltip="The same, laid out by the preset.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "words",
                    display_name="words",
                    tooltip="JSON: segments and words with their times; Align and programs read it.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "heard_language",
                    display_name="language",
                    tooltip="The language as a BCP-47 tag, given or detected; empty where nobody knows.",
                    is_output_list=True,
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        language: str,
        task: str,
        prompt: str,
        preset: str,
        subtitle_format: str,
        audio: Any = None,
        video: Any = None,
        engine: EngineValue | None = None,
    ) -> io.NodeOutput:
        """Write down. ValueError if both or neither of audio and video are there; SegmentError if listening fails."""
        from ..media.subtitles.presets import layout_rules
        from ..media.subtitles.transcript_formats import write_transcript
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_recogniser
        from .execute.transcribe import Sources, transcribe_on_host

        check_option("task", task, TASKS)
        check_option("preset", preset, PRESETS)
        check_option("subtitle_format", subtitle_format, FORMATS)
        runtime = shared_runtime()
        with Sources(audio, video) as sources:
            recogniser = make_recogniser(
                runtime, engine, language=language, translate=task == "translate", prompt=prompt, words=True
            )
            reports = transcribe_on_host(sources, recogniser, runtime, node_id=cls.hidden.unique_id)
        rows = [
            (
                write_transcript(report.pieces, "txt"),
                write_transcript(report.pieces, subtitle_format, layout_rules(preset, report.language)),
                write_transcript(report.pieces, "json"),
                report.language or "",
            )
            for report in reports
        ]
        return io.NodeOutput(*(list(column) for column in zip(*rows, strict=True)))
