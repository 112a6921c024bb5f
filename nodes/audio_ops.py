"""The nodes that join, stretch and resample audio."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.schema import schema


def _audio_output(tooltip: str) -> io.Audio.Output:
    return io.Audio.Output("result", display_name="audio", tooltip=tooltip)


class VoxweftJoin(io.ComfyNode):
    """Join recordings one after the other."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Join",
            "Join audio",
            "Audio",
            "Joins recordings one after the other, with silence or a crossfade in between. Accepts lists and batches. "
            "The result has the first recording's sample rate and the highest number of channels.",
            aliases=("concatenate audio", "append", "crossfade", "merge audio"),
            inputs=[
                io.Audio.Input("audio", tooltip="The first recordings: one, a batch, or a list."),
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
                        "Length of the crossfade between two recordings, in seconds. Cannot be combined with a gap."
                    ),
                ),
                io.Audio.Input("then", optional=True, tooltip="Recordings to append to the first ones."),
            ],
            outputs=[_audio_output("The joined recording.")],
            is_input_list=True,
        )

    @classmethod
    def execute(
        cls, audio: list[Any], gap_s: list[float], crossfade_s: list[float], then: list[Any] | None = None
    ) -> io.NodeOutput:
        """Join the recordings. ValueError if both a gap and a crossfade are set."""
        from ..media.audio.concatenate import concatenate, with_channels
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_rate

        if gap_s[0] and crossfade_s[0]:
            raise ValueError("'gap_s' and 'crossfade_s' are both set; set one of them to 0")
        items = [item for value in audio for item in read_audio("audio", value)]
        items += [item for value in then or () for item in read_audio("then", value)]
        rate, channels = items[0].sample_rate, max(len(item.samples) for item in items)
        recordings = [with_channels(at_rate(item, rate).samples, channels) for item in items]
        result = concatenate(
            recordings, gap_samples=round(gap_s[0] * rate), crossfade_samples=round(crossfade_s[0] * rate)
        )
        return io.NodeOutput(batch_of([result], rate))


class VoxweftFit(io.ComfyNode):
    """Stretch audio to a duration."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Fit",
            "Fit to duration",
            "Audio",
            "Stretches or shortens audio to an exact duration, from half to twice its length, without changing its "
            "pitch.",
            aliases=("time stretch", "duration", "tempo", "speed up"),
            inputs=[
                io.Audio.Input("audio", tooltip="The audio; each item of a batch is stretched to the same duration."),
                io.Float.Input(
                    "duration_s",
                    default=10.0,
                    min=0.01,
                    max=36000.0,
                    step=0.01,
                    tooltip="Target duration in seconds.",
                ),
            ],
            outputs=[_audio_output("The audio with exactly that duration.")],
        )

    @classmethod
    def execute(cls, audio: Any, duration_s: float) -> io.NodeOutput:
        """Stretch the audio. ValueError for a duration outside half to twice the audio's."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_length

        items = read_audio("audio", audio)
        n_samples = round(duration_s * items[0].sample_rate)
        return io.NodeOutput(batch_of([at_length(item, n_samples).samples for item in items], items[0].sample_rate))


class VoxweftResample(io.ComfyNode):
    """Change the sample rate of audio."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Resample",
            "Resample audio",
            "Audio",
            "Converts audio to another sample rate in high quality and without delay, optionally mixed down to mono.",
            aliases=("sample rate", "convert rate", "mono"),
            inputs=[
                io.Audio.Input("audio", tooltip="The audio; each item of a batch is resampled."),
                io.Int.Input("sample_rate", default=44100, min=1000, max=384000, tooltip="Target sample rate in Hz."),
                io.Boolean.Input("mono", default=False, tooltip="Mix all channels down to one."),
            ],
            outputs=[_audio_output("The resampled audio.")],
        )

    @classmethod
    def execute(cls, audio: Any, sample_rate: int, mono: bool) -> io.NodeOutput:
        """Resample the audio."""
        from .comfy.audio import batch_of, read_audio
        from .execute.audio_ops import at_rate

        items = [at_rate(item, sample_rate).samples for item in read_audio("audio", audio)]
        if mono:
            items = [item.mean(axis=0, keepdims=True, dtype="float32") for item in items]
        return io.NodeOutput(batch_of(items, sample_rate))
