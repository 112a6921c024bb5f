"""The nodes that select a voice."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty
from .common.schema import VOICE, schema

MAX_RECORDING_S = 60.0
"""Engines need a few seconds of reference audio. A longer recording is usually a mistake."""


def _voice_output() -> Any:
    return VOICE.Output("selected", display_name="speaker", tooltip="The voice, for nodes that speak.")


class VoxweftVoice(io.ComfyNode):
    """Select a voice by name, or mix several."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Voice",
            "Voice",
            "Voices",
            "Selects a voice by name, or mixes several if the engine can: af_bella(2)+af_sky(1) is two parts of the "
            "first voice and one part of the second.",
            aliases=("speaker", "mix voices", "blend"),
            inputs=[
                io.String.Input(
                    "voice",
                    default="af_heart",
                    tooltip="A voice of the engine (af_heart, de+m3), or for Kokoro a mix: af_bella(2)+af_sky(1).",
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip=(
                        "The language to speak as a BCP-47 tag (en-GB, pt-BR). Empty: the voice's or the engine's "
                        "language."
                    ),
                ),
            ],
            outputs=[_voice_output()],
        )

    @classmethod
    def validate_inputs(cls, voice: str | None = None) -> bool | str:
        """Return True, or what is wrong with the voice."""
        return check_not_empty("voice", voice, "enter the name of a voice")

    @classmethod
    def execute(cls, voice: str, language: str) -> io.NodeOutput:
        """Return the voice."""
        from .common.values import VoiceValue

        return io.NodeOutput(VoiceValue(name=voice.strip(), language=language.strip() or None))


class VoxweftVoiceFromAudio(io.ComfyNode):
    """Use a recording as a reference voice."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "VoiceFromAudio",
            "Voice from audio",
            "Voices",
            "Uses a recording as a reference voice, for engines that can clone voices, such as ChatterBox and "
            "Pocket-TTS. Each engine gets a clip of the length, sample rate and loudness that it needs. Only use "
            "recordings of people who agreed to it.",
            aliases=("clone voice", "reference audio", "voice cloning", "zero-shot"),
            inputs=[
                io.Audio.Input(
                    "audio",
                    tooltip=(
                        f"Clean speech of one person: 5 to 15 seconds, maximum {MAX_RECORDING_S:.0f} s. Silence at its "
                        "ends is cut. Any sample rate; channels are mixed."
                    ),
                ),
                io.String.Input(
                    "transcript",
                    default="",
                    multiline=True,
                    tooltip=(
                        "The exact words of the recording, for engines that use them. Empty: they are recognized, if a "
                        "recognition engine is ready, and shown on the node that speaks."
                    ),
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The language to speak as a BCP-47 tag. Empty: the engine's language.",
                ),
            ],
            outputs=[_voice_output()],
        )

    @classmethod
    def execute(cls, audio: Any, transcript: str, language: str) -> io.NodeOutput:
        """Return the voice. ValueError if the audio is missing, too long, or more than one recording."""
        from .comfy.audio import read_audio
        from .common.values import Recording, VoiceValue

        items = read_audio("audio", audio)
        if len(items) > 1:
            raise ValueError(f"'audio' has {len(items)} recordings; connect a single one")
        samples, rate = items[0].mono, items[0].sample_rate
        if len(samples) > MAX_RECORDING_S * rate:
            raise ValueError(f"'audio' is {len(samples) / rate:.0f} s long; the maximum is {MAX_RECORDING_S:.0f} s")
        recording = Recording(
            pcm=samples.astype("<f4").tobytes(), sample_rate=rate, transcript=transcript.strip() or None
        )
        return io.NodeOutput(VoiceValue(language=language.strip() or None, recording=recording))
