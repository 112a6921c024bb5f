"""The nodes that make a cast: names, and who speaks under each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty, engine_input, speaker_input
from .common.schema import CAST, schema

if TYPE_CHECKING:
    from ..jobs.voices import Cast
    from .common.values import EngineValue, VoiceValue


class VoxweftCast(io.ComfyNode):
    """One member, added to those before it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Cast",
            "Cast",
            "Voices",
            "Gives a name its voice, for the speakers of subtitles and scripts. Chain one node "
            "a person; what nobody in the "
            "cast speaks, the node that speaks does in its own voice.",
            aliases=("speakers", "roles", "dialogue", "characters", "multi speaker"),
            inputs=[
                io.String.Input(
                    "name", default="Anna", tooltip="The name as subtitles or the script have it, in any case."
                ),
                io.String.Input(
                    "aliases", default="", tooltip="Further names of the same person, with commas between."
                ),
                io.String.Input(
                    "voice",
                    default="",
                    tooltip=(
                        "A voice of the engine, or a mix; empty: the engine's own. A connected speaker goes before it."
                    ),
                ),
                io.Float.Input(
                    "speed",
                    default=1.0,
                    min=0.25,
                    max=4.0,
                    step=0.01,
                    tooltip="How fast this person speaks, as a factor.",
                ),
                io.Float.Input(
                    "gain_db", default=0.0, min=-60.0, max=24.0, step=0.5, tooltip="Louder or softer, in decibels."
                ),
                io.Boolean.Input(
                    "narrator", default=False, tooltip="Whether this one also speaks what no other member does."
                ),
                CAST.Input("cast", optional=True, tooltip="The members before this one."),
                engine_input("this person speaks with", "that of the node that speaks"),
                speaker_input(),
            ],
            outputs=[
                CAST.Output("members", display_name="cast", tooltip="The cast with this member, for Dub and Speak.")
            ],
        )

    @classmethod
    def validate_inputs(cls, name: str | None = None) -> bool | str:
        """Return True, or what is wrong with the name."""
        return check_not_empty("name", name, "who is it?")

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
    ) -> io.NodeOutput:
        """Return the cast. CastError for a name that two have; ValueError for what the engine can't do."""
        import msgspec

        from ..jobs.voices import Cast
        from ..utils.streaming.runtime import shared_runtime
        from .common.resolve import make_member

        before = cast or Cast()
        if narrator and before.narrator is not None:
            raise ValueError(f"'narrator' is on, and the cast has a narrator already: '{before.narrator.name}'")
        member = make_member(
            shared_runtime(),
            name.strip(),
            tuple(alias.strip() for alias in aliases.split(",") if alias.strip()),
            engine,
            speaker,
            voice=voice,
            speed=speed,
            gain_db=gain_db,
        )
        grown = msgspec.structs.replace(before, members=(*before.members, member))
        return io.NodeOutput(grown.with_narrator(member) if narrator else grown)


class VoxweftCastList(io.ComfyNode):
    """A whole cast as text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "CastList",
            "Cast from text",
            "Voices",
            "A whole cast, written as YAML or JSON: the same file as the command line takes.",
            aliases=("speakers", "yaml", "roles"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    default="members:\n  Anna: {voice: en-us+f2}\n  Ben: {voice: en-us+m3, speed: 1.05}\n",
                    tooltip=(
                        "members: a name each, with any of engine, model, voice, language, "
                        "speed, seed, gain_db, aliases; "
                        "narrator: a name. Load text gives a file's."
                    ),
                ),
            ],
            outputs=[CAST.Output("members", display_name="cast", tooltip="The cast, for Dub and Speak.")],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "there is no cast in it")

    @classmethod
    def execute(cls, text: str) -> io.NodeOutput:
        """Return the cast. CastError or PlainDataError names what can't be read."""
        from ..jobs.voices import VoiceLibrary, read_cast
        from ..utils.streaming.runtime import shared_runtime

        library = VoiceLibrary(shared_runtime().settings.voice_folders)
        return io.NodeOutput(read_cast(text.encode(), "the cast", presets=library.presets()))
