"""The node that defines pronunciations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty
from .common.schema import LEXICON, schema

if TYPE_CHECKING:
    from .common.values import LexiconValue


class VoxweftLexicon(io.ComfyNode):
    """Define how words are pronounced."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "Lexicon",
            "Lexicon",
            "Text",
            "Defines how names, abbreviations and foreign words are pronounced. Nodes of this kind can be chained; "
            "later entries take precedence.",
            aliases=("pronunciation", "dictionary", "phonemes", "respelling", "ipa"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="Nguyen = win\nGIF = /dʒɪf/\n[de]\nGIF = /ɡɪf/",
                    tooltip=(
                        "One entry per line: word = respelling, or word = /IPA/ for engines that accept phonemes "
                        "(Kokoro). [de] starts the entries of a language, [*] those of all languages; # starts a "
                        "comment."
                    ),
                ),
                LEXICON.Input("lexicon", optional=True, tooltip="The lexicon to add these entries to."),
            ],
            outputs=[LEXICON.Output("entries", display_name="lexicon", tooltip="All entries, for Speak and Narrate.")],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "enter entries such as: Nguyen = win")

    @classmethod
    def execute(cls, text: str, lexicon: LexiconValue | None = None) -> io.NodeOutput:
        """Return the lexicon. TextError names an invalid line."""
        from ..text.lexicon import read_lexicon
        from .common.values import LexiconValue

        read_lexicon(text)
        return io.NodeOutput(LexiconValue(contents=(*(lexicon.contents if lexicon is not None else ()), text)))
