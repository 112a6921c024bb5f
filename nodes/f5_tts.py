"""The node that selects F5-TTS."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.cloning import FOLDED, chosen_model, model_input
from .common.engine_lists import F5_TTS_MODELS
from .common.inputs import low_latency_input, workers_input
from .common.schema import schema
from .engines import MODEL_SCALING, engine_output


class VoxweftF5Tts(io.ComfyNode):
    """Select F5-TTS, which speaks exactly as long as it is asked to, in the voice of a recording."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "F5Tts",
            "F5-TTS",
            "Engines",
            "F5-TTS: speaks in the voice of a recording, in twelve languages, and each cue of a dub exactly as long as "
            "its slot. It has no voice of its own: connect a Voice from audio node to the node that speaks.",
            aliases=("f5", "f5-tts", "tts", "voice cloning", "clone voice", "dubbing", "engine"),
            inputs=[
                model_input(
                    F5_TTS_MODELS,
                    "by language: the model of the text's language, v1-base (English and Chinese) if that isn't set. "
                    "A script that changes languages changes models. Each model has a license of its own.",
                ),
                io.Int.Input(
                    "nfe_step",
                    default=32,
                    min=4,
                    max=64,
                    tooltip="Steps from noise to speech: fewer are faster, more are cleaner. 16 take half the time.",
                ),
                io.Float.Input(
                    "cfg_strength",
                    default=2.0,
                    min=0.0,
                    max=10.0,
                    step=0.1,
                    tooltip=(
                        "How closely the speech follows the text and the recording. 0 takes half the time and is "
                        "unclear."
                    ),
                ),
                low_latency_input(),
                io.Float.Input(
                    "sway_sampling_coef",
                    default=-1.0,
                    min=-1.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Where the steps are: -1 takes more of them at the beginning; 0 spaces them evenly.",
                    **FOLDED,
                ),
                workers_input(MODEL_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(
        cls,
        model: str,
        nfe_step: int,
        cfg_strength: float,
        sway_sampling_coef: float,
        workers: int,
        low_latency: bool = False,
    ) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {
            "nfe_step": nfe_step,
            "cfg_strength": cfg_strength,
            "sway_sampling_coef": sway_sampling_coef,
        }
        return io.NodeOutput(
            EngineValue(
                name="f5_tts", model=chosen_model(model), params=params, low_latency=low_latency, workers=workers
            )
        )
