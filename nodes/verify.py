"""The node that listens to what was spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import engine_input
from .common.schema import schema

if TYPE_CHECKING:
    from .common.values import EngineValue


class VoxweftCheck(io.ComfyNode):
    """Audio and its timings in; how far what is heard is from the text, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Check",
            "Check speech",
            "Recognition",
            "Listens to each spoken segment and compares what it hears with the text: the word "
            "error rate of each, and the "
            "worst of them, to be done again.",
            aliases=("wer", "word error rate", "proof", "quality"),
            inputs=[
                io.Audio.Input("audio", tooltip="The speech, as Speak or Dub made it."),
                io.String.Input(
                    "timings",
                    force_input=True,
                    tooltip="The timings of Speak, or the report of Dub: where each segment is.",
                ),
                io.String.Input(
                    "language", default="", tooltip="What is spoken, as a BCP-47 tag; empty: it is detected."
                ),
                io.Int.Input(
                    "worst_count", default=10, min=1, max=1000, tooltip="So many of the worst segments are listed."
                ),
                engine_input("listens", "the best one for recognition that is ready here"),
            ],
            outputs=[
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: for each segment its text, what was heard, and the word error rate.",
                ),
                io.String.Output(
                    "worst", display_name="worst", tooltip="The worst segments, a line each, worst first."
                ),
                io.String.Output("numbers", display_name="numbers", tooltip="Their numbers, for Redo segments."),
                io.Float.Output("wer", display_name="wer", tooltip="The word error rate of the whole: errors a word."),
            ],
        )

    @classmethod
    def execute(
        cls, audio: Any, timings: str, language: str, worst_count: int, engine: EngineValue | None = None
    ) -> io.NodeOutput:
        """Check. ValueError where the timings aren't those of the audio."""
        from ..utils.streaming.runtime import shared_runtime
        from .comfy.audio import read_audio
        from .common.resolve import make_recogniser
        from .execute.verify import proofs_text, prove_on_host, takes_of

        runtime = shared_runtime()
        takes = takes_of(read_audio("audio", audio), timings)
        recogniser = make_recogniser(runtime, engine, language=language)
        proofs = prove_on_host(takes, recogniser, runtime, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*proofs_text(proofs, worst_count))
