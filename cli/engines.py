"""`speechloom engines` and `speechloom voices`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from rich.table import Table


def engines(as_json: options.Json = False) -> None:
    """List the engines: what they do, and whether they can run here."""
    with console.guarded():
        import msgspec

        from ..engines.registry import EngineRegistry
        from ..utils.health import state_of
        from ..utils.models.identity import missing_distributions
        from ..utils.models.store import ModelStore
        from ..utils.settings import read_settings

        settings = read_settings()
        registry = EngineRegistry(settings.engine_folders)
        store = ModelStore.of(settings)
        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "task": spec.task,
                "licence": spec.licence,
                "sample_rate": spec.native_sample_rate,
                "capabilities": list(spec.capabilities),
                "folder": spec.folder,
                "missing": missing_distributions(spec),
                "state": state_of(spec, store),
            }
            for spec in registry.specs.values()
        ]
        if as_json:
            print(msgspec.json.encode({"engines": rows, "broken": [str(e) for e in registry.broken]}).decode())  # noqa: T201
            return
        table = _table("engine", "", "task", "licence", "state")
        for row in rows:
            table.add_row(*(str(row[name]) for name in ("name", "title", "task", "licence", "state")))
        console.out.print(table)
        for error in registry.broken:
            console.note(str(error))


def voices(
    engine: options.Engine = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Only voices of this language.")] = "",
    model_path: options.ModelPath = None,
    as_json: options.Json = False,
) -> None:
    """List an engine's voices."""
    with console.guarded():
        import msgspec

        with console.runtime(engine=engine, model_path=model_path) as runtime:
            engine = engine or runtime.registry.default("speech").name
            found = runtime.run(runtime.voices(engine))
        wanted = language.lower()
        shown = [
            voice
            for voice in found
            if not wanted
            or any(tag.lower() == wanted or tag.lower().startswith(wanted + "-") for tag in voice.languages)
        ]
        if as_json:
            print(msgspec.json.encode(shown).decode())  # noqa: T201
            return
        if not shown:
            raise console.fail(f"engine '{engine}' has no voice{f' for {language!r}' if language else ''}")
        table = _table("voice", "", "languages", "gender", "kind")
        for voice in shown:
            table.add_row(voice.name, voice.title, ", ".join(voice.languages), voice.gender, voice.kind)
        console.out.print(table)


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
