"""An environment of an engine's own, from nothing to ready. Only a user's command comes here."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from ...utils.streaming.contract.errors import EnvironmentBuildError, NoPythonError
from ...utils.environments.installed import Installed
from ...utils.environments.interpreter import Interpreter, choose
from ...utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
from ...utils.environments.store import EnvironmentStore, module_path_of, python_of
from ...utils.streaming.contract.engine_spec import EngineSpec
from ..errors import NoSolutionError
from .check import WORKER_REQUIREMENTS, build_faults, faults, requirements_of
from .installer import Installer, InstallerName, InstallRequest, OnProgress, find_installer

__all__ = ["WORKER_REQUIREMENTS", "Built", "build"]

_LOOK_EVERY_S = 0.5


class Built(NamedTuple):
    """The environment that there is now and the one before it; `changed` is False if that was what is asked for."""

    record: EnvironmentRecord
    previous: EnvironmentRecord | None
    changed: bool


class _Wish(NamedTuple):
    """What is asked for, what an earlier build was asked for included."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
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
) -> Built:
    """Build an engine's environment if the current one isn't what is asked for; return what there is then.

    `python` is a path, a version or a range; without it, a rebuild stays with its Python. `extra` are requirements
    that the user adds, and `torch_backend` the build of PyTorch (uv's word for it): both are remembered for later
    builds that don't name any. The versions of the last build come back as far as they fit, unless `update` asks for
    the newest. Without `recommended` only what the engine can't do without is installed.

    `on_progress` gets a message and the fraction that is done (None where that isn't known), from this thread.
    Whatever it raises ends the build; after that, and after any failure, the environment is what it was before. A
    second build of the same engine waits for the first, in any process.

    EnvironmentBuildError says why it failed, NoPythonError that no Python fits.
    """
    with _alone(store, spec.name, on_progress):
        store.sweep(spec.name)
        previous = store.record(spec.name)
        wish = _wish(spec, previous, extra, torch_backend, recommended)
        # What was left out may be there to be had by now.
        missed = previous is not None and bool(previous.left_out and wish.recommended) and not offline
        if previous is not None and not (update or missed) and _holds(spec, store, previous, wish, python):
            return Built(previous, previous, changed=False)
        program = find_installer(installer)
        interpreter = _choose(spec, previous, python)
        pins = () if update else store.pins(spec.name)
        on_progress(f"making an environment of Python {interpreter.version} with {program.name}", None)
        folder = store.new_build(spec.name)
        try:
            program.create(interpreter, folder)
            left_out = _fill(program, folder, wish, pins, offline, on_progress)
            record = EnvironmentRecord(
                schema=RECORD_SCHEMA,
                engine=spec.name,
                python=interpreter.version,
                base=interpreter.base,
                installer=program.name,
                built_at=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
                requirements=wish.requirements,
                constraints=wish.constraints,
                extra=wish.extra,
                recommended=wish.recommended,
                torch_backend=wish.torch_backend,
                versions=Installed.of_paths(module_path_of(folder)).versions(),
                left_out=left_out,
            )
            wrong = build_faults(folder, record, spec)
            if wrong:
                raise EnvironmentBuildError(
                    f"what {program.name} installed for engine '{spec.name}' doesn't hold: {'; '.join(wrong)}"
                )
            store.publish(spec.name, folder, record)
        except BaseException:
            store.discard(spec.name, folder)
            raise
        store.sweep(spec.name)
        return Built(record, previous, changed=True)


@contextlib.contextmanager
def _alone(store: EnvironmentStore, engine: str, on_progress: OnProgress) -> Iterator[None]:
    import filelock

    lock = store.lock(engine)
    said = False
    while True:
        try:
            lock.acquire(timeout=_LOOK_EVERY_S)
            break
        except filelock.Timeout:
            if not said:
                on_progress("waiting for another build of the same environment", None)
            said = True
    try:
        yield
    finally:
        lock.release()


def _wish(
    spec: EngineSpec, previous: EnvironmentRecord | None, extra: Sequence[str], torch_backend: str, recommended: bool
) -> _Wish:
    return _Wish(
        requirements_of(spec),
        spec.environment.constraints,
        spec.environment.recommended if recommended else (),
        tuple(extra) or (previous.extra if previous else ()),
        torch_backend or (previous.torch_backend if previous else ""),
    )


def _holds(spec: EngineSpec, store: EnvironmentStore, record: EnvironmentRecord, wish: _Wish, python: str) -> bool:
    """Whether the current build is what is asked for and whole."""
    asked = _Wish(record.requirements, record.constraints, record.recommended, record.extra, record.torch_backend)
    if asked != wish or faults(store, spec):
        return False
    if not python:
        return True
    wanted = choose(spec.python, python)
    return (wanted.base, wanted.version) == (record.base, record.python)


def _choose(spec: EngineSpec, previous: EnvironmentRecord | None, python: str) -> Interpreter:
    """Return the Python to build with: the wanted one, else the one before or its like, else any that fits."""
    if not python and previous is not None:
        minor = ".".join(previous.python.split(".")[:2])
        for wanted in (previous.base, minor):
            with contextlib.suppress(NoPythonError):
                return choose(spec.python, wanted)
    return choose(spec.python, python)


def _fill(
    program: Installer, folder: Path, wish: _Wish, pins: tuple[str, ...], offline: bool, on_progress: OnProgress
) -> tuple[str, ...]:
    """Install what is wished for, with the versions of before where they fit; return what was left out."""
    if pins:
        try:
            return _install(program, folder, wish, pins, offline, on_progress)
        except NoSolutionError:
            on_progress("the versions of the last build can't be had any more, or don't fit: taking others", None)
    return _install(program, folder, wish, (), offline, on_progress)


def _install(
    program: Installer, folder: Path, wish: _Wish, pins: tuple[str, ...], offline: bool, on_progress: OnProgress
) -> tuple[str, ...]:
    """Install what is required, and as much as can be had of what is recommended; return the names of the rest.

    Everything is resolved together, since a package that came alone could bring others to versions that don't fit.
    """
    needed = (*wish.requirements, *wish.extra)

    def bring(requirements: Sequence[str]) -> None:
        request = InstallRequest((*needed, *requirements), (*wish.constraints, *pins), offline, wish.torch_backend)
        program.install(python_of(folder), request, on_progress)

    if not wish.recommended:
        bring(())
        return ()
    try:
        bring(wish.recommended)
    except EnvironmentBuildError:
        bring(())
    else:
        return ()
    had: list[str] = []
    left_out = []
    for requirement in wish.recommended:
        # A single one was tried just now.
        if len(wish.recommended) > 1:
            with contextlib.suppress(EnvironmentBuildError):
                bring((*had, requirement))
                had.append(requirement)
                continue
        name = Requirement(requirement).name
        on_progress(f"{name} can't be had here and is left out", None)
        left_out.append(name)
    return tuple(left_out)
