"""The node that verifies generated speech by recognizing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import recognition_engine_input
from .common.schema import schema

if TYPE_CHECKING:
    from .common.values import EngineValue


class VoxweftVerify(io.ComfyNode):
    """Compare generated speech with its text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Verify",
            "Verify speech",
            "Recognition",
            "Transcribes each spoken segment and compares it with its text. Reports the word error rate of each "
            "segment and lists the worst ones, for Regenerate segments.",
            aliases=("wer", "word error rate", "check", "proof", "quality"),
            inputs=[
                io.Audio.Input("audio", tooltip="The speech, from Speak or Dub."),
                io.String.Input(
                    "timings",
                    force_input=True,
                    tooltip="The 'timings' output of Speak, or the 'report' output of Dub.",
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The spoken language as a BCP-47 tag (en, de, ja). Empty: detect it.",
                ),
                io.Int.Input(
                    "worst_count",
                    default=10,
                    min=1,
                    max=1000,
                    tooltip="Maximum number of segments in the 'worst' output.",
                ),
                recognition_engine_input(),
            ],
            outputs=[
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: the text, transcript and word error rate of each segment.",
                ),
                io.String.Output(
                    "worst", display_name="worst", tooltip="The worst segments, one per line, worst first."
                ),
                io.String.Output(
                    "segments",
                    display_name="segments",
                    tooltip="The numbers of the worst segments, for Regenerate segments.",
                ),
                io.Float.Output(
                    "wer", display_name="wer", tooltip="The word error rate of the whole text: errors per word."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, audio: Any, timings: str, language: str, worst_count: int, engine: EngineValue | None = None
    ) -> io.NodeOutput:
        """Verify the speech. ValueError if the timings do not belong to the audio."""
        from ..utils.streaming.runtime import shared_runtime
        from .comfy.audio import read_audio
        from .common.resolve import make_recognizer
        from .execute.verify import recordings_of, verification_outputs, verify_on_host

        runtime = shared_runtime()
        recordings = recordings_of(read_audio("audio", audio), timings)
        recognizer = make_recognizer(runtime, engine, language=language)
        results = verify_on_host(recordings, recognizer, runtime, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*verification_outputs(results, worst_count))
