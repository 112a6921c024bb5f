"""The nodes that change audio as such."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.schema import schema


def _audio_output(tooltip: str) -> io.Audio.Output:
    return io.Audio.Output("result", display_name="audio", tooltip=tooltip)


class VoxweftJoin(io.ComfyNode):
    """One after the other."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Join",
            "Join audio",
            "Audio",
            "Puts recordings one after the other, with a silence or a crossfade between. Lists "
            "and batches are joined in "
            "their order; rates and channels are made those of the first and of the widest.",
            aliases=("concatenate audio", "append", "crossfade", "merge audio"),
            inputs=[
                io.Audio.Input("audio", tooltip="The first recordings: one, a batch, or a list of them."),
                io.Float.Input(
                    "gap_s",
                    default=0.0,
                    min=0.0,
                    max=600.0,
                    step=0.05,
                    tooltip="Silence between two recordings, in seconds.",
                ),
                io.Float.Input(
                    "crossfade_s",
                    default=0.0,
                    min=0.0,
                    max=60.0,
                    step=0.05,
                    tooltip=(
                        "How long two recordings overlap, in seconds, one growing as the other fades. Not with a gap."
                    ),
                ),
                io.Audio.Input("then", optional=True, tooltip="The recordings that follow them."),
            ],
            outputs=[_audio_output("All of it, as one recording.")],
            is_input_list=True,
        )

    @classmethod
    def execute(
        cls, audio: list[Any], gap_s: list[float], crossfade_s: list[float], then: list[Any] | None = None
    ) -> io.NodeOutput:
        """Join. ValueError for a gap and a crossfade at once."""
        from ..media.audio.join import joined, with_channels
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_rate

        if gap_s[0] and crossfade_s[0]:
            raise ValueError("'gap_s' and 'crossfade_s' are both set: between two recordings is one or the other")
        items = [item for one in audio for item in read_audio("audio", one)]
        items += [item for one in then or () for item in read_audio("then", one)]
        rate, channels = items[0].sample_rate, max(len(item.samples) for item in items)
        pieces = [with_channels(at_rate(item, rate).samples, channels) for item in items]
        whole = joined(pieces, gap_samples=round(gap_s[0] * rate), crossfade_samples=round(crossfade_s[0] * rate))
        return io.NodeOutput(batch_of([whole], rate))


class VoxweftFit(io.ComfyNode):
    """Another length."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Fit",
            "Fit to duration",
            "Audio",
            "Makes audio exactly as long as you say, from half to twice its length, without changing its pitch.",
            aliases=("time stretch", "duration", "tempo", "speed up"),
            inputs=[
                io.Audio.Input(
                    "audio", tooltip="The audio; every item of a batch becomes so long, each channel by itself."
                ),
                io.Float.Input(
                    "duration_s",
                    default=10.0,
                    min=0.01,
                    max=36000.0,
                    step=0.01,
                    tooltip="The wanted length, in seconds.",
                ),
            ],
            outputs=[_audio_output("The audio at that length, to the sample.")],
        )

    @classmethod
    def execute(cls, audio: Any, duration_s: float) -> io.NodeOutput:
        """Stretch. ValueError for a length that isn't half to twice what it is."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_length

        items = read_audio("audio", audio)
        wanted = round(duration_s * items[0].sample_rate)
        return io.NodeOutput(batch_of([at_length(item, wanted).samples for item in items], items[0].sample_rate))


class VoxweftResample(io.ComfyNode):
    """Another rate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Resample",
            "Resample audio",
            "Audio",
            "Gives audio another sample rate, in high quality and without a shift, and one channel if you like.",
            aliases=("sample rate", "convert rate", "mono"),
            inputs=[
                io.Audio.Input("audio", tooltip="The audio; every item of a batch is resampled."),
                io.Int.Input("sample_rate", default=44100, min=1000, max=384000, tooltip="The wanted rate, in Hz."),
                io.Boolean.Input("mono", default=False, tooltip="Mix the channels to one."),
            ],
            outputs=[_audio_output("The audio at that rate.")],
        )

    @classmethod
    def execute(cls, audio: Any, sample_rate: int, mono: bool) -> io.NodeOutput:
        """Resample."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_rate

        items = [at_rate(item, sample_rate).samples for item in read_audio("audio", audio)]
        if mono:
            items = [item.mean(axis=0, keepdims=True, dtype="float32") for item in items]
        return io.NodeOutput(batch_of(items, sample_rate))
