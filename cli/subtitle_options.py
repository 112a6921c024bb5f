"""The options of commands that read subtitles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from ..media.subtitles import ReadOptions

Encoding = Annotated[
    str,
    typer.Option(
        help="Encoding of the subtitles, such as cp1251, gb18030 or shift_jis. Without it, it is found out, with the "
        "help of --language.",
        show_default=False,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at the first fault in the subtitles, instead of fixing and noting it.")
]
KeepRepeats = Annotated[
    bool,
    typer.Option(
        "--keep-repeats", help="Speak text each time that it is shown, also where rolling captions only show it again."
    ),
]
Style = Annotated[
    list[str],
    typer.Option(help="Speak only this style of ASS or SSA (repeatable; * stands for any characters).", metavar="NAME"),
]
SkipStyle = Annotated[
    list[str],
    typer.Option(help="Leave out this style of ASS or SSA, such as 'Sign*' (repeatable).", metavar="NAME"),
]
Line = Annotated[
    Literal["1", "2"] | None,
    typer.Option(help="Of cues in two languages, speak the first or the second.", show_default=False),
]
Fps = Annotated[
    float, typer.Option(help="Frame rate of a MicroDVD file that has none (default: 23.976).", show_default=False)
]


def read_options(
    *,
    encoding: str,
    language: str,
    strict: bool,
    keep_repeats: bool,
    style: Sequence[str],
    skip_style: Sequence[str],
    line: Literal["1", "2"] | None,
    fps: float,
) -> ReadOptions:
    """Return the options as the reader takes them. ValueError for a value that can't be used."""
    from ..media.subtitles import ReadOptions
    from ..text.encoding import text_encoding

    return ReadOptions(
        encoding=text_encoding(encoding) if encoding else "",
        language=language,
        strict=strict,
        keep_repeats=keep_repeats,
        styles=tuple(style),
        skip_styles=tuple(skip_style),
        line=int(line or 0),
        fps=fps,
    )
