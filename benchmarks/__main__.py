"""Run a benchmark: `python -m benchmarks NAME`, in a clone of the repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from voxweft.cli import console

_JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures as flat JSON.")]
_Quick = Annotated[bool, typer.Option("--quick", help="Fewer repetitions: a look, not a measurement.")]

app = typer.Typer(help="Measure Voxweft on this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure Voxweft on this machine."""


def _report(measure: Callable[..., Mapping[str, float]], json_file: Path | None) -> None:
    """Measure, print the figures, and write them to a file if one is named."""
    from voxweft.cli.output import check_folders, pretty_json, write_text

    check_folders(json_file)
    encoded = pretty_json(measure(progress=console.note))
    if json_file is not None:
        write_text(json_file, encoded + "\n")
    print(encoded)


@app.command()
def core(
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure the core: chunks, first audio, cache, memory, cancel, import."""
    with console.guarded():
        from .core import run_core

        _report(partial(run_core, quick=quick), json_file)


@app.command()
def environments(
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure engines' own environments: the start of a worker there, and building one against uv alone."""
    with console.guarded():
        from .environments import run_environments

        _report(partial(run_environments, quick=quick), json_file)


@app.command()
def jobs(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="The folder of Kokoro's model: fits a film by the durations that it predicts, too.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: Annotated[bool, typer.Option("--quick", help="Less of each: a look, not a measurement.")] = False,
) -> None:
    """Measure the jobs: books narrated by the engine's own rate and the encoders', dubs fitted, scripts read."""
    with console.guarded():
        from .jobs import run_jobs

        _report(partial(run_jobs, model_path, quick=quick), json_file)


@app.command()
def kokoro(
    model_path: Annotated[
        Path, typer.Option(help="The folder of Kokoro's model.", exists=True, file_okay=False, show_default=False)
    ],
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure Kokoro against the kokoro package, on the CPU: first audio, throughput, isolation, memory, durations."""
    with console.guarded():
        from .kokoro import run_kokoro

        _report(partial(run_kokoro, model_path, quick=quick), json_file)


@app.command()
def server(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="The folder of Kokoro's model; without it only load is measured.", exists=True, file_okay=False
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure the server: first audio over HTTP and WebSocket, load, clients that vanish."""
    with console.guarded():
        from .server import run_server

        _report(partial(run_server, model_path, quick=quick), json_file)


@app.command()
def asr(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="The folder of a Whisper model; the tests' small one otherwise.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter recordings: a look, not a measurement.")] = False,
) -> None:
    """Measure recognition, on the CPU: files against faster-whisper itself, live against plain agreement, memory."""
    with console.guarded():
        from .asr import run_asr

        _report(partial(run_asr, model_path, quick=quick), json_file)


@app.command()
def nodes(
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure the nodes in a real ComfyUI: what they cost beyond their jobs, the first sound in a browser, Cancel."""
    with console.guarded():
        from .nodes import run_nodes

        _report(partial(run_nodes, quick=quick), json_file)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
