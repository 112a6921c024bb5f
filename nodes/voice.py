"""The nodes that name a voice."""

from __future__ import annotations

from typing import Any

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty
from .common.schema import VOICE, schema

MAX_RECORDING_S = 60.0
"""Engines imitate from seconds; a whole interview is a slip, and would go to the worker whole."""


def _voice_output() -> Any:
    return VOICE.Output("selected", display_name="speaker", tooltip="The voice, for nodes that speak.")


class VoxweftVoice(io.ComfyNode):
    """A voice by name, or a mix."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Voice",
            "Voice",
            "Voices",
            "Picks a voice by name, or mixes several where the engine can: "
            "af_bella(2)+af_sky(1) is two parts of one to "
            "one of the other.",
            aliases=("speaker", "mix voices", "blend"),
            inputs=[
                io.String.Input(
                    "voice",
                    default="af_heart",
                    tooltip="A name of the engine's (af_heart, de+m3), or for Kokoro a mix: af_bella(2)+af_sky(1).",
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="What is spoken, as a BCP-47 tag (en-GB, pt-BR); empty: as the voice or the engine has it.",
                ),
            ],
            outputs=[_voice_output()],
        )

    @classmethod
    def validate_inputs(cls, voice: str | None = None) -> bool | str:
        """Return True, or what is wrong with the voice."""
        return check_not_empty("voice", voice, "which one?")

    @classmethod
    def execute(cls, voice: str, language: str) -> io.NodeOutput:
        """Return the voice."""
        from .common.values import VoiceValue

        return io.NodeOutput(VoiceValue(name=voice.strip(), language=language.strip() or None))


class VoxweftVoiceFromAudio(io.ComfyNode):
    """A voice to imitate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "VoiceFromAudio",
            "Voice from audio",
            "Voices",
            "A recording to imitate, for engines that can (none of the built-in ones does; one "
            "in an environment of its "
            "own may). Use recordings of people who agreed to it.",
            aliases=("clone voice", "reference audio", "voice cloning", "zero-shot"),
            inputs=[
                io.Audio.Input(
                    "audio",
                    tooltip=(
                        f"Clean speech of one person, some seconds, {MAX_RECORDING_S:.0f} at the "
                        f"most. Mixed to one channel."
                    ),
                ),
                io.String.Input(
                    "transcript",
                    default="",
                    multiline=True,
                    tooltip=(
                        "What is said in it, word for word; many engines imitate better with it. Transcribe gives it."
                    ),
                ),
                io.String.Input(
                    "language", default="", tooltip="What shall be spoken, as a BCP-47 tag; empty: the engine's."
                ),
            ],
            outputs=[_voice_output()],
        )

    @classmethod
    def execute(cls, audio: Any, transcript: str, language: str) -> io.NodeOutput:
        """Return the voice. ValueError for audio that is none, more than one recording, or too long."""
        from .comfy.audio import read_audio
        from .common.values import Recording, VoiceValue

        items = read_audio("audio", audio)
        if len(items) > 1:
            raise ValueError(f"'audio' holds {len(items)} recordings: a voice is made of one")
        samples, rate = items[0].mono, items[0].sample_rate
        if len(samples) > MAX_RECORDING_S * rate:
            raise ValueError(f"'audio' is {len(samples) / rate:.0f} s long: {MAX_RECORDING_S:.0f} s are the most")
        recording = Recording(
            pcm=samples.astype("<f4").tobytes(), sample_rate=rate, transcript=transcript.strip() or None
        )
        return io.NodeOutput(VoiceValue(language=language.strip() or None, recording=recording))
