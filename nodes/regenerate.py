"""The node that regenerates single segments of a Speak node's result."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .common.inputs import MAX_SEED, check_not_empty
from .common.schema import schema
from .speak import speech_outputs


class VoxweftRegenerate(io.ComfyNode):
    """Generate single segments again with another seed."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Regenerate",
            "Regenerate segments",
            "Speech",
            "Generates single segments again with another seed, for example those that Verify speech lists. All other "
            "segments come from the cache, unchanged. Nodes of this kind can be chained.",
            aliases=("retake", "redo", "fix segments", "reroll"),
            inputs=[
                io.String.Input(
                    "info",
                    force_input=True,
                    tooltip="The 'info' output of Speak or of another Regenerate segments node.",
                ),
                io.String.Input(
                    "segments",
                    default="1",
                    tooltip=(
                        "The segments to regenerate, counted from 1, as numbers and ranges: 2, 5-7. Verify speech "
                        "outputs the worst ones."
                    ),
                ),
                io.Int.Input(
                    "new_seed",
                    default=1,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=True,
                    tooltip="The seed for these segments. Each seed gives a different result.",
                ),
            ],
            outputs=speech_outputs("info_again"),
        )

    @classmethod
    def validate_inputs(cls, segments: str | None = None) -> bool | str:
        """Return True, or what is wrong with the segments' numbers."""
        return check_not_empty("segments", segments, "enter numbers such as 2, 5-7")

    @classmethod
    def execute(cls, info: str, segments: str, new_seed: int) -> io.NodeOutput:
        """Regenerate the segments. ValueError for a number out of range, and for an engine that has no seed."""
        from .execute.speak import read_inputs, run_speak, segment_numbers

        inputs = read_inputs(info)
        for number in segment_numbers(segments):
            inputs.seeds[number] = new_seed
        result = run_speak(inputs, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*result.outputs, ui=result.ui)
