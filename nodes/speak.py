"""The node that speaks a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import (
    cast_input,
    check_not_empty,
    engine_input,
    lexicon_input,
    markup_of,
    pitch_input,
    read_as_input,
    seed_input,
    speaker_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, LexiconValue, VoiceValue


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


class VoxweftSpeak(io.ComfyNode):
    """A text or a script in; audio, and where each sentence is in it, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Speak",
            "Speak",
            "Speech",
            "Speaks a text, or a script with a cast, sentence by sentence, and plays it while it is made. What was "
            "spoken once with the same settings comes from a cache on disk, so a change costs only the sentences it "
            "touches.",
            aliases=("tts", "text to speech", "voice", "say", "read aloud", "dialogue", "multi speaker", "ssml"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="What shall be said?",
                    tooltip=(
                        "The text to speak. An empty line starts a new paragraph, which makes a longer pause. With a "
                        "cast it is a script: [Anna] Hello! [pause:1s] [Ben] And to you."
                    ),
                ),
                voice_input(),
                speed_input(),
                pitch_input(),
                engine_input("speaks", "eSpeak NG, which needs no download"),
                speaker_input(),
                seed_input(),
                cast_input("those of the script"),
                lexicon_input(),
                read_as_input(),
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
        cast: Cast | None = None,
        lexicon: LexiconValue | None = None,
        read_as: str = "auto",
    ) -> io.NodeOutput:
        """Speak. ScriptError names the place in a script; SegmentError has the engine's own message."""
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_speaker, settle_cast
        from .execute.speak import Recipe, speak_recipe

        runtime = shared_runtime()
        who = make_speaker(runtime, engine, speaker, voice=voice, speed=speed, pitch=pitch, seed=seed)
        recipe = Recipe(
            text=text,
            speaker=who,
            workers=engine.workers if engine else 1,
            cast=settle_cast(runtime, cast, who),
            markup=markup_of(read_as),
            lexicon=lexicon,
        )
        made = speak_recipe(recipe, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*made.outputs, ui=made.ui)
