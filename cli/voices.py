"""`voxweft voices`: list the voices of engines and your own, and the transcripts of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..jobs.voices import LibraryVoice, VoiceLibrary
    from ..jobs.voices.heard import Listener

app = typer.Typer(invoke_without_command=True)
_MAX_HEARD = 60
"""Characters of a transcript in the list."""


@app.callback()
def voices(
    context: typer.Context,
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
    """List the voices of an engine, or your own, and manage the transcripts of your own."""
    with console.guarded():
        if context.invoked_subcommand is not None:
            return
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


@app.command(short_help="Show or write the transcript of one of your own voices.")
def transcript(
    name: Annotated[
        str, typer.Argument(help="Name of the voice in your library (VOXWEFT_VOICES).", show_default=False)
    ],
    text: Annotated[
        str | None, typer.Argument(help="The words of the recording, to be written next to it.", show_default=False)
    ] = None,
) -> None:
    """Show the transcript of a recording in your library: the written one, else what is heard. Or write it."""
    with console.guarded():
        from ..jobs.voices.speaker import LIBRARY_PREFIX

        library = _library()
        name = name.removeprefix(LIBRARY_PREFIX)
        if text is not None:
            console.note(f"written to {library.write_transcript(name, text)}")
            return
        recording = library.recording(name)
        if recording.transcript is not None:
            print(recording.transcript)  # noqa: T201
            return
        from ..jobs.voices.heard import Listener

        with console.runtime() as runtime:
            heard = Listener(runtime).hear(recording, recording.duration_s, required=True)
        words = "" if heard is None else heard.text
        if not words:
            raise console.fail(
                f"no words are recognized in {recording.name}; write them into {recording.transcript_place}"
            )
        print(words)  # noqa: T201
        console.note(f"heard in {recording.name}; if that is wrong, run `voxweft voices transcript {name} TEXT`")


def _library() -> VoiceLibrary:
    from ..jobs.voices import VoiceLibrary
    from ..utils.settings import read_settings

    folders = read_settings().voice_folders
    if not folders:
        raise ValueError("VOXWEFT_VOICES is not set; set it to a folder with your voices")
    return VoiceLibrary(folders)


def _show_library(*, as_json: bool) -> None:
    import logging

    import msgspec
    from rich.table import Table

    from ..jobs.voices.heard import Listener
    from ..utils.streaming.loading.loaded_model import NOTES

    library = _library()
    with console.runtime(use_cache=False) as runtime:
        # Broken voices are printed below the list, so the library needn't log them.
        logging.getLogger(NOTES).setLevel(logging.ERROR)
        voices, broken = library.read()
        listener = Listener(runtime)
        heard = {voice.name: _heard(voice, library, listener) for voice in voices}
    if as_json:
        listed = {
            "voices": [_described(voice, heard[voice.name]) for voice in voices],
            "broken": [msgspec.to_builtins(voice, enc_hook=str) for voice in broken],
        }
        print(msgspec.json.encode(listed).decode())  # noqa: T201
        return
    table = Table("voice", "recording", "transcript", "preset", show_edge=False, pad_edge=False)
    for voice in voices:
        recording, written, preset = (
            path.name if path else "" for path in (voice.recording, voice.transcript, voice.preset)
        )
        words = heard[voice.name]
        if words:
            written = f'heard: "{words if len(words) <= _MAX_HEARD else words[: _MAX_HEARD - 1] + "…"}"'
        table.add_row(voice.name, recording, written, preset)
    console.out.print(table)
    for fault in broken:
        console.note(f"skipped voice '{fault.name}' in {fault.folder}: {fault.reason}")


def _heard(voice: LibraryVoice, library: VoiceLibrary, listener: Listener) -> str:
    """Return what was heard in a recording without a transcript; empty if that is unknown."""
    if voice.recording is None or voice.transcript is not None:
        return ""
    heard = listener.longest_kept(library.recording(voice.name))
    return "" if heard is None else heard.text


def _described(voice: LibraryVoice, heard: str) -> dict[str, object]:
    paths = {"recording": voice.recording, "transcript": voice.transcript, "preset": voice.preset}
    files = {name: str(path) if path else None for name, path in paths.items()}
    return {"name": voice.name, **files, "heard": heard or None, "fields": dict(voice.fields)}
