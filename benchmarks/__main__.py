"""Run a benchmark: `python -m benchmarks NAME`, in a clone of the repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from voxweft.cli import console

_JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file, as flat JSON.")]
_Quick = Annotated[bool, typer.Option("--quick", help="Measure less: minutes instead of up to an hour, less precise.")]
_KokoroFolder = Annotated[
    Path, typer.Option(help="Folder with Kokoro's model.", exists=True, file_okay=False, show_default=False)
]
_RealModels = Annotated[
    Path,
    typer.Option(
        help="Folder with kokoro and whisper-base (scripts/real_models.py).",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]

app = typer.Typer(
    help="Measure Voxweft on this machine.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


def _report(measure: Callable[..., Mapping[str, float | str]], json_file: Path | None) -> None:
    """Measure, print the figures, and write them to a file if one is given."""
    from voxweft.cli.output import check_files, pretty_json, write_text

    check_files({"--json": json_file})
    encoded = pretty_json(measure(progress=console.note))
    if json_file is not None:
        write_text(json_file, encoded + "\n")
    print(encoded)


@app.command()
def core(json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure the core: chunks, first audio, cache, memory, cancel, import."""
    with console.guarded():
        from .core import run_core

        _report(partial(run_core, quick=quick), json_file)


@app.command()
def environments(json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure engines' environments: starting a worker in one, and building one compared with uv alone."""
    with console.guarded():
        from .environments import run_environments

        _report(partial(run_environments, quick=quick), json_file)


@app.command()
def jobs(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="Folder with Kokoro's model, to also fit cues by its predicted durations.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure the jobs: narrating a book, fitting subtitles, reading scripts."""
    with console.guarded():
        from .jobs import run_jobs

        _report(partial(run_jobs, model_path, quick=quick), json_file)


@app.command()
def kokoro(model_path: _KokoroFolder, json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure Kokoro on the CPU against its package: first audio, throughput, isolation, memory, durations."""
    with console.guarded():
        from .kokoro import run_kokoro

        _report(partial(run_kokoro, model_path, quick=quick), json_file)


@app.command()
def kokoro_gpu(
    model_path: _KokoroFolder,
    json_file: _JsonFile = None,
    rounds: Annotated[int, typer.Option(min=1, help="Number of measurements of each figure.")] = 9,
) -> None:
    """Measure Kokoro on a GPU: first audio, throughput and memory for each dtype."""
    with console.guarded():
        from .kokoro_gpu import run_gpu

        _report(partial(run_gpu, model_path, rounds=rounds), json_file)


@app.command()
def server(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="Folder with Kokoro's model, to also measure first audio (default: load only).",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure the server: first audio over HTTP and WebSocket, load, clients that disconnect."""
    with console.guarded():
        from .server import run_server

        _report(partial(run_server, model_path, quick=quick), json_file)


@app.command()
def asr(
    model_path: Annotated[
        Path | None,
        typer.Option(
            help="Folder with a Whisper model (default: the tests' small one).",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure recognition on the CPU: files against faster-whisper, live against plain agreement, memory."""
    with console.guarded():
        from .asr import run_asr

        _report(partial(run_asr, model_path, quick=quick), json_file)


@app.command()
def cloning(json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure the engines that clone voices, on small seeded models: codes, batches, voices, first audio, memory."""
    with console.guarded():
        from .cloning import run_cloning

        _report(partial(run_cloning, quick=quick), json_file)


@app.command()
def dubbing(json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure how well a dub fits films whose timing is hard: cues on time, jumps of the speed, delays, planning."""
    with console.guarded():
        from .dubbing import run_dubbing

        _report(partial(run_dubbing, quick=quick), json_file)


@app.command()
def heard(
    models: _RealModels,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Measure what a recognizer hears: real voices, ours and the kokoro package's, word errors and pauses."""
    with console.guarded():
        from .heard import run_heard

        _report(partial(run_heard, models, quick=quick), json_file)


@app.command()
def live(
    models: _RealModels,
    json_file: _JsonFile = None,
    quick: _Quick = False,
) -> None:
    """Compare live transcription with other policies on real speech: word errors, lags, passes."""
    with console.guarded():
        from .live import run_live

        _report(partial(run_live, models, quick=quick), json_file)


@app.command()
def nodes(json_file: _JsonFile = None, quick: _Quick = False) -> None:
    """Measure the nodes in a real ComfyUI: overhead over their jobs, first sound in a browser, Cancel."""
    with console.guarded():
        from .nodes import run_nodes

        _report(partial(run_nodes, quick=quick), json_file)


@app.command()
def table(
    file: Annotated[Path, typer.Argument(help="JSON file written by --json.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Argument(help="The benchmark that wrote it.")] = "core",
) -> None:
    """Print the Markdown table of docs/performance.md for the figures of a run."""
    with console.guarded():
        from .table import TABLES, markdown_table

        if name not in TABLES:
            raise ValueError(f"no table for '{name}'; choose one of {', '.join(TABLES)}")
        print(markdown_table(json.loads(file.read_text(encoding="utf-8")), TABLES[name]), end="")


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
