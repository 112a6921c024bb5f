"""`voxweft engines install`, `update`, `remove` and `check`: environments of engines' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options
from .progress import steps_bar
from .show import open_desk, sizes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..jobs.install.build import Built
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.runtime import Runtime

Python = Annotated[
    str,
    typer.Option(
        "--python", help="The Python to make it from: a path, or a version such as 3.12.", metavar="PATH|VERSION"
    ),
]
Installer = Annotated[
    Literal["uv", "pip"] | None, typer.Option("--installer", help="What brings the packages; uv where it is there.")
]
With = Annotated[
    list[str], typer.Option("--with", help="A package to add, as pip takes it; may be repeated.", metavar="REQUIREMENT")
]
TorchBackend = Annotated[
    str, typer.Option("--torch-backend", help="The build of PyTorch: auto, cpu, cu128 or another that uv knows.")
]
Recommended = Annotated[
    bool,
    typer.Option("--recommended/--no-recommended", help="Bring the packages too that the engine can do without."),
]
Thorough = Annotated[
    bool, typer.Option("--thorough", help="Read every file, and compare it with its package's own list.")
]
SomeEngine = Annotated[str, typer.Argument(help="The engine; every environment if none is named.")]


def install(
    engine: options.EngineName,
    python: Python = "",
    installer: Installer = None,
    with_: With = [],  # noqa: B006  typer copies it
    torch_backend: TorchBackend = "",
    recommended: Recommended = True,
    quiet: options.Quiet = False,
) -> None:
    """Build an environment of the engine's own; one that is there and has no fault stays as it is.

    Nothing else on this machine is changed. Interrupted or failed, it changes nothing.
    """
    with console.guarded():
        _build(engine, python, installer, with_, torch_backend, recommended=recommended, update=False, quiet=quiet)


def update(
    engine: options.EngineName,
    python: Python = "",
    installer: Installer = None,
    with_: With = [],  # noqa: B006  typer copies it
    torch_backend: TorchBackend = "",
    recommended: Recommended = True,
    quiet: options.Quiet = False,
) -> None:
    """Build the environment of an engine anew, with the newest versions that fit, and say what changed."""
    with console.guarded():
        _build(engine, python, installer, with_, torch_backend, recommended=recommended, update=True, quiet=quiet)


def remove(engine: options.EngineName, yes: options.Yes = False) -> None:
    """Remove the environment of an engine, and the versions that were kept for the next one."""
    with console.guarded():
        from ..utils.models.layout import mib

        _, registry, store = open_desk()
        if engine not in store.engines():
            # An engine that isn't there any more may have left one; any other name is a slip.
            registry.get(engine)
        folder = store.folder(engine)
        if folder is not None and not yes:
            typer.confirm(f"remove {folder}?", abort=True, err=True)
        n_bytes = sizes(str(folder)).n_bytes if folder is not None else 0
        given_bytes = store.remove(engine)
        shared = f"; the other {mib(n_bytes - given_bytes)} are shared, with the installer's cache as a rule"
        console.out.print(f"{mib(given_bytes)} given back{shared if n_bytes - given_bytes > 1 << 20 else ''}")


def check(engine: SomeEngine = "", thorough: Thorough = False) -> None:
    """See whether environments still are what was built, and whether workers start there. Exits with 1 if not."""
    with console.guarded():
        _, _, store = open_desk()
        names = [engine] if engine else store.engines()
        if not names:
            console.note("no engine has an environment of its own")
        ill = False
        with console.runtime(use_cache=False) as runtime:
            for name in names:
                if not engine and name not in runtime.registry.specs:
                    console.note(f"{name}: there is no such engine any more; voxweft engines remove {name}")
                else:
                    ill = not _is_well(runtime, store, runtime.registry.get(name), thorough=thorough) or ill
        if ill:
            raise typer.Exit(console.EXIT_FAILED)


def _build(
    engine: str,
    python: str,
    installer: Literal["uv", "pip"] | None,
    extra: list[str],
    torch_backend: str,
    *,
    recommended: bool,
    update: bool,
    quiet: bool,
) -> None:
    from ..jobs.install.build import build
    from ..utils.environments.errors import EnvironmentBuildError
    from ..utils.offline import refuse_egress

    settings, registry, store = open_desk()
    spec = registry.get(engine)
    if spec.interpreter:
        raise ValueError(
            f"engine '{engine}' runs under the interpreter that its engine.toml names ({spec.interpreter}): take that "
            f"out of {spec.folder}/engine.toml for an environment of its own"
        )
    if update and store.record(engine) is None:
        raise EnvironmentBuildError(
            f"engine '{engine}' has no environment of its own to update; voxweft engines install {engine}"
        )
    if settings.offline:
        refuse_egress("voxweft, with VOXWEFT_OFFLINE set,")
    with steps_bar(quiet=quiet, lines=True) as on_progress:
        try:
            built = build(
                spec,
                store,
                python=python,
                installer=installer or "",
                extra=_checked(extra),
                torch_backend=torch_backend,
                offline=settings.offline,
                update=update,
                recommended=recommended,
                on_progress=on_progress,
            )
        except KeyboardInterrupt:
            console.note("nothing was changed; what was downloaded is kept by the installer for the next time")
            raise
    _report(spec, store, built, quiet=quiet)
    _what_next(spec, settings)


def _checked(extra: Iterable[str]) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    for line in extra:
        try:
            Requirement(line)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(f"--with takes a requirement such as 'numpy>=2,<3', not {line!r} ({reason})") from None
    return tuple(extra)


def _report(spec: EngineSpec, store: EnvironmentStore, built: Built, *, quiet: bool) -> None:
    from ..utils.models.layout import mib

    record, folder = built.record, store.folder(spec.name)
    assert folder is not None, "it was built"
    size = sizes(str(folder))
    what = f"built with {record.installer}" if built.changed else "its environment is what it should be"
    packages = console.count(len(record.versions), "package")
    disk = f"{mib(size.n_bytes)} ({mib(size.shared_bytes)} shared)"
    lines = [f"{spec.name}: {what}: Python {record.python}, {packages}, {disk}"]
    if not quiet:
        lines.append(f"  where: {folder}")
        deciding = [f"{name} {version}" for name, version in _deciding(spec, record.versions).items() if version]
        lines += [f"  its sound is decided by: {', '.join(deciding)}"] if deciding else []
    if built.changed and built.previous is not None:
        changes = _changes(built.previous.versions, record.versions)
        if built.previous.python != record.python:
            changes.insert(0, f"Python {built.previous.python} -> {record.python}")
        lines += [f"  {change}" for change in changes or ["every version is what it was"]]
    lines += [f"  left out, since it can't be had: {requirement}" for requirement in record.left_out]
    for line in lines:
        console.out.print(line, soft_wrap=True)


def _what_next(spec: EngineSpec, settings: Settings) -> None:
    """Say what keeps the engine from running in the environment that it now has."""
    from ..utils.environments.choice import Environments
    from ..utils.models.store import ModelStore
    from ..utils.streaming.loading.readiness import lack_of

    places = Environments.of(settings)
    placing = places.placing(spec)
    if placing.place is not None and placing.place.kind == "host":
        console.note(
            f"engine '{spec.name}' runs in the host's Python, which has all that it needs; to have it run in its own: "
            f"VOXWEFT_ENVIRONMENT={spec.name}=own"
        )
    lack = lack_of(spec, ModelStore.of(settings), places)
    if lack is not None:
        what = "the files of its model are missing" if lack.only_weights else lack.what
        console.note(f"engine '{spec.name}' isn't ready: {what}; {lack.mend}")


def _is_well(runtime: Runtime, store: EnvironmentStore, spec: EngineSpec, *, thorough: bool) -> bool:
    """Print what is wrong with an engine's environment, and the command that mends it; or else what it runs on."""
    from ..jobs.install.check import faults
    from ..utils.streaming.contract.errors import EngineStartError

    found = faults(store, spec)
    # What only a thorough look finds isn't found by `install` either.
    mend = f"voxweft engines {'install' if found else 'update'} {spec.name}"
    if thorough:
        found = faults(store, spec, thorough=True)
    if not found:
        try:
            runs_on = _start(runtime, store, spec)
        except EngineStartError as error:
            console.out.print(str(error), soft_wrap=True)
            if not thorough:
                console.out.print(f"  compare every file: voxweft engines check {spec.name} --thorough", soft_wrap=True)
            return False
        console.out.print(f"{spec.name}: well; its worker runs on {runs_on}", soft_wrap=True)
        return True
    for fault in found:
        console.out.print(f"{spec.name}: {fault}", soft_wrap=True)
    console.out.print(f"  mend it: {mend}", soft_wrap=True)
    return False


def _start(runtime: Runtime, store: EnvironmentStore, spec: EngineSpec) -> str:
    """Start a worker in the environment once and return what it runs on. EngineStartError if it doesn't come up."""
    import msgspec

    from ..utils.streaming.worker.worker import Worker

    async def start() -> str:
        worker = Worker(msgspec.structs.replace(spec, interpreter=str(store.python(spec.name))), runtime.blobs)
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
                f"{name} {old} -> {new}" if old and new else f"{name} {new} is new" if new else f"{name} is gone"
            )
    return found
