"""`voxweft models`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, engine_details, options
from .progress import steps_bar

if TYPE_CHECKING:
    from ..utils.models.store import ModelStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.contract.registry import EngineRegistry

app = typer.Typer(help="Download, list, locate and remove model files.", no_args_is_help=True)

VoiceNames = Annotated[str, typer.Option("--voices", help="Download only these voices, separated by commas.")]
AcceptLicense = Annotated[
    str,
    typer.Option(
        help="Accept the license of the weights by its name, such as cc-by-nc-4.0, if it isn't a permissive one.",
        metavar="NAME",
        show_default=False,
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust-on-first-use",
        help="Also download files that nobody states the content of, record what comes, and check it from then on.",
    ),
]
_MAX_LANGUAGES = 3
_WIDE = 160
"""From this width on, the list has a column for folders and commands."""


def _open() -> tuple[Settings, EngineRegistry, ModelStore]:
    from ..utils.models.store import ModelStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry

    settings = read_settings()
    return settings, EngineRegistry(settings.engine_folders), ModelStore.of(settings)


@app.command()
def pull(
    engine: options.EngineName,
    model: options.ModelName = "",
    voices: VoiceNames = "",
    accept_license: AcceptLicense = "",
    trust: Trust = False,
    quiet: options.Quiet = False,
) -> None:
    """Download the missing files of a model and check the others. Run again to resume."""
    with console.guarded():
        from ..utils.models.layout import find_model_files, mib
        from ..utils.streaming.loading.fetch import fetch

        chosen = [name.strip() for name in voices.split(",") if name.strip()] if voices else None
        with console.runtime(use_cache=False) as runtime:
            spec = runtime.registry.get(engine)
            runtime.registry.check_license(spec, model)
            _accept(spec, model, chosen, runtime.store, accept_license, trust=trust)
            with steps_bar(quiet=quiet) as on_progress:
                fetching = fetch(
                    spec,
                    model,
                    runtime.store,
                    voices=chosen,
                    others=runtime.registry.specs.values(),
                    on_progress=on_progress,
                    on_download=(lambda _: None) if quiet else console.note,
                    offline=runtime.settings.offline,
                    check=True,
                    trust=trust,
                )
                try:
                    folder = runtime.run(fetching)
                except KeyboardInterrupt:
                    console.note("partial downloads are kept; run the same command again to resume")
                    raise
            weights = runtime.store.weights(spec, model)
        assert weights is not None, "fetch() has found them"
        found_files = find_model_files(folder, weights)
        n_bytes = sum(path.stat().st_size for path in (*found_files.files.values(), *found_files.voices.values()))
        found = f", {console.count(len(found_files.voices), 'voice')}" if weights.voices else ""
        console.out.print(f"{folder}: {mib(n_bytes)}{found}", soft_wrap=True)


def _accept(
    spec: EngineSpec, model: str, voices: list[str] | None, store: ModelStore, name: str, *, trust: bool
) -> None:
    """Accept the license of a model if the user gives its name, or on a terminal confirms it. Else `fetch` refuses."""
    from ..utils.models.layout import incomplete_files, select_files, without_digest
    from ..utils.models.licenses import plain, terms_of

    weights = store.weights(spec, model)
    if weights is None or (without_digest(select_files(weights, [])) and not trust):
        return
    terms = terms_of(spec, model)
    if name and plain(name) != plain(terms.license):
        raise ValueError(
            f"the license of {terms.subject} is {terms.summary}, not '{name}'; read {terms.page}, then run "
            f"`{terms.command}`"
        )
    if not name and (store.licenses.accepts(terms) or not sys.stdin.isatty()):
        return
    if not name and incomplete_files(store.download_folder(spec, model), select_files(weights, voices)):
        console.err.print(f"{terms.subject} has the license {terms.summary}: {terms.page}", soft_wrap=True)
        typer.confirm("accept it?", abort=True, err=True)
        name = terms.license
    if name:
        store.licenses.accept(terms)


@app.command("list")
def list_(as_json: options.Json = False) -> None:
    """List the models on this machine and those available for download, with their languages and licenses."""
    with console.guarded():
        import msgspec
        from rich.table import Table

        from ..utils.models.layout import format_total, mib, select_files, source_names, total_bytes, without_digest
        from ..utils.models.licenses import terms_of

        settings, registry, store = _open()
        stored = store.stored(registry)
        complete = {(found.engine, found.model) for found in stored if found.complete}
        absent = [
            (spec, model, weights)
            for spec in registry.specs.values()
            for model, weights in spec.weights.items()
            if (spec.name, model) not in complete
        ]
        if as_json:
            missing = [
                {"engine": spec.name, "model": model, "n_bytes": total_bytes(select_files(weights, None))}
                | engine_details.model_data(spec, model)
                | {"sources": source_names(weights)}
                for spec, model, weights in absent
            ]
            models = [
                msgspec.to_builtins(found) | engine_details.model_data(registry.get(found.engine), found.model)
                for found in stored
            ]
            data = {"home": str(settings.models_home), "models": models, "missing": missing}
            print(msgspec.json.encode(data).decode())  # noqa: T201
            return
        table = Table(show_edge=False, pad_edge=False)
        for name in ("engine", "model", "languages", "license", "size", "state"):
            table.add_column(name, no_wrap=name not in ("languages", "license"))
        if is_wide := console.out.width >= _WIDE:
            table.add_column("folder or command")
        for found in stored:
            size = mib(found.n_bytes) + (f" ({mib(found.shared_bytes)} shared)" if found.shared_bytes else "")
            size += f", {console.count(found.n_voices, 'voice')}" if found.n_voices else ""
            state = found.origin if found.complete else f"{found.origin}, incomplete"
            row = _row(registry.get(found.engine), found.model)
            table.add_row(*row, size, state, *([found.path] if is_wide else []))
        for spec, model, weights in absent:
            files = select_files(weights, None)
            state = "not downloaded, no digests" if without_digest(files) else "not downloaded"
            command = terms_of(spec, model).command
            table.add_row(*_row(spec, model), format_total(files), state, *([command] if is_wide else []))
        console.out.print(table)
        if not is_wide:
            console.out.print("to download one: voxweft models pull ENGINE -m MODEL", soft_wrap=True)


def _row(spec: EngineSpec, model: str) -> tuple[str, str, str, str]:
    from ..utils.models.licenses import terms_of

    languages = list(dict.fromkeys(tag.partition("-")[0] for tag in spec.facts(model).languages))
    shown = ", ".join(languages) if len(languages) <= _MAX_LANGUAGES else f"{len(languages)} languages"
    return spec.name, model, shown, terms_of(spec, model).summary


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
        freed_bytes, shared_bytes = store.remove(spec, model)
        kept = f"; {mib(shared_bytes)} are shared with other models and stay" if shared_bytes else ""
        console.out.print(f"freed {mib(freed_bytes)}{kept}")
