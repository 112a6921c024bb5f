"""The nodes that select an engine which speaks in the voice of a recording."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.cloning import FOLDED, chosen_model, model_input
from .common.engine_lists import CHATTERBOX_MODELS, POCKET_TTS_MODELS
from .common.inputs import low_latency_input, workers_input
from .common.schema import schema
from .engines import MODEL_SCALING, engine_output


class VoxweftChatterbox(io.ComfyNode):
    """Select ChatterBox, which speaks 23 languages in the voice of a recording."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Chatterbox",
            "ChatterBox",
            "Engines",
            "ChatterBox: speaks 23 languages in the voice of a recording, with as much emotion as you set. Connect a "
            "Voice from audio node to the node that speaks; otherwise it uses a voice of its own.",
            aliases=("chatterbox", "tts", "voice cloning", "clone voice", "engine"),
            inputs=[
                model_input(
                    CHATTERBOX_MODELS,
                    "by language: multilingual-v3, which has all 23 languages. turbo and nano are faster, speak "
                    "English, and perform sounds such as [laugh]. A model is downloaded when it first speaks.",
                ),
                io.Float.Input(
                    "exaggeration",
                    default=0.5,
                    min=0.25,
                    max=2.0,
                    step=0.05,
                    tooltip=(
                        "How strongly emotions are expressed: 0.5 is neutral; above 1, speech may become unstable. No "
                        "effect in turbo and nano."
                    ),
                ),
                io.Float.Input(
                    "cfg_weight",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip=(
                        "How closely the pace follows the recording: lower is slower and calmer. 0 is faster to "
                        "compute, and keeps the accent of a recording in another language out. No effect in turbo and "
                        "nano."
                    ),
                ),
                io.Float.Input(
                    "temperature",
                    default=0.8,
                    min=0.05,
                    max=5.0,
                    step=0.05,
                    tooltip="Randomness of the delivery: lower is more even, higher is livelier and less reliable.",
                ),
                low_latency_input(),
                io.Float.Input(
                    "repetition_penalty",
                    default=0.0,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip=(
                        "Makes repeated sounds less likely, from 1 (no effect) to 2. 0: the model's own value (1.2; "
                        "multilingual-v2: 2)."
                    ),
                    **FOLDED,
                ),
                io.Int.Input(
                    "cfm_steps",
                    default=0,
                    min=0,
                    max=50,
                    tooltip=(
                        "Steps of the decoder: fewer are faster, more are cleaner. 0: the model's own number (10; "
                        "turbo and nano: 2)."
                    ),
                    **FOLDED,
                ),
                io.Boolean.Input(
                    "watermark",
                    default=True,
                    tooltip="Write the inaudible watermark of the model's publisher: this speech is generated.",
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
        exaggeration: float,
        cfg_weight: float,
        temperature: float,
        repetition_penalty: float,
        cfm_steps: int,
        watermark: bool,
        workers: int,
        low_latency: bool = False,
    ) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {
            "exaggeration": exaggeration,
            "cfg_weight": cfg_weight,
            "temperature": temperature,
            "repetition_penalty": repetition_penalty,
            "cfm_steps": cfm_steps,
            "watermark": watermark,
        }
        return io.NodeOutput(
            EngineValue(
                name="chatterbox", model=chosen_model(model), params=params, low_latency=low_latency, workers=workers
            )
        )


class VoxweftPocketTts(io.ComfyNode):
    """Select Pocket-TTS, which speaks in the voice of a recording on any CPU."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "PocketTts",
            "Pocket-TTS",
            "Engines",
            "Pocket-TTS: speaks in the voice of a recording, on the CPU; playback starts after the first frames. It "
            "has no voice of its own: connect a Voice from audio node to the node that speaks.",
            aliases=("pocket", "kyutai", "tts", "voice cloning", "clone voice", "cpu", "engine"),
            inputs=[
                model_input(
                    POCKET_TTS_MODELS,
                    "Each model has one language. by language: the model with the language of the text, English if "
                    "that isn't set.",
                ),
                io.Float.Input(
                    "temperature",
                    default=0.3,
                    min=0.0,
                    max=1.5,
                    step=0.05,
                    tooltip="Variance of the delivery: higher is livelier and less stable.",
                ),
                io.Int.Input(
                    "decode_steps",
                    default=1,
                    min=1,
                    max=16,
                    tooltip="Steps from noise to each frame: more take longer, and can sound cleaner.",
                    **FOLDED,
                ),
                workers_input(MODEL_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(cls, model: str, temperature: float, decode_steps: int, workers: int) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {"temperature": temperature, "decode_steps": decode_steps}
        return io.NodeOutput(EngineValue(name="pocket_tts", model=chosen_model(model), params=params, workers=workers))
