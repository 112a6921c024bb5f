"""The node that selects MiraTTS."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.cloning import FOLDED
from .common.inputs import low_latency_input, workers_input
from .common.schema import schema
from .engines import MODEL_SCALING, engine_output


class VoxweftMiraTts(io.ComfyNode):
    """Select MiraTTS, which speaks English and Chinese in the voice of a recording, at 48 kHz."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "MiraTts",
            "MiraTTS",
            "Engines",
            "MiraTTS: speaks English and Chinese in the voice of a recording, at 48 kHz; playback starts after half a "
            "second of speech is made. It has no voice of its own: connect a Voice from audio node to the node that "
            "speaks, with its transcript if you have it.",
            aliases=("mira", "spark", "tts", "voice cloning", "clone voice", "48 kHz", "engine"),
            inputs=[
                io.Float.Input(
                    "temperature",
                    default=0.8,
                    min=0.05,
                    max=2.0,
                    step=0.05,
                    tooltip="Randomness of the delivery: lower is more even, higher is livelier and less reliable.",
                ),
                io.Boolean.Input(
                    "upsample",
                    default=True,
                    tooltip="Extend the sound to 48 kHz. Off: it has the 16 kHz of the codec, and takes less time.",
                ),
                low_latency_input(),
                io.Float.Input(
                    "top_p",
                    default=0.95,
                    min=0.05,
                    max=1.0,
                    step=0.01,
                    tooltip="Leave out the least likely choices beyond this probability; 1 leaves out none.",
                    **FOLDED,
                ),
                io.Int.Input(
                    "top_k",
                    default=50,
                    min=0,
                    max=8192,
                    tooltip="Choose among this many likeliest choices; 0: among all.",
                    **FOLDED,
                ),
                io.Float.Input(
                    "repetition_penalty",
                    default=1.2,
                    min=1.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Makes repeated sounds less likely, from 1 (no effect) to 2.",
                    **FOLDED,
                ),
                io.Int.Input(
                    "chunk_tokens",
                    default=25,
                    min=5,
                    max=500,
                    tooltip="Speech tokens that are decoded and played at a time: 50 are a second of speech.",
                    **FOLDED,
                ),
                workers_input(MODEL_SCALING),
            ],
            outputs=[engine_output()],
        )

    @classmethod
    def execute(
        cls,
        temperature: float,
        upsample: bool,
        top_p: float,
        top_k: int,
        repetition_penalty: float,
        chunk_tokens: int,
        workers: int,
        low_latency: bool = False,
    ) -> io.NodeOutput:
        """Return the engine with its settings."""
        from .common.values import EngineValue

        params: dict[str, Any] = {
            "temperature": temperature,
            "upsample": upsample,
            "top_p": top_p,
            "top_k": top_k,
            "repetition_penalty": repetition_penalty,
            "chunk_tokens": chunk_tokens,
        }
        return io.NodeOutput(EngineValue(name="mira_tts", params=params, low_latency=low_latency, workers=workers))
