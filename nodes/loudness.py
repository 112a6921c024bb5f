"""The node that measures how loud audio is, and brings it to a loudness."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import ceiling_input
from .common.schema import schema


class VoxweftLoudness(io.ComfyNode):
    """As loud as you say."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Loudness",
            "Loudness",
            "Audio",
            "Measures how loud audio is to the ear (LUFS, by ITU-R BS.1770) and its true peak, and brings it to a "
            "loudness; what would exceed the ceiling is turned down for that moment alone.",
            aliases=("lufs", "normalize", "normalise", "volume", "true peak", "limiter", "ebu r128"),
            inputs=[
                io.Audio.Input(
                    "audio", tooltip="The audio, of one or two channels; every item of a batch is treated by itself."
                ),
                io.Boolean.Input(
                    "change", default=True, tooltip="Bring it to the target. Off: it is measured, and stays as it is."
                ),
                io.Float.Input(
                    "target_lufs",
                    default=-18.0,
                    min=-40.0,
                    max=-5.0,
                    step=0.5,
                    tooltip="The wanted loudness, in LUFS: -18 for audiobooks, -16 for podcasts, -23 for broadcasting.",
                ),
                ceiling_input(
                    "Where true peaks end, in dBTP: also between the samples, as broadcasters and shops ask."
                ),
            ],
            outputs=[
                io.Audio.Output(
                    "result", display_name="audio", tooltip="The audio at that loudness, as long as before."
                ),
                io.Float.Output(
                    "lufs",
                    display_name="lufs",
                    tooltip="A list: how loud each item is now, in LUFS; -70, the gate, for silence.",
                    is_output_list=True,
                ),
                io.Float.Output(
                    "true_peak_dbtp",
                    display_name="true_peak_dbtp",
                    tooltip="A list: the true peak of each item now, in dBTP; -200 for silence.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: for each item its loudness and true peak before and after, and the gain.",
                ),
            ],
        )

    @classmethod
    def execute(cls, audio: Any, change: bool, target_lufs: float, ceiling_dbtp: float) -> io.NodeOutput:
        """Measure and change. ValueError for more than two channels, whose weights nobody knows."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_loudness, loudness_told

        items = read_audio("audio", audio)
        made = [at_loudness(item, target_lufs if change else None, ceiling_dbtp) for item in items]
        result = batch_of([one.item.samples for one in made], items[0].sample_rate)
        return io.NodeOutput(result, *loudness_told(made))
