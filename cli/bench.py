"""`speechloom bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console

app = typer.Typer(help="Measure Speechloom on this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure Speechloom on this machine."""


@app.command()
def core(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as flat JSON.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer repetitions: a look, not a measurement.")] = False,
) -> None:
    """Measure the core: chunks, first audio, cache, memory, cancel, import."""
    with console.guarded():
        from ..benchmarks.core import run_core
        from .output import pretty_json

        figures = run_core(quick=quick, progress=console.note)
        encoded = pretty_json(figures)
        if json_file is not None:
            json_file.write_text(encoded + "\n", encoding="utf-8")
        print(encoded)  # noqa: T201
