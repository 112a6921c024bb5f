"""`voxweft engines`: what there is and whether it can run here; environments of engines' own are looked after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import console, environments, options, show

if TYPE_CHECKING:
    from ..utils.environments.choice import Placing

app = typer.Typer(invoke_without_command=True)
app.command()(environments.install)
app.command()(environments.update)
app.command()(environments.remove)
app.command()(environments.check)
app.command()(show.show)


@app.callback()
def engines(context: typer.Context, as_json: options.Json = False) -> None:
    """List the engines: what they do, and whether they can run here. Or look after environments of their own."""
    with console.guarded():
        if context.invoked_subcommand is None:
            _list(as_json=as_json)
        elif as_json:
            raise ValueError(f"--json before '{context.invoked_subcommand}' is for the list alone: put it behind")


def _list(*, as_json: bool) -> None:
    import msgspec
    from rich.table import Table

    from ..utils.environments.choice import Environments
    from ..utils.models.store import ModelStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry
    from .doctor_checks import state_of

    settings = read_settings()
    registry = EngineRegistry(settings.engine_folders)
    store = ModelStore.of(settings)
    places = Environments.of(settings)
    found = [(spec, places.placing(spec), state_of(spec, store, places)) for spec in registry.specs.values()]
    if as_json:
        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "task": spec.task,
                "licence": spec.licence,
                "sample_rate": spec.native_sample_rate,
                "capabilities": list(spec.capabilities),
                "folder": spec.folder,
                **show.placing_data(placing),
                "state": state,
            }
            for spec, placing, state in found
        ]
        print(msgspec.json.encode({"engines": rows, "broken": [str(e) for e in registry.broken]}).decode())  # noqa: T201
        return
    table = Table("engine", "", "task", "licence", "state", show_edge=False, pad_edge=False)
    for spec, placing, state in found:
        table.add_row(spec.name, spec.title, spec.task, spec.licence, state + _why_not_host(placing))
    console.out.print(table)
    for error in registry.broken:
        console.note(str(error))


def _why_not_host(placing: Placing) -> str:
    if placing.place is None or not placing.host:
        return ""
    from ..utils.environments.choice import said

    return f"; the host's Python won't do: {said(placing.host)}"
