"""`voxweft models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options
from .progress import steps_bar

if TYPE_CHECKING:
    from ..utils.models.store import ModelStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.registry import EngineRegistry

app = typer.Typer(help="Download, list, locate and remove model files.", no_args_is_help=True)

VoiceNames = Annotated[str, typer.Option("--voices", help="Download only these voices, separated by commas.")]


def _open() -> tuple[Settings, EngineRegistry, ModelStore]:
    from ..utils.models.store import ModelStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry

    settings = read_settings()
    return settings, EngineRegistry(settings.engine_folders), ModelStore.of(settings)


@app.command()
def pull(
    engine: options.EngineName, model: options.ModelName = "", voices: VoiceNames = "", quiet: options.Quiet = False
) -> None:
    """Download the missing files of a model and check the others. Run again to resume."""
    with console.guarded():
        from ..utils.models.layout import declared_weights, find_model_files, mib
        from ..utils.streaming.loading.fetch import fetch

        chosen = [name.strip() for name in voices.split(",") if name.strip()] if voices else None
        with console.runtime(use_cache=False) as runtime, steps_bar(quiet=quiet) as on_progress:
            spec = runtime.registry.get(engine)
            fetching = fetch(
                spec,
                model,
                runtime.store,
                voices=chosen,
                others=runtime.registry.specs.values(),
                on_progress=on_progress,
                offline=runtime.settings.offline,
                check=True,
            )
            try:
                folder = runtime.run(fetching)
            except KeyboardInterrupt:
                console.note("partial downloads are kept; run the same command again to resume")
                raise
        weights = declared_weights(spec, model)
        assert weights is not None, "fetch() has found them"
        found_files = find_model_files(folder, weights)
        n_bytes = sum(path.stat().st_size for path in (*found_files.files.values(), *found_files.voices.values()))
        found = f", {console.count(len(found_files.voices), 'voice')}" if weights.voices else ""
        console.out.print(f"{folder}: {mib(n_bytes)}{found}", soft_wrap=True)


@app.command("list")
def list_(as_json: options.Json = False) -> None:
    """List the models on this machine and those available for download."""
    with console.guarded():
        import msgspec
        from rich.table import Table

        from ..utils.models.layout import format_total, mib, select_files, total_bytes

        settings, registry, store = _open()
        stored = store.stored(registry)
        complete = {(found.engine, found.model) for found in stored if found.complete}
        absent = [
            (spec.name, model, select_files(weights, None), spec.facts(model).license)
            for spec in registry.specs.values()
            for model, weights in spec.weights.items()
            if (spec.name, model) not in complete
        ]
        if as_json:
            data = {
                "home": str(settings.models_home),
                "models": stored,
                "missing": [
                    {"engine": name, "model": model, "n_bytes": total_bytes(files), "license": terms}
                    for name, model, files, terms in absent
                ],
            }
            print(msgspec.json.encode(data).decode())  # noqa: T201
            return
        table = Table(
            "engine", "model", "size", "voices", "state", "folder or command", show_edge=False, pad_edge=False
        )
        for found in stored:
            state = found.origin if found.complete else f"{found.origin}, incomplete"
            voices = str(found.n_voices or "")
            table.add_row(found.engine, found.model, mib(found.n_bytes), voices, state, found.path)
        for name, model, files, terms in absent:
            model_option = "" if model == registry.get(name).default_model else f" -m {model}"
            command = f"voxweft models pull {name}{model_option}"
            table.add_row(name, model, format_total(files), "", f"not downloaded ({terms})", command)
        console.out.print(table)


@app.command()
def path(engine: options.EngineName, model: options.ModelName = "") -> None:
    """Print the folder of a model."""
    with console.guarded():
        _, registry, store = _open()
        print(store.find(registry.get(engine), model).folder)  # noqa: T201


@app.command()
def remove(engine: options.EngineName, model: options.ModelName = "", yes: options.Yes = False) -> None:
    """Remove a downloaded model. Other files and folders are left untouched."""
    with console.guarded():
        from ..utils.models.layout import mib

        _, registry, store = _open()
        spec = registry.get(engine)
        store.downloaded(spec, model)
        if not yes:
            typer.confirm(f"remove the model downloaded to {store.download_folder(spec, model)}?", abort=True, err=True)
        console.out.print(f"freed {mib(store.remove(spec, model))}")
