"""The node that speaks a text or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.v0_0_2 import io

from .common.inputs import (
    cast_input,
    check_not_empty,
    level_of,
    level_voices_input,
    lexicon_input,
    markup_of,
    normalization_of,
    normalize_input,
    pause_scale_input,
    read_as_input,
    seed_input,
    speaker_input,
    speech_engine_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, LexiconValue, VoiceValue


def speech_outputs(info_id: str = "info") -> list[Any]:
    """Return the outputs of a node that speaks a text. No output may have the id of an input."""
    return [
        io.Audio.Output("audio", display_name="audio", tooltip="The speech: mono, at the engine's sample rate."),
        io.String.Output(
            "timings",
            display_name="timings",
            tooltip="JSON: the text, source position, start and end of each segment (sentence).",
        ),
        io.String.Output(
            "subtitles",
            display_name="subtitles",
            tooltip="SRT: the text as cues, timed to the speech.",
        ),
        io.String.Output(
            info_id,
            display_name="info",
            tooltip="JSON: engine, voice, settings, duration and cache hits. Regenerate segments reads it.",
        ),
    ]


class VoxweftSpeak(io.ComfyNode):
    """Speak a text or a script."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Speak",
            "Speak",
            "Speech",
            "Speaks a text, or a script with several speakers, and plays the audio while it is generated. Sentences "
            "are cached on disk: after an edit only the changed sentences are generated again.",
            aliases=("tts", "text to speech", "voice", "say", "read aloud", "dialogue", "multi speaker", "ssml"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="Text to speak",
                    tooltip=(
                        "The text to speak. An empty line starts a new paragraph, with a longer pause. With a cast it "
                        "is a script: [Anna] Hello! [pause:1s] [Ben] And to you."
                    ),
                ),
                voice_input(),
                speed_input(),
                speech_engine_input(),
                speaker_input(),
                seed_input(),
                cast_input("script"),
                lexicon_input(),
                read_as_input(),
                level_voices_input(),
                normalize_input(),
                pause_scale_input("the pauses after sentences (0.3 s, short replies 0.2 s) and paragraphs (0.7 s)"),
            ],
            outputs=speech_outputs(),
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "enter the text to speak")

    @classmethod
    def execute(
        cls,
        text: str,
        voice: str,
        speed: float,
        engine: EngineValue | None = None,
        speaker: VoiceValue | None = None,
        seed: int = 0,
        cast: Cast | None = None,
        lexicon: LexiconValue | None = None,
        read_as: str = "auto",
        level_voices: bool = True,
        normalize: str = "on",
        pause_scale: float = 1.0,
    ) -> io.NodeOutput:
        """Speak the text.

        Raises:
            TextError: a script has an error; the message names line and column.
            SegmentError: a segment failed; the message is the engine's.
        """
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_speaker
        from .execute.speak import SpeakInputs, run_speak

        inputs = SpeakInputs(
            text=text,
            speaker=make_speaker(shared_runtime(), engine, speaker, voice=voice, speed=speed, seed=seed),
            workers=engine.workers if engine else 1,
            cast=cast,
            markup=markup_of(read_as),
            lexicon=lexicon,
            level=level_of(level_voices),
            **normalization_of(normalize)._asdict(),
            pause_scale=pause_scale,
        )
        result = run_speak(inputs, node_id=cls.hidden.unique_id)
        return io.NodeOutput(*result.outputs, ui=result.ui)
