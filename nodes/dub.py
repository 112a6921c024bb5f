"""The node that dubs subtitles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import (
    cast_input,
    check_not_empty,
    check_option,
    engine_input,
    on_failure_input,
    seed_input,
    speaker_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, VoiceValue

MODES = ["natural", "fit", "stretch", "pad", "concatenate"]
ON_FAILURE = ["stop", "continue"]


class VoxweftDub(io.ComfyNode):
    """Subtitles in; audio in which every cue starts when it should, and where it really is, out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Dub",
            "Dub",
            "Dubbing",
            "Speaks subtitles so that every cue starts at its time, plays them while they are "
            "made, and returns subtitles "
            "that fit the speech. What was spoken once with the same settings comes from a cache on disk.",
            aliases=("dubbing", "srt", "subtitles to speech", "voice over"),
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
                        "speaker, and words are never cut. fit: each at the speed that fits, "
                        "with the gap behind it and "
                        "a slight stretch to help. stretch: exactly as long as its time, within limits. pad: natural, "
                        "but every pause stays. concatenate: one cue after the other, whatever their times."
                    ),
                ),
                on_failure_input(ON_FAILURE, "cue"),
                engine_input("speaks", "eSpeak NG, which needs no download"),
                speaker_input(),
                seed_input(),
                cast_input("those of the subtitles"),
                io.Float.Input(
                    "max_speed",
                    optional=True,
                    default=1.25,
                    min=1.0,
                    max=2.0,
                    step=0.05,
                    tooltip="How much faster than its own speed a cue may be spoken in fit and stretch, as a factor.",
                ),
                io.Float.Input(
                    "min_speed",
                    optional=True,
                    default=0.9,
                    min=0.5,
                    max=1.0,
                    step=0.05,
                    tooltip="How much slower it may be spoken there, as a factor.",
                ),
                io.Boolean.Input(
                    "keep_sounds",
                    optional=True,
                    default=False,
                    tooltip=(
                        "Speak descriptions of sounds, such as [music], too; otherwise they are skipped and listed."
                    ),
                ),
            ],
            outputs=[
                io.Audio.Output(
                    "audio", display_name="audio", tooltip="The dubbed track: one channel at the engine's own rate."
                ),
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
                io.Image.Output(
                    "timeline",
                    display_name="timeline",
                    tooltip="A picture of the cues' times and of where their speech is; a batch for a long film.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, subtitles: str | None = None) -> bool | str:
        """Return True, or what is wrong with the subtitles."""
        return check_not_empty("subtitles", subtitles, "there is nothing to dub")

    @classmethod
    def execute(
        cls,
        subtitles: str,
        voice: str,
        speed: float,
        mode: str,
        on_failure: str,
        engine: EngineValue | None = None,
        speaker: VoiceValue | None = None,
        seed: int = 0,
        cast: Cast | None = None,
        max_speed: float = 1.25,
        min_speed: float = 0.9,
        keep_sounds: bool = False,
    ) -> io.NodeOutput:
        """Dub. SubtitleError names the line that can't be read; see Speak for the others."""
        from ..jobs.dub import DubMode, DubRules, dub
        from ..media.subtitles import read_subtitles, write_subtitles
        from ..utils.streaming.runtime import shared_runtime
        from .comfy.run import fit_on_host, run_on_host, to_json
        from .common.resolve import make_speaker, settle_cast
        from .execute.timeline_image import timeline_of

        check_option("on_failure", on_failure, ON_FAILURE)
        runtime = shared_runtime()
        file = read_subtitles(subtitles.encode())
        who = make_speaker(runtime, engine, speaker, voice=voice, speed=speed, seed=seed)
        job = dub(
            file.cues,
            who,
            runtime.registry,
            mode=DubMode(mode),
            rules=DubRules(min_speed=min_speed, max_speed=max_speed),
            cast=settle_cast(runtime, cast, who),
            keep_sounds=keep_sounds,
        )
        fit_on_host(job, runtime, node_id=cls.hidden.unique_id)
        ran = run_on_host(
            job,
            runtime,
            node_id=cls.hidden.unique_id,
            on_failure="report" if on_failure == "continue" else "raise",
            workers=engine.workers if engine else 1,
        )
        adjusted = write_subtitles(job.subtitles(), "ass" if file.format == "ssa" else file.format)
        report = job.report()
        notes = [*(str(note) for note in file.notes), *report.notes]
        return io.NodeOutput(ran.audio, adjusted, to_json(report, notes=notes), timeline_of(report), ui=ran.ui)
