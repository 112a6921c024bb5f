"""The node that speaks a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
            outputs=[
                io.Audio.Output(
                    "audio", display_name="audio", tooltip="The speech: one channel at the engine's own rate."
                ),
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
                    "info",
                    display_name="info",
                    tooltip="JSON: who spoke and how, how long it is, what came from the cache.",
                ),
            ],
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
        from ..jobs import speak
        from ..utils.streaming.runtime import shared_runtime
        from .host import run_on_host, to_json
        from .speakers import make_speaker
        from .spoken import spoken_info, spoken_subtitles

        runtime = shared_runtime()
        who = make_speaker(runtime, engine, speaker, voice=voice, speed=speed, pitch=pitch, seed=seed)
        job = speak(text, who, runtime.registry)
        ran = run_on_host(job, runtime, node_id=cls.hidden.unique_id, workers=engine.workers if engine else 1)
        report = job.report()
        return io.NodeOutput(
            ran.audio, to_json(report), spoken_subtitles(report, who.language), spoken_info(who, report), ui=ran.ui
        )
