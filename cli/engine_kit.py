"""`voxweft engines new` and `voxweft engines test`: for authors of engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options
from .engine_scaffold import Kind

if TYPE_CHECKING:
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.contract.registry import EngineRegistry
    from .engine_checks.report import Verdict

NewName = Annotated[str, typer.Argument(help="Name of the engine: lower-case letters, digits and underscores.")]
Parent = Annotated[Path, typer.Argument(help="Folder in which the engine's folder is created.", file_okay=False)]
KindOption = Annotated[Kind, typer.Option(help="What the engine does: speak, imitate recordings, or recognize.")]
FolderOrName = Annotated[str, typer.Argument(help="Folder of an engine, or its name.", metavar="FOLDER|NAME")]
Voices = Annotated[
    list[str],
    typer.Option("--voice", "-v", help="Voice: a name or a recording; twice for two in turn.", show_default=False),
]
Text = Annotated[str, typer.Option(help="Sentence to speak instead of the built-in one.", show_default=False)]
ModelPath = Annotated[
    Path | None, typer.Option(help="Folder with the files of the engine's model.", exists=True, file_okay=False)
]
Only = Annotated[
    list[str],
    typer.Option("--only", help="Run this check only; repeatable.", metavar="CHECK", show_default=False),
]
Quick = Annotated[bool, typer.Option("--quick", help="Leave out what takes long.")]
ReportFile = Annotated[Path | None, typer.Option("--json", help="Write the results to a JSON file.", dir_okay=False)]


def create_engine(name: NewName, folder: Parent = Path(), kind: KindOption = "speech") -> None:
    """Create an engine that runs, to start from: engine.toml, adapter, test and README."""
    with console.guarded():
        from ..utils.environments.command import line
        from ..utils.settings import read_settings
        from ..utils.streaming.contract.registry import EngineRegistry
        from .engine_scaffold import create

        created = create(name, folder, kind, EngineRegistry(read_settings().engine_folders))
        console.out.print(f"{created}: {', '.join(sorted(file.name for file in created.iterdir()))}", soft_wrap=True)
        console.out.print("next:")
        use = f'voxweft say "Hello there." -e {name} -o hello.wav'
        if kind == "recognition":
            use = f"voxweft transcribe hello.wav -e {name}"
        elif kind == "cloning":
            use = f'voxweft say "Hello there." -e {name} --voice recording.wav -o hello.wav'
        console.out.print(f"  {line('voxweft', 'engines', 'test', str(created))}", soft_wrap=True)
        console.out.print(f"  {use}", soft_wrap=True)
        console.out.print(f"The last one needs the variable VOXWEFT_ENGINES: {created.resolve()}", soft_wrap=True)


def check_engine(
    engine: FolderOrName,
    model: options.ModelName = "",
    model_path: ModelPath = None,
    voice: Voices = [],  # noqa: B006  typer copies it
    text: Text = "",
    language: options.Language = "",
    param: options.Params = [],  # noqa: B006  typer copies it
    only: Only = [],  # noqa: B006  typer copies it
    quick: Quick = False,
    report: ReportFile = None,
) -> None:
    """Check that an engine keeps the rules of the interface, in real workers. Exits with 1 if it doesn't.

    Prints a line for each check: passed, failed or skipped, with figures or the reason.
    """
    with console.guarded():
        from ..jobs.requests.options import parse_params
        from ..utils.offline import refuse_egress
        from ..utils.settings import read_settings
        from ..utils.streaming.contract.errors import SpecError
        from .engine_checks.contract import examine
        from .engine_checks.report import EngineReport, Verdict
        from .engine_checks.subject import Choices
        from .output import check_files, pretty_json, write_text

        settings = read_settings()
        if settings.offline:
            refuse_egress("voxweft, with VOXWEFT_OFFLINE set,")
        if len(voice) > 2:
            raise ValueError(f"--voice is given {len(voice)} times; give one voice, or two that are used in turn")
        check_files({"--json": report}, **dict(zip(("recording", "other_recording"), voice, strict=False)))
        verdicts: list[Verdict] = []
        try:
            spec, registry = _find(engine, settings.engine_folders)
        except SpecError as error:
            name, folder, chosen = engine, "", model
            verdicts.append(Verdict(check="engine.toml", state="failed", detail=str(error)))
            _print(verdicts[0])
        else:
            choices = Choices(
                model=spec.model_for(model, language or None),
                voices=tuple(voice),
                text=text,
                language=language,
                params=parse_params(param, spec),
                quick=quick,
            )
            name, folder, chosen = spec.name, spec.folder, choices.model
            for verdict in examine(spec, registry, settings, choices, model_path=model_path, only=only):
                verdicts.append(verdict)
                _print(verdict)
        done = EngineReport(engine=name, model=chosen, folder=folder, quick=quick, checks=tuple(verdicts))
        counts = [f"{done.count(state)} {state}" for state in ("passed", "failed", "skipped")]
        console.out.print(f"{name}: {', '.join(counts)}", soft_wrap=True)
        if report is not None:
            write_text(report, pretty_json(done) + "\n")
        if done.count("failed"):
            raise typer.Exit(console.EXIT_FAILED)


def _find(engine: str, folders: tuple[Path, ...]) -> tuple[EngineSpec, EngineRegistry]:
    """Return the engine in a folder, or of a name. SpecError for an invalid engine.toml."""
    from ..utils.streaming.contract.engine_spec import read_spec
    from ..utils.streaming.contract.registry import EngineRegistry

    if (Path(engine) / "engine.toml").is_file():
        spec = read_spec(Path(engine).resolve())
        return spec, EngineRegistry((Path(engine), *folders))
    registry = EngineRegistry(folders)
    if engine not in registry.specs:
        # An engine whose engine.toml is invalid has no name yet, except that of its folder.
        named = next((folder / engine for folder in folders if (folder / engine / "engine.toml").is_file()), None)
        if named is not None:
            read_spec(named)
        if Path(engine).is_dir():
            raise ValueError(f"there is no engine.toml in the folder '{engine}'")
    return registry.get(engine), registry


def _print(verdict: Verdict) -> None:
    from rich.text import Text as Line

    style = {"passed": "green", "failed": "bold red", "skipped": "dim"}[verdict.state]
    line = Line.assemble((f"{verdict.state:<8}", style), f"{verdict.check:<15}", verdict.detail)
    console.out.print(line, soft_wrap=True)
