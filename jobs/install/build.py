"""Build an engine's environment. Only a command of the user does this."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from ...utils.environments.installed import Installed
from ...utils.environments.interpreter import Interpreter, choose
from ...utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
from ...utils.environments.store import EnvironmentStore, module_path_of, python_of
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import EnvironmentBuildError, NoPythonError
from ..errors import NoSolutionError
from .check import WORKER_REQUIREMENTS, build_faults, faults, requirements_of
from .installer import Installer, InstallerName, InstallRequest, OnProgress, find_installer

__all__ = ["WORKER_REQUIREMENTS", "BuildResult", "build"]

_LOCK_POLL_S = 0.5


class BuildResult(NamedTuple):
    """The current environment and the previous one; `changed` is false if the previous one was valid and kept."""

    record: EnvironmentRecord
    previous: EnvironmentRecord | None
    changed: bool


class _Request(NamedTuple):
    """The requested contents of an environment, including those of earlier requests."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    overrides: tuple[str, ...]
    excludes: tuple[str, ...]
    recommended: tuple[str, ...]
    extra: tuple[str, ...]
    torch_backend: str


def build(
    spec: EngineSpec,
    store: EnvironmentStore,
    *,
    python: str = "",
    installer: InstallerName = "",
    extra: Sequence[str] = (),
    torch_backend: str = "",
    offline: bool = False,
    update: bool = False,
    recommended: bool = True,
    on_progress: OnProgress,
) -> BuildResult:
    """Build an engine's environment unless the current one is already as requested.

    A second build of the same engine waits for the first, in any process. After a failure or an interruption the
    environment is unchanged.

    Args:
        python: A path, a version or a range. If empty, a rebuild uses the same Python again.
        extra: Requirements of the user; remembered for later builds that don't name any.
        torch_backend: The build of PyTorch, in uv's syntax; remembered likewise.
        offline: Install without the network.
        update: Install the newest versions. Otherwise the versions of the last build are kept as far as possible.
        recommended: Also install what the engine recommends but doesn't require.
        on_progress: Gets a message and the fraction done (None if unknown), on this thread. An exception in it stops
            the build.

    Raises:
        EnvironmentBuildError: The build failed.
        NoPythonError: No suitable Python was found.
    """
    with _exclusive(store, spec.name, on_progress):
        store.sweep(spec.name)
        previous = store.record(spec.name)
        request = _merged_request(spec, previous, extra, torch_backend, recommended)
        # Packages that were left out may be available by now.
        incomplete = previous is not None and bool(previous.left_out and request.recommended) and not offline
        if (
            previous is not None
            and not (update or incomplete)
            and _is_as_requested(spec, store, previous, request, python)
        ):
            return BuildResult(previous, previous, changed=False)
        program = find_installer(installer)
        interpreter = _choose(spec, previous, python)
        pins = () if update else store.pins(spec.name)
        on_progress(f"creating an environment with Python {interpreter.version} and {program.name}", None)
        folder = store.new_build(spec.name)
        try:
            program.create(interpreter, folder)
            left_out = _fill(program, folder, request, pins, offline, on_progress)
            record = EnvironmentRecord(
                schema=RECORD_SCHEMA,
                engine=spec.name,
                python=interpreter.version,
                base=interpreter.base,
                installer=program.name,
                built_at=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
                requirements=request.requirements,
                constraints=request.constraints,
                overrides=request.overrides,
                excludes=request.excludes,
                extra=request.extra,
                recommended=request.recommended,
                torch_backend=request.torch_backend,
                versions=Installed.of_paths(module_path_of(folder)).versions(),
                left_out=left_out,
            )
            wrong = build_faults(folder, record, spec)
            if wrong:
                raise EnvironmentBuildError(
                    f"the packages that {program.name} installed for engine '{spec.name}' don't work together: "
                    f"{'; '.join(wrong)}"
                )
            store.publish(spec.name, folder, record)
        except BaseException:
            store.discard(spec.name, folder)
            raise
        store.sweep(spec.name)
        return BuildResult(record, previous, changed=True)


@contextlib.contextmanager
def _exclusive(store: EnvironmentStore, engine: str, on_progress: OnProgress) -> Iterator[None]:
    import filelock

    lock = store.lock(engine)
    reported = False
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_S)
            break
        except filelock.Timeout:
            if not reported:
                on_progress("waiting for another build of the same environment", None)
            reported = True
    try:
        yield
    finally:
        lock.release()


def _merged_request(
    spec: EngineSpec, previous: EnvironmentRecord | None, extra: Sequence[str], torch_backend: str, recommended: bool
) -> _Request:
    return _Request(
        requirements_of(spec),
        spec.environment.constraints,
        spec.environment.overrides,
        spec.environment.excludes,
        spec.environment.recommended if recommended else (),
        tuple(extra) or (previous.extra if previous else ()),
        torch_backend or (previous.torch_backend if previous else ""),
    )


def _is_as_requested(
    spec: EngineSpec, store: EnvironmentStore, record: EnvironmentRecord, request: _Request, python: str
) -> bool:
    """Return whether the current build is as requested and has no faults."""
    built = _Request(*(getattr(record, field) for field in _Request._fields))
    if built != request or faults(store, spec):
        return False
    if not python:
        return True
    wanted = choose(spec.python, python)
    return (wanted.base, wanted.version) == (record.base, record.python)


def _choose(spec: EngineSpec, previous: EnvironmentRecord | None, python: str) -> Interpreter:
    """Return the requested Python, else the previous one or one of its minor version, else any suitable one."""
    if not python and previous is not None:
        minor = ".".join(previous.python.split(".")[:2])
        for wanted in (previous.base, minor):
            with contextlib.suppress(NoPythonError):
                return choose(spec.python, wanted)
    return choose(spec.python, python)


def _fill(
    program: Installer, folder: Path, request: _Request, pins: tuple[str, ...], offline: bool, on_progress: OnProgress
) -> tuple[str, ...]:
    """Install the request, with the previous versions if possible; return the names of packages that were left out."""
    if pins:
        try:
            return _install(program, folder, request, pins, offline, on_progress)
        except NoSolutionError:
            on_progress("the versions of the last build are unavailable or don't fit; installing others", None)
    return _install(program, folder, request, (), offline, on_progress)


def _install(
    program: Installer, folder: Path, request: _Request, pins: tuple[str, ...], offline: bool, on_progress: OnProgress
) -> tuple[str, ...]:
    """Install the requirements, and the recommended packages that are available; return the names of the others.

    Everything is resolved together: a package that is installed alone could change others to versions that don't fit.
    """
    required = (*request.requirements, *request.extra)

    def install(requirements: Sequence[str]) -> None:
        wanted = InstallRequest(
            (*required, *requirements),
            (*request.constraints, *pins),
            request.overrides,
            request.excludes,
            offline,
            request.torch_backend,
        )
        program.install(python_of(folder), wanted, on_progress)

    if not request.recommended:
        install(())
        return ()
    try:
        install(request.recommended)
    except EnvironmentBuildError:
        install(())
    else:
        return ()
    installed: list[str] = []
    left_out = []
    for requirement in request.recommended:
        # A single one was just tried.
        if len(request.recommended) > 1:
            with contextlib.suppress(EnvironmentBuildError):
                install((*installed, requirement))
                installed.append(requirement)
                continue
        name = Requirement(requirement).name
        on_progress(f"{name} is unavailable and left out", None)
        left_out.append(name)
    return tuple(left_out)
