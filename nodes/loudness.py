"""The node that measures and normalizes loudness."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import ceiling_input
from .common.schema import schema


class VoxweftLoudness(io.ComfyNode):
    """Measure the loudness of audio and normalize it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Loudness",
            "Loudness",
            "Audio",
            "Measures integrated loudness (LUFS, ITU-R BS.1770) and true peak, and normalizes audio to a target "
            "loudness. A limiter keeps true peaks below the ceiling.",
            aliases=("lufs", "normalize", "volume", "true peak", "limiter", "ebu r128"),
            inputs=[
                io.Audio.Input(
                    "audio", tooltip="Mono or stereo audio. Each item of a batch is measured and normalized separately."
                ),
                io.Boolean.Input(
                    "normalize",
                    default=True,
                    tooltip="Normalize to the target. Off: measure only, leave the audio unchanged.",
                ),
                io.Float.Input(
                    "target_lufs",
                    default=-18.0,
                    min=-40.0,
                    max=-5.0,
                    step=0.5,
                    tooltip="Target loudness in LUFS: -18 for audiobooks, -16 for podcasts, -23 for broadcast.",
                ),
                ceiling_input("Maximum true peak in dBTP (measured between samples, as broadcasters require)."),
            ],
            outputs=[
                io.Audio.Output(
                    "result", display_name="audio", tooltip="The normalized audio, with its length unchanged."
                ),
                io.Float.Output(
                    "lufs",
                    display_name="lufs",
                    tooltip="A list: the loudness of each output item in LUFS; -70 for silence.",
                    is_output_list=True,
                ),
                io.Float.Output(
                    "true_peak_dbtp",
                    display_name="true_peak_dbtp",
                    tooltip="A list: the true peak of each output item in dBTP; -200 for silence.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: the gain, and the loudness and true peak before and after, of each item.",
                ),
            ],
        )

    @classmethod
    def execute(cls, audio: Any, normalize: bool, target_lufs: float, ceiling_dbtp: float) -> io.NodeOutput:
        """Measure and normalize. ValueError for more than two channels, whose weights are not implemented."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_loudness, loudness_outputs

        items = read_audio("audio", audio)
        leveled = [at_loudness(item, target_lufs if normalize else None, ceiling_dbtp) for item in items]
        result = batch_of([recording.item.samples for recording in leveled], items[0].sample_rate)
        return io.NodeOutput(result, *loudness_outputs(leveled))
