"""`speechloom voices`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console, options


def voices(
    engine: options.Engine = "",
    language: Annotated[str, typer.Option("--language", "-l", help="Only voices of this language.")] = "",
    model_path: options.ModelPath = None,
    as_json: options.Json = False,
) -> None:
    """List an engine's voices."""
    with console.guarded():
        import msgspec
        from rich.table import Table

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
        table = Table("voice", "", "languages", "gender", "kind", show_edge=False, pad_edge=False)
        for voice in shown:
            table.add_row(voice.name, voice.title, ", ".join(voice.languages), voice.gender, voice.kind)
        console.out.print(table)
