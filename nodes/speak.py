"""The node that speaks a text."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .inputs import check_not_empty, pitch_input, speed_input, voice_input


class SpeechloomSpeak(io.ComfyNode):
    """Text in; audio, and where each sentence is in it, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return io.Schema(
            node_id="SpeechloomSpeak",
            display_name="Speak (Speechloom)",
            category="Speechloom/Speech",
            description=(
                "Speaks a text with eSpeak NG, sentence by sentence. What was spoken once with the same settings comes "
                "from a cache on disk, so a change costs only the sentences it touches."
            ),
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
            ],
            outputs=[
                io.Audio.Output("audio", display_name="audio", tooltip="The speech: one channel at 22050 Hz."),
                io.String.Output(
                    "timings",
                    display_name="timings",
                    tooltip="JSON: for every sentence its text, where it stands in the text, and its start and end.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "there is nothing to speak")

    @classmethod
    def execute(cls, text: str, voice: str, speed: float, pitch: int) -> io.NodeOutput:
        """Speak. SegmentError with the engine's own message if a sentence fails; ComfyUI's interruption as it is."""
        from ..jobs import speak
        from ..utils.streaming.runtime import shared_runtime
        from .espeak import espeak_speaker
        from .host import run_on_host, to_json

        runtime = shared_runtime()
        job = speak(text, espeak_speaker(voice, speed, pitch=pitch), runtime.registry)
        audio = run_on_host(job, runtime, node_id=cls.hidden.unique_id)
        return io.NodeOutput(audio, to_json(job.report()))
