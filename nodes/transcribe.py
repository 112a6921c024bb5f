"""The node that transcribes audio and video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_option, recognition_engine_input
from .common.schema import schema

if TYPE_CHECKING:
    from .common.values import EngineValue

PRESETS = ["streaming", "broadcast", "short-form", "dubbing"]
FORMATS = ["srt", "vtt", "ass", "txt", "tsv"]
TASKS = ["transcribe", "translate"]


def layout_inputs() -> list[Any]:
    """Return the widgets for the layout and format of subtitles."""
    return [
        io.Combo.Input(
            "preset",
            options=PRESETS,
            default=PRESETS[0],
            tooltip=(
                "Subtitle layout. streaming and broadcast: up to two lines at reading speed. short-form: a few words "
                "at a time. dubbing: whole sentences, for Dub."
            ),
        ),
        io.Combo.Input(
            "subtitle_format",
            options=FORMATS,
            default=FORMATS[0],
            tooltip="Format of the 'subtitles' output: SRT, WebVTT, ASS, plain lines (txt) or a table (tsv).",
        ),
    ]


class VoxweftTranscribe(io.ComfyNode):
    """Transcribe audio or a video."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Transcribe",
            "Transcribe",
            "Recognition",
            "Transcribes audio, or the sound of a video, with the time of each word. Each item of a batch is "
            "transcribed separately. Results are cached on disk.",
            aliases=("stt", "speech to text", "asr", "whisper", "captions", "subtitles"),
            inputs=[
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The spoken language as a BCP-47 tag (en, de, ja). Empty: detect it.",
                ),
                io.Combo.Input(
                    "task",
                    options=TASKS,
                    default=TASKS[0],
                    tooltip="transcribe: text in the spoken language. translate: text in English.",
                ),
                io.String.Input(
                    "prompt",
                    default="",
                    multiline=True,
                    tooltip=(
                        "Optional context: text that could precede the recording. The model copies its names and "
                        "spellings."
                    ),
                ),
                *layout_inputs(),
                io.Audio.Input(
                    "audio",
                    optional=True,
                    tooltip="The recordings: any sample rate, channels and batch size. Connect this or 'video'.",
                ),
                io.Video.Input(
                    "video", optional=True, tooltip="A video; its sound is transcribed. Connect this or 'audio'."
                ),
                recognition_engine_input(),
            ],
            outputs=[
                io.String.Output(
                    "text", display_name="text", tooltip="The transcript, one line per segment.", is_output_list=True
                ),
                io.String.Output(
                    "subtitles",
                    display_name="subtitles",
                    tooltip="The transcript in the chosen preset and format.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "words",
                    display_name="words",
                    tooltip="JSON: segments and words with their times, for Align edited text and other programs.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "heard_language",
                    display_name="language",
                    tooltip="The given or detected language as a BCP-47 tag; empty if unknown.",
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
        """Transcribe each recording.

        Raises:
            ValueError: both or neither of `audio` and `video` are connected.
            SegmentError: recognition failed.
        """
        from ..media.subtitles.presets import layout_rules
        from ..media.subtitles.transcript_formats import write_transcript
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_recognizer
        from .execute.transcribe import Sources, transcribe_on_host

        check_option("task", task, TASKS)
        check_option("preset", preset, PRESETS)
        check_option("subtitle_format", subtitle_format, FORMATS)
        runtime = shared_runtime()
        with Sources(audio, video) as sources:
            recognizer = make_recognizer(
                runtime, engine, language=language, translate=task == "translate", prompt=prompt, words=True
            )
            reports = transcribe_on_host(sources, recognizer, runtime, node_id=cls.hidden.unique_id)
        rows = [
            (
                write_transcript(report.segments, "txt"),
                write_transcript(report.segments, subtitle_format, layout_rules(preset, report.language)),
                write_transcript(report.segments, "json"),
                report.language or "",
            )
            for report in reports
        ]
        return io.NodeOutput(*(list(column) for column in zip(*rows, strict=True)))
