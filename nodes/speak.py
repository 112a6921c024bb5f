"""The node that speaks a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .inputs import (
    check_not_empty,
    engine_input,
    pitch_input,
    seed_input,
    speaker_input,
    speed_input,
    voice_input,
)
from .schema import schema

if TYPE_CHECKING:
    from .values import EngineValue, VoiceValue


def spoken_outputs(info_id: str = "info") -> list[Any]:
    """Return what a node gives that spoke a text; no output's id may be that of an input."""
    return [
        io.Audio.Output("audio", display_name="audio", tooltip="The speech: one channel at the engine's own rate."),
        io.String.Output(
            "timings",
            display_name="timings",
            tooltip="JSON: for every sentence its text, where it stands in the text, and its start and end.",
        ),
        io.String.Output(
            "subtitles",
            display_name="subtitles",
            tooltip="SRT: the text laid out as cues, at the times of the speech.",
        ),
        io.String.Output(
            info_id,
            display_name="info",
            tooltip="JSON: who spoke and how, how long it is, what came from the cache.",
        ),
    ]


class SpeechloomSpeak(io.ComfyNode):
    """Text in; audio, and where each sentence is in it, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Speak",
            "Speak",
            "Speech",
            "Speaks a text, sentence by sentence, and plays it while it is made. What was spoken once with the same "
            "settings comes from a cache on disk, so a change costs only the sentences it touches.",
            aliases=("tts", "text to speech", "voice", "say", "read aloud"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="What shall be said?",
                    tooltip="The text to speak. An empty line starts a new paragraph, which makes a longer pause.",
                ),
                voice_input(),
                speed_input(),
                pitch_input(),
                engine_input("speaks", "eSpeak NG, which needs no download"),
                speaker_input(),
                seed_input(),
            ],
            outputs=spoken_outputs(),
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "there is nothing to speak")

    @classmethod
    def execute(
        cls,
        text: str,
        voice: str,
        speed: float,
        pitch: int,
        engine: EngineValue | None = None,
        speaker: VoiceValue | None = None,
        seed: int = 0,
    ) -> io.NodeOutput:
        """Speak. SegmentError with the engine's own message if a sentence fails; ComfyUI's interruption as it is."""
        from ..utils.streaming.runtime import shared_runtime
        from .speakers import make_speaker
        from .spoken import Recipe, speak_recipe

        who = make_speaker(shared_runtime(), engine, speaker, voice=voice, speed=speed, pitch=pitch, seed=seed)
        recipe = Recipe(text=text, speaker=who, workers=engine.workers if engine else 1)
        made = speak_recipe(recipe, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*made.outputs, ui=made.ui)
