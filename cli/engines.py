"""`voxweft engines`: list the engines, and manage their environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import console, engine_details, engine_kit, environments, options

if TYPE_CHECKING:
    from ..utils.environments.resolution import Resolution
    from ..utils.streaming.contract.engine_spec import EngineSpec

app = typer.Typer(invoke_without_command=True)
app.command(short_help="Create an engine's virtual environment.")(environments.install)
app.command(short_help="Upgrade an engine's environment, and list the changes.")(environments.update)
app.command()(environments.remove)
app.command()(environments.check)
app.command(short_help="Show where an engine runs, and its environment.")(engine_details.show)
app.command("new", short_help="Create an engine that runs, to start from.")(engine_kit.create_engine)
app.command("test", short_help="Check an engine against the rules of the interface.")(engine_kit.check_engine)


@app.callback()
def engines(context: typer.Context, as_json: options.Json = False) -> None:
    """List the engines and whether they are ready here, and manage their virtual environments."""
    with console.guarded():
        if context.invoked_subcommand is None:
            _list(as_json=as_json)
        elif as_json:
            raise ValueError(f"--json belongs after '{context.invoked_subcommand}'")


def _list(*, as_json: bool) -> None:
    import msgspec
    from rich.table import Table

    from ..utils.environments.resolution import Environments
    from ..utils.models.store import ModelStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry
    from .doctor_checks import state_of

    settings = read_settings()
    registry = EngineRegistry(settings.engine_folders)
    store = ModelStore.of(settings)
    installed = Environments.of(settings)
    found = [(spec, installed.resolve(spec), state_of(spec, store, installed)) for spec in registry.specs.values()]
    if as_json:
        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "task": spec.task,
                "license": spec.license,
                "models": [{"name": model, **engine_details.model_data(spec, model)} for model in spec.models],
                "sample_rate": spec.native_sample_rate,
                "capabilities": list(spec.capabilities),
                "folder": spec.folder,
                **engine_details.resolution_data(resolution),
                "state": state,
            }
            for spec, resolution, state in found
        ]
        print(msgspec.json.encode({"engines": rows, "broken": [str(e) for e in registry.broken]}).decode())  # noqa: T201
        return
    table = Table("engine", "title", "task", "license", "state", show_edge=False, pad_edge=False)
    for spec, resolution, state in found:
        table.add_row(spec.name, spec.title, spec.task, _licenses(spec), state + _why_not_host(resolution))
    console.out.print(table)
    for error in registry.broken:
        console.note(str(error))


def _licenses(spec: EngineSpec) -> str:
    """Return the license of an engine, and those of its models' weights that differ from it."""
    from ..utils.models.licenses import terms_of

    weights = dict.fromkeys(terms_of(spec, model).summary for model in spec.models)
    others = [summary for summary in weights if summary != spec.license]
    return f"{spec.license}; weights: {'; '.join(others)}" if others else spec.license


def _why_not_host(resolution: Resolution) -> str:
    if resolution.location is None or not resolution.host_problems:
        return ""
    from ..utils.environments.resolution import summarize

    return f"; not in the host's Python: {summarize(resolution.host_problems)}"
