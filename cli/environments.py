"""`voxweft engines install`, `update`, `remove` and `check`: the environments of engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options
from .engine_details import read_inventory, sizes
from .progress import steps_bar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..jobs.install.build import BuildResult
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.runtime import Runtime

Python = Annotated[
    str,
    typer.Option(
        "--python", help="Base Python of the environment: a path, or a version such as 3.12.", metavar="PATH|VERSION"
    ),
]
With = Annotated[
    list[str], typer.Option("--with", help="Install an additional package; repeatable.", metavar="REQUIREMENT")
]
Languages = Annotated[
    list[str],
    typer.Option("--language", "-l", help="Also install what a language needs; repeatable.", metavar="TAG"),
]
TorchBackend = Annotated[
    str,
    typer.Option(
        "--torch-backend",
        help="Own PyTorch build: auto, cpu, cu128 or another one of uv.",
        metavar="NAME",
    ),
]
OwnTorch = Annotated[
    bool | None,
    typer.Option(
        "--own-torch/--host-torch",
        help="Install PyTorch even if the host has one, or use the host's (default: the host's if it fits).",
        show_default=False,
    ),
]
Recommended = Annotated[
    bool,
    typer.Option(
        "--recommended/--no-recommended", help="Also install the optional packages that the engine recommends."
    ),
]
OptionalEngine = Annotated[str, typer.Argument(help="Engine name (default: every engine with an environment).")]


def install(
    engine: options.EngineName,
    python: Python = "",
    with_: With = [],  # noqa: B006  typer copies it
    languages: Languages = [],  # noqa: B006
    torch_backend: TorchBackend = "",
    own_torch: OwnTorch = None,
    recommended: Recommended = True,
    quiet: options.Quiet = False,
) -> None:
    """Create the engine's environment (no-op if it is already valid).

    On a host whose torch fits, only the other packages are installed, and the host's Python runs the workers. If the
    command fails or is interrupted, nothing is changed.
    """
    with console.guarded():
        more = {"recommended": recommended, "update": False, "quiet": quiet}
        _build(engine, python, with_, languages, torch_backend, own_torch, **more)


def update(
    engine: options.EngineName,
    python: Python = "",
    with_: With = [],  # noqa: B006  typer copies it
    languages: Languages = [],  # noqa: B006
    torch_backend: TorchBackend = "",
    own_torch: OwnTorch = None,
    recommended: Recommended = True,
    quiet: options.Quiet = False,
) -> None:
    """Upgrade an engine's environment to the newest compatible versions, and list the changes."""
    with console.guarded():
        more = {"recommended": recommended, "update": True, "quiet": quiet}
        _build(engine, python, with_, languages, torch_backend, own_torch, **more)


def remove(engine: options.EngineName, yes: options.Yes = False) -> None:
    """Remove an engine's environment and its recorded package versions."""
    with console.guarded():
        from ..utils.models.layout import mib

        _, registry, store = read_inventory()
        if engine not in store.engines():
            # An engine that was removed may have left an environment; any other unknown name is a mistake.
            registry.get(engine)
        folder = store.folder(engine)
        if folder is not None and not yes:
            typer.confirm(f"remove {folder}?", abort=True, err=True)
        n_bytes = sizes(str(folder)).n_bytes if folder is not None else 0
        freed_bytes = store.remove(engine)
        shared = f"; {mib(n_bytes - freed_bytes)} are shared with other folders, usually uv's cache"
        console.out.print(
            f"freed {mib(freed_bytes)}{shared if n_bytes - freed_bytes > 1 << 20 else ''}", soft_wrap=True
        )


def check(engine: OptionalEngine = "") -> None:
    """Check that environments are intact and that their workers start. Exits with 1 if not."""
    with console.guarded():
        _, _, store = read_inventory()
        names = [engine] if engine else store.engines()
        if not names:
            console.note("no engine has its own environment")
        broken = False
        with console.runtime(use_cache=False) as runtime:
            for name in names:
                if not engine and name not in runtime.registry.specs:
                    console.note(f"{name}: the engine no longer exists; fix: voxweft engines remove {name}")
                else:
                    spec = runtime.registry.get(name)
                    broken = not _is_intact(runtime, store, spec) or broken
        if broken:
            raise typer.Exit(console.EXIT_FAILED)


def _build(
    engine: str,
    python: str,
    extra: list[str],
    languages: list[str],
    torch_backend: str,
    own_torch: bool | None,
    *,
    recommended: bool,
    update: bool,
    quiet: bool,
) -> None:
    from ..jobs.install.build import build
    from ..utils.offline import refuse_egress
    from ..utils.streaming.contract.errors import EnvironmentBuildError

    settings, registry, store = read_inventory()
    spec = registry.get(engine)
    if spec.interpreter:
        raise ValueError(
            f"engine '{engine}' runs on the Python that its engine.toml names ({spec.interpreter}); to install an "
            f"environment, remove 'interpreter' from {Path(spec.folder) / 'engine.toml'}"
        )
    if update and store.record(engine) is None:
        raise EnvironmentBuildError(
            f"engine '{engine}' has no environment to update; fix: voxweft engines install {engine}"
        )
    if settings.offline:
        refuse_egress("voxweft, with VOXWEFT_OFFLINE set,")
    with steps_bar(quiet=quiet, lines=True) as on_progress:
        try:
            built = build(
                spec,
                store,
                python=python,
                extra=_checked(extra),
                languages=languages,
                torch_backend=torch_backend,
                own_torch=own_torch,
                offline=settings.offline,
                update=update,
                recommended=recommended,
                on_progress=on_progress,
            )
        except KeyboardInterrupt:
            console.note("nothing was changed; uv keeps finished downloads in its cache")
            raise
    _report(spec, store, built, quiet=quiet)
    _note_if_unused(spec, settings)


def _checked(extra: Iterable[str]) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    for line in extra:
        try:
            # The grammar of an address allows every character but a space, even the end of a line, and what follows
            # one would be an option of the installer.
            if not line.isprintable():
                raise InvalidRequirement("it isn't one line")
            Requirement(line)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(f"invalid --with {line!r} ({reason}); give a requirement such as 'numpy>=2,<3'") from None
    return tuple(extra)


def _report(spec: EngineSpec, store: EnvironmentStore, built: BuildResult, *, quiet: bool) -> None:
    from ..utils.models.layout import mib

    record, folder = built.record, store.folder(spec.name)
    assert folder is not None, "it was built"
    size = sizes(str(folder))
    result = f"built with {record.installer}" if built.changed else "the environment is up to date"
    packages = console.count(len(record.versions), "package")
    disk = f"{mib(size.n_bytes)} ({mib(size.shared_bytes)} shared)"
    torch = f", on the host's torch {record.host.torch}" if record.host is not None and record.host.torch else ""
    lines = [f"{spec.name}: {result}: Python {record.python}, {packages}, {disk}{torch}"]
    if not quiet:
        lines.append(f"  folder: {folder}")
        of_host = record.host.versions if record.host is not None else {}
        deciding = [f"{name} {v}" for name, v in _deciding(spec, of_host | record.versions).items() if v]
        lines += [f"  output depends on: {', '.join(deciding)}"] if deciding else []
    if built.changed and built.previous is not None:
        changes = _changes(built.previous.versions, record.versions)
        if built.previous.python != record.python:
            changes.insert(0, f"Python {built.previous.python} -> {record.python}")
        lines += [f"  {change}" for change in changes or ["no versions changed"]]
    lines += [f"  skipped, not available: {requirement}" for requirement in record.left_out]
    for line in lines:
        console.out.print(line, soft_wrap=True)


def _note_if_unused(spec: EngineSpec, settings: Settings) -> None:
    """Print why the engine doesn't run in its new environment yet."""
    from ..utils.environments.resolution import Environments
    from ..utils.models.store import ModelStore
    from ..utils.streaming.loading.readiness import missing_requirement

    installed = Environments.of(settings)
    resolution = installed.resolve(spec)
    if resolution.location is not None and resolution.location.kind == "host":
        console.note(
            f"engine '{spec.name}' still runs in the host's Python, which meets its requirements; to use its own "
            f"environment, set VOXWEFT_ENVIRONMENT={spec.name}=own"
        )
    missing = missing_requirement(spec, ModelStore.of(settings), installed)
    if missing is not None:
        what = "its model files are missing" if missing.only_weights else missing.what
        console.note(f"engine '{spec.name}' is not ready: {what}; fix: {missing.fix}")


def _is_intact(runtime: Runtime, store: EnvironmentStore, spec: EngineSpec) -> bool:
    """Check an engine's environment; print its faults with a fix, or what its worker runs on."""
    from ..jobs.install.check import faults
    from ..utils.streaming.contract.errors import EngineStartError

    found = faults(store, spec)
    if not found:
        try:
            runs_on = _start(runtime, store, spec)
        except EngineStartError as error:
            console.out.print(str(error), soft_wrap=True)
            console.out.print(f"  to install its packages again: voxweft engines update {spec.name}", soft_wrap=True)
            return False
        console.out.print(f"{spec.name}: ok; its worker runs on {runs_on}", soft_wrap=True)
        return True
    for fault in found:
        console.out.print(f"{spec.name}: {fault}", soft_wrap=True)
    console.out.print(f"  fix: voxweft engines install {spec.name}", soft_wrap=True)
    return False


def _start(runtime: Runtime, store: EnvironmentStore, spec: EngineSpec) -> str:
    """Start a worker in the environment once and return what it runs on. EngineStartError if it doesn't start."""
    import msgspec

    from ..utils.streaming.worker.worker import Worker

    async def start() -> str:
        own = {"interpreter": str(store.python(spec.name)), "overlay": store.overlay(spec.name)}
        worker = Worker(msgspec.structs.replace(spec, **own), runtime.blobs)
        try:
            return (await worker.start()).runs_on
        finally:
            await worker.stop()

    return runtime.run(start())


def _deciding(spec: EngineSpec, versions: dict[str, str]) -> dict[str, str]:
    from packaging.utils import canonicalize_name

    names = (str(canonicalize_name(name)) for name in spec.deciding_distributions)
    return {name: versions.get(name, "") for name in names}


def _changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            found.append(
                f"{name} {old} -> {new}" if old and new else f"{name} {new} added" if new else f"{name} {old} removed"
            )
    return found
