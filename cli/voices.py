"""`voxweft voices`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..jobs.voices import LibraryVoice


def voices(
    engine: options.Engine = "",
    language: Annotated[
        str, typer.Option("--language", "-l", help="List only voices of this language.", show_default=False)
    ] = "",
    library: Annotated[
        bool, typer.Option("--library", help="List your own voices (VOXWEFT_VOICES) instead of an engine's.")
    ] = False,
    model_path: options.ModelPath = None,
    as_json: options.Json = False,
) -> None:
    """List the voices of an engine, or your own."""
    with console.guarded():
        if library:
            _show_library(as_json=as_json)
            return
        import msgspec
        from rich.table import Table

        with console.runtime(engine=engine, model_path=model_path) as runtime:
            spec = runtime.registry.get(engine) if engine else runtime.registry.default("speech")
            found = runtime.run(runtime.voices(spec.name))
        shown = [voice for voice in found if _speaks(voice.languages, language)]
        if as_json:
            print(msgspec.json.encode(shown).decode())  # noqa: T201
            return
        if not found and spec.can("reference"):
            console.note(f"engine '{spec.name}' has no voices; it speaks in the voice of a recording:")
            console.note("use --voice FILE, or --voice library:NAME with one of your voices")
            if runtime.settings.voice_folders:
                _show_library(as_json=False)
            else:
                console.note("your voice library is empty; set VOXWEFT_VOICES to a folder with recordings")
            return
        if not shown:
            raise console.fail(f"engine '{spec.name}' has no voice{f' for {language!r}' if language else ''}")
        table = Table("voice", "title", "languages", "gender", "kind", show_edge=False, pad_edge=False)
        for voice in shown:
            table.add_row(voice.name, voice.title, ", ".join(voice.languages), voice.gender, voice.kind)
        console.out.print(table)


def _speaks(tags: Sequence[str], language: str) -> bool:
    """Whether one of the BCP-47 tags is the language or a variant of it; true for "" as the language."""
    wanted = language.lower()
    return not wanted or any(tag.lower() == wanted or tag.lower().startswith(wanted + "-") for tag in tags)


def _show_library(*, as_json: bool) -> None:
    import logging

    import msgspec
    from rich.table import Table

    from ..jobs.voices import VoiceLibrary
    from ..utils.settings import read_settings
    from ..utils.streaming.loading.loaded_model import NOTES

    folders = read_settings().voice_folders
    if not folders:
        raise ValueError("VOXWEFT_VOICES is not set; set it to a folder with your voices")
    # Broken voices are printed below the list, so the library needn't log them.
    logging.getLogger(NOTES).setLevel(logging.ERROR)
    voices, broken = VoiceLibrary(folders).read()
    if as_json:
        listed = {
            "voices": [_described(voice) for voice in voices],
            "broken": [msgspec.to_builtins(voice, enc_hook=str) for voice in broken],
        }
        print(msgspec.json.encode(listed).decode())  # noqa: T201
        return
    table = Table("voice", "recording", "transcript", "preset", show_edge=False, pad_edge=False)
    for voice in voices:
        names = (path.name if path else "" for path in (voice.recording, voice.transcript, voice.preset))
        table.add_row(voice.name, *names)
    console.out.print(table)
    for fault in broken:
        console.note(f"skipped voice '{fault.name}' in {fault.folder}: {fault.reason}")


def _described(voice: LibraryVoice) -> dict[str, object]:
    paths = {"recording": voice.recording, "transcript": voice.transcript, "preset": voice.preset}
    files = {name: str(path) if path else None for name, path in paths.items()}
    return {"name": voice.name, **files, "fields": dict(voice.fields)}
