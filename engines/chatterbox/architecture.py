"""What differs between ChatterBox's models, from `params` of their entries in engine.toml."""

from __future__ import annotations

import msgspec

from ...utils.streaming import ParamValue


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model's files and sizes.

    Args:
        backbone: The transformer's configuration, as the package names it.
        text_tokens: The size of its vocabulary.
        t3: The file of the model that turns text into speech codes.
        decoder: The file of the model that turns speech codes into sound.
        tokenizer: The file of its vocabulary.
        repetition_penalty: Its default.
        watched: Whether it needs the package's alignment watcher to find the end of a text.
    """

    backbone: str
    text_tokens: int
    t3: str
    decoder: str
    tokenizer: str
    repetition_penalty: float = 1.2
    watched: bool = False

    @property
    def turbo(self) -> bool:
        """Whether it is of the family of turbo: GPT-2, no guidance, a decoder of few steps."""
        return self.backbone.startswith("GPT2")

    @property
    def cfm_steps(self) -> int:
        """The decoder's default number of steps."""
        return 2 if self.turbo else 10

    @property
    def top_p(self) -> float:
        """The default of `top_p`."""
        return 0.95 if self.turbo else 1.0

    @property
    def prompt_s(self) -> float:
        """How much of a recording continues in the speech codes, in seconds."""
        return 15.0 if self.turbo else 6.0


def read_architecture(params: dict[str, ParamValue]) -> Architecture:
    """Return the architecture of `[models.NAME] params`."""
    return msgspec.convert(params, Architecture)
