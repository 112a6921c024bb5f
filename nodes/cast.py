"""The nodes that make a cast, which maps speakers to voices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import MAX_SPEED, MIN_SPEED, check_not_empty, names_of, speaker_input
from .common.schema import CAST, ENGINE, schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, VoiceValue


class VoxweftCast(io.ComfyNode):
    """Add one speaker to a cast."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Cast",
            "Cast",
            "Voices",
            "Maps one speaker of a script or of subtitles to a voice. Chain one node per speaker. Speakers who are "
            "not in the cast use the narrator's voice.",
            aliases=("speakers", "roles", "dialogue", "characters", "multi speaker"),
            inputs=[
                io.String.Input(
                    "name", default="Anna", tooltip="The speaker's name in the script or subtitles. Case is ignored."
                ),
                io.String.Input("aliases", default="", tooltip="Other names of this speaker, separated by commas."),
                io.String.Input(
                    "voice",
                    default="",
                    tooltip="A voice of the engine, or a mix. Empty: the engine's default voice.",
                ),
                io.Float.Input(
                    "speed",
                    default=1.0,
                    min=MIN_SPEED,
                    max=MAX_SPEED,
                    step=0.01,
                    tooltip="This speaker's speed as a factor: 1 is the voice's normal speed.",
                ),
                io.Float.Input(
                    "gain_db",
                    default=0.0,
                    min=-60.0,
                    max=24.0,
                    step=0.5,
                    tooltip="This speaker's volume change, in decibels.",
                ),
                io.Boolean.Input(
                    "narrator",
                    default=False,
                    tooltip="Make this speaker the narrator: the voice of all text without a speaker in the cast.",
                ),
                CAST.Input("cast", optional=True, tooltip="The cast to add this speaker to."),
                ENGINE.Input(
                    "engine", optional=True, tooltip="This speaker's engine. Not connected: the narrator's engine."
                ),
                speaker_input(),
                io.String.Input(
                    "model",
                    optional=True,
                    default="",
                    tooltip=(
                        "A model of the engine, for this speaker. Empty: the engine node's or the narrator's, else the "
                        "first one that has the speaker's language."
                    ),
                ),
            ],
            outputs=[
                CAST.Output(
                    "members", display_name="cast", tooltip="The cast with this speaker, for Speak, Dub and Narrate."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, name: str | None = None) -> bool | str:
        """Return True, or what is wrong with the name."""
        return check_not_empty("name", name, "enter the speaker's name")

    @classmethod
    def execute(
        cls,
        name: str,
        aliases: str,
        voice: str,
        speed: float,
        gain_db: float,
        narrator: bool,
        cast: Cast | None = None,
        engine: EngineValue | None = None,
        speaker: VoiceValue | None = None,
        model: str = "",
    ) -> io.NodeOutput:
        """Return the cast.

        Raises:
            CastError: two speakers have the same name.
            ValueError: the engine cannot use the voice, or the cast already has a narrator.
        """
        import msgspec

        from ..jobs.voices import Cast
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_cast_speaker

        before = cast or Cast()
        if narrator and before.narrator is not None:
            raise ValueError(f"'narrator' is on, but the cast already has a narrator, '{before.narrator.name}'")
        cast_speaker = make_cast_speaker(
            shared_runtime(),
            name.strip(),
            names_of(aliases),
            engine,
            speaker,
            model=model,
            voice=voice,
            speed=speed,
            gain_db=gain_db,
        )
        extended = msgspec.structs.replace(before, members=(*before.members, cast_speaker))
        return io.NodeOutput(extended.with_narrator(cast_speaker) if narrator else extended)


class VoxweftCastList(io.ComfyNode):
    """Read a whole cast from text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "CastList",
            "Cast from text",
            "Voices",
            "Reads a whole cast from YAML or JSON, in the same format as the command line's cast files.",
            aliases=("speakers", "yaml", "roles"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    default="members:\n  Anna: {speed: 1.0}\n  Ben: {speed: 1.1, gain_db: -2}\n",
                    tooltip=(
                        "members: one entry per speaker, with any of engine, model, voice, language, speed, seed, "
                        "low_latency, gain_db and aliases. narrator: a speaker's name. Load text reads it from a file."
                    ),
                ),
            ],
            outputs=[CAST.Output("members", display_name="cast", tooltip="The cast, for Speak, Dub and Narrate.")],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "enter a cast as YAML or JSON")

    @classmethod
    def execute(cls, text: str) -> io.NodeOutput:
        """Return the cast. CastError names the entry that cannot be read."""
        from ..jobs.voices import VoiceLibrary, read_cast
        from ..utils.streaming.runtime import shared_runtime

        library = VoiceLibrary(shared_runtime().settings.voice_folders)
        return io.NodeOutput(read_cast(text.encode(), "the cast", presets=library.presets()))
