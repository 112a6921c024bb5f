"""The node that dubs subtitles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import (
    ON_FAILURE,
    cast_input,
    check_not_empty,
    check_option,
    level_of,
    level_voices_input,
    names_of,
    normalization_of,
    normalize_input,
    on_failure_input,
    seed_input,
    speaker_input,
    speech_engine_input,
    speed_input,
    voice_input,
)
from .common.schema import schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, VoiceValue

PREFER = ["gap", "slot"]
MODES = ["fit", "natural", "stretch", "pad", "concatenate"]


class VoxweftDub(io.ComfyNode):
    """Speak subtitles at their times."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Dub",
            "Dub",
            "Dubbing",
            "Speaks subtitles so that each cue starts at its time, and plays the audio while it is generated. Returns "
            "subtitles timed to the speech. Cues are cached on disk: after an edit only the changed cues are generated "
            "again.",
            aliases=("dubbing", "srt", "subtitles to speech", "voice over"),
            inputs=[
                io.String.Input(
                    "subtitles",
                    multiline=True,
                    placeholder="1\n00:00:00,500 --> 00:00:02,000\nGood morning!",
                    tooltip="The text of a subtitle file (SRT, WebVTT, ASS, SSA, SBV, LRC, TTML, ...). The format is "
                    "detected.",
                ),
                voice_input(),
                speed_input(),
                io.Combo.Input(
                    "mode",
                    options=MODES,
                    default=MODES[0],
                    tooltip=(
                        "fit: choose the speeds of all cues so that they fit their slots and the gaps after them. "
                        "natural: each cue starts at its time; a cue that is too long delays the next ones. stretch: "
                        "exactly as long as the slot, within limits. pad: natural, but keep every pause. concatenate: "
                        "ignore the times."
                    ),
                ),
                on_failure_input("cue"),
                speech_engine_input(),
                speaker_input(),
                seed_input(),
                cast_input("subtitles"),
                io.Float.Input(
                    "max_speed",
                    optional=True,
                    default=1.25,
                    min=1.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Modes fit and stretch: the highest speed of a cue, as a factor of its normal speed.",
                ),
                io.Float.Input(
                    "min_speed",
                    optional=True,
                    default=0.9,
                    min=0.5,
                    max=1.0,
                    step=0.05,
                    tooltip="Modes fit and stretch: the lowest speed of a cue, as a factor of its normal speed.",
                ),
                io.Boolean.Input(
                    "keep_sounds",
                    optional=True,
                    default=False,
                    tooltip="Speak sound descriptions such as [music] too. Off: skip them and list them in the report.",
                ),
                io.Boolean.Input(
                    "perform_sounds",
                    optional=True,
                    default=False,
                    tooltip="Perform sounds and moods such as (laughs), [sighs] or (whispering), with an engine that "
                    "has them. Off: treat them as other sound descriptions.",
                ),
                level_voices_input(),
                normalize_input(),
                io.Float.Input(
                    "offset_s",
                    optional=True,
                    default=0.0,
                    min=-400000.0,
                    max=400000.0,
                    step=0.1,
                    tooltip="Move all cues by this many seconds; negative: earlier. Cues that would end before 0 are "
                    "left out and reported.",
                ),
                io.String.Input(
                    "rate",
                    optional=True,
                    default="",
                    placeholder="25:23.976",
                    tooltip="The frame rates that the subtitles were timed for and that the film has, such as "
                    "25:23.976. It applies after offset_s. Empty: keep the times.",
                ),
                io.Combo.Input(
                    "prefer",
                    optional=True,
                    options=PREFER,
                    default=PREFER[0],
                    tooltip="Mode fit: what a long cue uses first, the silent gap after its slot or a higher speed.",
                ),
                io.Float.Input(
                    "catch_up_speed",
                    optional=True,
                    default=1.4,
                    min=1.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Mode fit: the highest speed of a cue that would be late or delay the next at max_speed. "
                    "1: never above max_speed.",
                ),
                io.String.Input(
                    "keep_labels",
                    optional=True,
                    default="",
                    placeholder="HTML, TED",
                    tooltip="Labels to speak, such as HTML in 'HTML: the structure', though they look like the names "
                    "of speakers. Separate them with commas. The report lists the labels that aren't spoken.",
                ),
            ],
            outputs=[
                io.Audio.Output(
                    "audio", display_name="audio", tooltip="The dubbed track: mono, at the engine's sample rate."
                ),
                # An id may not be that of an input.
                io.String.Output(
                    "adjusted_subtitles",
                    display_name="subtitles",
                    tooltip="The cues timed to the speech, in the input's format (ASS for SSA, SRT for formats that "
                    "can't be written).",
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip=(
                        "JSON: the slot, actual start and end, and status of each cue; and what was repaired in the "
                        "file."
                    ),
                ),
                io.Image.Output(
                    "timeline",
                    display_name="timeline",
                    tooltip="An image of the cues' slots and their speech. A long film gives a batch of images.",
                ),
                io.String.Output(
                    "plan",
                    display_name="plan",
                    tooltip=(
                        "JSON, modes fit and stretch: the seconds that each cue asks for and has, and to how many "
                        "characters to shorten the ones that are too long. Empty in other modes."
                    ),
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, subtitles: str | None = None) -> bool | str:
        """Return True, or what is wrong with the subtitles."""
        return check_not_empty("subtitles", subtitles, "enter subtitles or connect Load subtitles")

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
        perform_sounds: bool = False,
        level_voices: bool = True,
        normalize: str = "on",
        offset_s: float = 0.0,
        rate: str = "",
        prefer: str = PREFER[0],
        catch_up_speed: float = 1.4,
        keep_labels: str = "",
    ) -> io.NodeOutput:
        """Dub the subtitles.

        Raises:
            SubtitleError: a line cannot be read; the message names it.
            SegmentError: a cue failed and `on_failure` is "stop".
        """
        from ..jobs.dub import DubMode, DubRules
        from ..jobs.dub.cue_times import time_cues
        from ..jobs.requests.dub import DubRequest
        from ..media.subtitles import read_subtitles, write_subtitles
        from ..media.subtitles.retiming import Retiming
        from ..media.subtitles.subtitle_file import summarize
        from ..media.subtitles.write import written_format
        from ..utils.streaming.runtime import shared_runtime
        from .comfy.run import fit_on_host, run_on_host, to_json
        from .common.resolve import make_speaker
        from .execute.timeline_image import timeline_of

        check_option("mode", mode, MODES)
        check_option("on_failure", on_failure, ON_FAILURE)
        check_option("prefer", prefer, PREFER)
        runtime = shared_runtime()
        file = read_subtitles(subtitles.encode())
        timed = time_cues(file.cues, Retiming.parse(offset_s, rate))
        request = DubRequest(
            cues=timed.cues,
            notes=(*summarize(file.notes), *timed.notes),
            speaker=make_speaker(runtime, engine, speaker, voice=voice, speed=speed, seed=seed),
            cast=cast,
            mode=DubMode(mode),
            rules=DubRules(
                min_speed=min_speed,
                max_speed=max_speed,
                catch_up_speed=catch_up_speed,
                prefer="slot" if prefer == "slot" else "gap",
            ),
            keep_sounds=keep_sounds,
            perform_sounds=perform_sounds,
            keep_labels=names_of(keep_labels),
            level=level_of(level_voices),
            **normalization_of(normalize)._asdict(),
            workers=engine.workers if engine else 1,
            on_failure="report" if on_failure == "continue" else "raise",
        )
        job = request.job(runtime)
        fit_on_host(job, runtime, on_failure=request.on_failure, node_id=cls.hidden.unique_id)
        result = run_on_host(job, runtime, request.options, node_id=cls.hidden.unique_id)
        adjusted = write_subtitles(job.subtitles(), written_format(file.format))
        report = job.report()
        plan = "" if job.plan is None else to_json(job.plan)
        return io.NodeOutput(result.audio, adjusted, to_json(report), timeline_of(report), plan, ui=result.ui)
