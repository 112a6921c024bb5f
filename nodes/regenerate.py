"""The node that speaks some segments anew."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .common.inputs import MAX_SEED, check_not_empty
from .common.schema import schema
from .speak import spoken_outputs


class VoxweftRedo(io.ComfyNode):
    """What Speak said, with some of its segments said anew."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Redo",
            "Redo segments",
            "Speech",
            "Speaks some segments again with another seed, those that Check found wrong, say; all others come from the "
            "cache, to the sample. It can be chained.",
            aliases=("retake", "regenerate", "fix segments"),
            inputs=[
                io.String.Input("info", force_input=True, tooltip="The output 'info' of Speak, or of another Redo."),
                io.String.Input(
                    "numbers",
                    default="1",
                    tooltip=(
                        "Which segments, counted from 1, with commas and ranges: 2, 5-7. Check gives the worst ones."
                    ),
                ),
                io.Int.Input(
                    "new_seed",
                    default=1,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=True,
                    tooltip="The seed for those segments: another one is another take.",
                ),
            ],
            outputs=spoken_outputs("info_again"),
        )

    @classmethod
    def validate_inputs(cls, numbers: str | None = None) -> bool | str:
        """Return True, or what is wrong with the numbers."""
        return check_not_empty("numbers", numbers, "which segments?")

    @classmethod
    def execute(cls, info: str, numbers: str, new_seed: int) -> io.NodeOutput:
        """Speak again. ValueError for numbers that there aren't, and for an engine without any chance in it."""
        from .execute.speak import read_recipe, segment_numbers, speak_recipe

        recipe = read_recipe(info)
        for number in segment_numbers(numbers):
            recipe.seeds[number] = new_seed
        made = speak_recipe(recipe, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*made.outputs, ui=made.ui)
