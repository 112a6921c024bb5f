"""Build an engine's environment. Only a command of the user does this."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from packaging.requirements import Requirement

from ...utils.environments.installed import Installed
from ...utils.environments.interpreter import Interpreter, choose, host
from ...utils.environments.record import RECORD_SCHEMA, EnvironmentRecord, HostPackages
from ...utils.environments.store import EnvironmentStore, base_of, module_path_of, overlay_of, python_of
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import EnvironmentBuildError, NoPythonError
from ..errors import NoSolutionError, UnfitPackagesError
from .check import WORKER_REQUIREMENTS, build_faults, faults, requirements_of
from .fill import fill
from .installer_process import InstallRequest, OnProgress
from .overlay import TORCH, plan, uses_torch
from .torch_build import usual_build
from .uv_installer import create, uv_version

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
    without_dependencies: tuple[str, ...]
    recommended: tuple[str, ...]
    languages: tuple[str, ...]
    extra: tuple[str, ...]
    torch_backend: str


def build(
    spec: EngineSpec,
    store: EnvironmentStore,
    *,
    python: str = "",
    extra: Sequence[str] = (),
    languages: Sequence[str] = (),
    torch_backend: str = "",
    own_torch: bool | None = None,
    offline: bool = False,
    update: bool = False,
    recommended: bool = True,
    on_progress: OnProgress,
) -> BuildResult:
    """Build an engine's environment unless the current one is already as requested.

    Where the engine can use the host's torch, the environment is an overlay: a folder of all other packages, whose
    workers the host's Python runs. Else it is a virtual environment. The kind is kept until another one is requested.
    A second build of the same engine waits for the first, in any process. After a failure or an interruption the
    environment is unchanged.

    Args:
        python: A path, a version or a range; it makes a virtual environment. If empty, a rebuild uses the same Python.
        extra: Requirements of the user; remembered for later builds that don't name any.
        languages: Languages whose packages to add; remembered likewise.
        torch_backend: The build of PyTorch, in uv's syntax; it makes a virtual environment, and is remembered likewise.
        own_torch: Whether to install a torch even if the host has one; None to decide by the other arguments, the
            last build and the host.
        offline: Install without the network.
        update: Install the newest versions. Otherwise the versions of the last build are kept as far as possible.
        recommended: Also install what the engine recommends but doesn't require.
        on_progress: Gets a message and the fraction done (None if unknown), on this thread. An exception in it stops
            the build.

    Raises:
        EnvironmentBuildError: The build failed.
        NoPythonError: No suitable Python was found.
        ValueError: The engine has no packages of one of the languages.
    """
    with _exclusive(store, spec.name, on_progress):
        store.sweep(spec.name)
        previous = store.record(spec.name)
        request = _merged_request(spec, previous, extra, languages, torch_backend, recommended)
        # Packages that were left out may be available by now.
        incomplete = previous is not None and bool(previous.left_out and request.recommended) and not offline
        if (
            previous is not None
            and not (update or incomplete)
            and own_torch in (None, previous.host is None)
            and _is_as_requested(spec, store, previous, request, python)
        ):
            return BuildResult(previous, previous, changed=False)
        wants_own = bool(python or torch_backend) or (previous is not None and previous.host is None)
        pins = () if update else store.pins(spec.name)
        builder = _Builder(spec, store, request, pins, offline, on_progress)
        record = None
        if not (wants_own if own_torch is None else own_torch):
            record = builder.on_host(forced=own_torch is not None)
        if record is None:
            record = builder.own(_choose(spec, previous, python))
        store.sweep(spec.name)
        return BuildResult(record, previous, changed=True)


class _Builder(NamedTuple):
    """Builds the environment of a request, of either kind."""

    spec: EngineSpec
    store: EnvironmentStore
    request: _Request
    pins: tuple[str, ...]
    offline: bool
    on_progress: OnProgress

    def on_host(self, *, forced: bool) -> EnvironmentRecord | None:
        """Build an overlay; None, with a message, if the engine can't use the host's torch and it isn't `forced`."""
        running = Interpreter(sys.executable, host().version)
        host_packages, limits, reason = plan(self.spec, Installed.of_host(), running.version)
        if not reason:
            try:
                return self._build(running, host_packages, limits)
            except (NoSolutionError, UnfitPackagesError) as error:
                reason = str(error).partition("\n")[0]
        if forced:
            raise EnvironmentBuildError(
                f"engine '{self.spec.name}' can't use the host's torch: {reason}; leave out --host-torch"
            )
        if uses_torch(self.spec):
            self.on_progress(f"not on the host's torch: {reason}", None)
        return None

    def own(self, python: Interpreter) -> EnvironmentRecord:
        """Build a virtual environment, with the usual build of PyTorch if the user has not chosen one."""
        if self.request.torch_backend or self.offline or not uses_torch(self.spec):
            return self._build(python)
        usual = usual_build()
        if usual:
            self.on_progress("PyTorch: the build for this machine's GPU, or for its CPU", None)
            with contextlib.suppress(NoSolutionError):
                return self._build(python, torch_backend=usual)
        self.on_progress("PyTorch: the package index's build; PyTorch's own index has none or doesn't answer", None)
        return self._build(python)

    def _build(
        self,
        python: Interpreter,
        of_host: HostPackages | None = None,
        limits: tuple[str, ...] = (),
        torch_backend: str = "",
    ) -> EnvironmentRecord:
        request = self.request
        kind = "an environment" if of_host is None else "an overlay"
        on_torch = f" on the host's torch {of_host.torch}" if of_host is not None and of_host.torch else ""
        self.on_progress(f"creating {kind} with Python {python.version} and {uv_version()}{on_torch}", None)
        folder = self.store.new_build(self.spec.name)
        try:
            if of_host is None:
                create(python, folder)
                target = ["--python", str(python_of(folder))]
            else:
                overlay_of(folder).mkdir(parents=True)
                target = ["--python", python.executable, "--target", str(overlay_of(folder))]
            installed_apart = (Requirement(line).name for line in request.without_dependencies)
            wanted = InstallRequest(
                requirements=(*request.requirements, *request.extra),
                constraints=(*request.constraints, *limits),
                overrides=request.overrides,
                excludes=(*request.excludes, *installed_apart, *(() if of_host is None else TORCH)),
                without_dependencies=request.without_dependencies,
                offline=self.offline,
                torch_backend=request.torch_backend or torch_backend,
            )
            left_out = fill(target, folder, wanted, request.recommended, self.pins, self.on_progress)
            record = EnvironmentRecord(
                schema=RECORD_SCHEMA,
                engine=self.spec.name,
                python=python.version,
                base=base_of(folder) if of_host is None else python.executable,
                installer=uv_version(),
                built_at=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
                versions=Installed.of_paths(module_path_of(folder)).versions(),
                left_out=left_out,
                host=of_host,
                **request._asdict(),
            )
            wrong = build_faults(folder, record, self.spec)
            if wrong:
                raise UnfitPackagesError(
                    f"the packages that uv installed for engine '{self.spec.name}' don't work together: "
                    f"{'; '.join(wrong)}"
                )
            self.store.publish(self.spec.name, folder, record)
        except BaseException:
            self.store.discard(self.spec.name, folder)
            raise
        return record


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
    spec: EngineSpec,
    previous: EnvironmentRecord | None,
    extra: Sequence[str],
    languages: Sequence[str],
    torch_backend: str,
    recommended: bool,
) -> _Request:
    own = spec.environment
    for language in languages:
        if language not in own.languages:
            known = ", ".join(own.languages) or "none"
            raise ValueError(f"engine '{spec.name}' has no packages of language '{language}'; it has: {known}")
    kept = [language for language in (previous.languages if previous else ()) if language in own.languages]
    all_languages = tuple(dict.fromkeys((*kept, *languages)))
    return _Request(
        requirements_of(spec, all_languages),
        own.constraints,
        own.overrides,
        own.excludes,
        own.without_dependencies,
        own.recommended if recommended else (),
        all_languages,
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
    is_base = os.path.realpath(wanted.executable) == os.path.realpath(record.base)
    return is_base and wanted.version == record.python and record.host is None


def _choose(spec: EngineSpec, previous: EnvironmentRecord | None, python: str) -> Interpreter:
    """Return the requested Python, else the previous one or one of its minor version, else any suitable one."""
    if not python and previous is not None:
        minor = ".".join(previous.python.split(".")[:2])
        for wanted in (previous.base, minor):
            with contextlib.suppress(NoPythonError):
                return choose(spec.python, wanted)
    return choose(spec.python, python)
