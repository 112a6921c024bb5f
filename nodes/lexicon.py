"""The node that says how words are spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comfy_api.v0_0_2 import io

from .common.inputs import check_not_empty
from .common.schema import LEXICON, schema

if TYPE_CHECKING:
    from .common.values import LexiconValue


class VoxweftLexicon(io.ComfyNode):
    """Words and how to say them, added to those before."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "Lexicon",
            "Lexicon",
            "Text",
            "Says how words are spoken: names, abbreviations, foreign words. Chain several; of two entries for a word "
            "the later node's counts. Load text gives a file's.",
            aliases=("pronunciation", "dictionary", "phonemes", "respelling", "ipa"),
            inputs=[
                io.String.Input(
                    "text",
                    multiline=True,
                    placeholder="Nguyen = win\nGIF = /dʒɪf/\n[de]\nGIF = /ɡɪf/",
                    tooltip=(
                        "A line a word: word = respelling, or word = /ipa/ for engines that take phonemes (Kokoro). "
                        "[de] begins the entries of a language, [*] those for all; # begins a comment."
                    ),
                ),
                LEXICON.Input("lexicon", optional=True, tooltip="The lexicon before this one."),
            ],
            outputs=[
                LEXICON.Output("entries", display_name="lexicon", tooltip="All of the entries, for Speak and Narrate.")
            ],
        )

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        """Return True, or what is wrong with the text."""
        return check_not_empty("text", text, "there is no word in it")

    @classmethod
    def execute(cls, text: str, lexicon: LexiconValue | None = None) -> io.NodeOutput:
        """Return the lexicon. ScriptError names the line that can't be read."""
        from ..text.lexicon import read_lexicon
        from .common.values import LexiconValue

        read_lexicon(text)
        return io.NodeOutput(LexiconValue(contents=(*(lexicon.contents if lexicon is not None else ()), text)))
