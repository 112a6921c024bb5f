"""The node that dubs subtitles."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .inputs import check_not_empty, speed_input, voice_input

MODES = ["natural", "fit", "concatenate"]
ON_FAILURE = ["stop", "continue"]


class SpeechloomDub(io.ComfyNode):
    """Subtitles in; audio in which every cue starts when it should, and where it really is, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return io.Schema(
            node_id="SpeechloomDub",
            display_name="Dub (Speechloom)",
            category="Speechloom/Dubbing",
            description=(
                "Speaks subtitles with eSpeak NG so that every cue starts at its time, and returns subtitles that fit "
                "the speech. What was spoken once with the same settings comes from a cache on disk."
            ),
            inputs=[
                io.String.Input(
                    "subtitles",
                    multiline=True,
                    placeholder="1\n00:00:00,500 --> 00:00:02,000\nGood morning!",
                    tooltip="The text of a subtitle file: SRT, WebVTT or ASS/SSA. Which one it is shows in the text.",
                ),
                voice_input(),
                speed_input(),
                io.Combo.Input(
                    "mode",
                    options=MODES,
                    default=MODES[0],
                    tooltip=(
                        "natural: every cue starts at its time; one that runs long pushes the next cue of the same "
                        "speaker, and words are never cut. fit: the same, but a cue that would run long is spoken "
                        "faster, by up to a quarter. concatenate: one cue after the other, whatever their times."
                    ),
                ),
                io.Combo.Input(
                    "on_failure",
                    options=ON_FAILURE,
                    default=ON_FAILURE[0],
                    tooltip=(
                        "When a cue can't be spoken. stop: the node fails with the reason. continue: the cue stays "
                        "silent, and the report says which one and why."
                    ),
                ),
            ],
            outputs=[
                io.Audio.Output("audio", display_name="audio", tooltip="The dubbed track: one channel at 22050 Hz."),
                # An id may not be that of an input.
                io.String.Output(
                    "adjusted_subtitles",
                    display_name="subtitles",
                    tooltip="The cues at the times of their speech, in the format that came in (ASS for SSA).",
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip=(
                        "JSON: for every cue its slot, its real start and end, and whether it was spoken; and notes on "
                        "what had to be mended in the file."
                    ),
                ),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def validate_inputs(cls, subtitles: str | None = None) -> bool | str:
        """Return True, or what is wrong with the subtitles."""
        return check_not_empty("subtitles", subtitles, "there is nothing to dub")

    @classmethod
    def execute(cls, subtitles: str, voice: str, speed: float, mode: str, on_failure: str) -> io.NodeOutput:
        """Dub. SubtitleError names the line that can't be read; see Speak for the others."""
        from ..jobs import DubMode, dub
        from ..utils.streaming.runtime import shared_runtime
        from ..utils.subtitles import read_subtitles, write_subtitles
        from .espeak import espeak_speaker
        from .host import fit_on_host, run_on_host, to_json

        # ComfyUI 0.3.64 doesn't hold a combo's value against its options.
        if on_failure not in ON_FAILURE:
            raise ValueError(f"on_failure is {on_failure!r}, not one of {', '.join(ON_FAILURE)}")
        runtime = shared_runtime()
        file = read_subtitles(subtitles.encode())
        job = dub(file.cues, espeak_speaker(voice, speed), runtime.registry, mode=DubMode(mode))
        if job.mode is DubMode.FIT:
            fit_on_host(job, runtime)
        audio = run_on_host(
            job, runtime, node_id=cls.hidden.unique_id, on_failure="report" if on_failure == "continue" else "raise"
        )
        adjusted = write_subtitles(job.subtitles(), "ass" if file.format == "ssa" else file.format)
        notes = [str(note) for note in file.notes]
        return io.NodeOutput(audio, adjusted, to_json(job.report(), notes=notes))
