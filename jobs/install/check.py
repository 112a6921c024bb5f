"""Check whether an environment is still as it was built."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ...utils.environments.fit import problems
from ...utils.environments.installed import Distribution, Installed
from ...utils.environments.record import EnvironmentRecord, HostPackages
from ...utils.environments.resolution import host_change
from ...utils.environments.store import EnvironmentStore, module_path_of
from ...utils.streaming.contract.engine_spec import EngineSpec

WORKER_REQUIREMENTS = ("msgspec>=0.19", "numpy>=1.26", "packaging>=23.2", "tomli>=2.0; python_version < '3.11'")
"""The packages that every worker imports, with the reader of `engine.toml`."""


def requirements_of(spec: EngineSpec, languages: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the requirements of an engine's environment for these languages, without the recommended packages."""
    own = spec.environment
    wanted = [*WORKER_REQUIREMENTS, *spec.requirements, *own.requirements, *spec.distributions]
    for language in languages:
        wanted += own.languages.get(language, ())
    return tuple(dict.fromkeys(wanted))


def faults(store: EnvironmentStore, spec: EngineSpec) -> list[str]:
    """Return the faults of an engine's environment, one sentence each; empty if it is intact.

    The files' sizes are compared with the packages' lists.
    """
    record, build = store.record(spec.name), store.folder(spec.name)
    if record is None or build is None:
        return [f"engine '{spec.name}' has no environment of its own"]
    if store.base_gone(spec.name):
        return [f"the Python that it was built with is missing: {record.base}"]
    changed = host_change(record)
    found = [changed] if changed else []
    own = spec.environment
    wanted = (
        requirements_of(spec, record.languages),
        own.constraints,
        own.overrides,
        own.excludes,
        own.without_dependencies,
    )
    built = (record.requirements, record.constraints, record.overrides, record.excludes, record.without_dependencies)
    if wanted != built:
        found.append(f"engine.toml has changed since it was built; run `voxweft engines install {spec.name}`")
    found += build_faults(build, record, spec)
    return found + list(_file_faults(Installed.of_paths(store.module_path(spec.name))))


def build_faults(build: Path, record: EnvironmentRecord, spec: EngineSpec) -> list[str]:
    """Return the faults of a build's packages, compared with its record and the engine's requirements.

    Files aren't checked; the installer does that.
    """
    of_build, host = module_path_of(build), record.host or HostPackages()
    versions = Installed.of_paths(of_build).versions()
    found = []
    for name, version in record.versions.items():
        if name not in versions:
            found.append(f"{name} {version} is missing")
        elif versions[name] != version:
            found.append(f"{name} is {versions[name]}, but {version} was installed by the build")
    found += [f"{name} {versions[name]} was added after the build" for name in versions if name not in record.versions]
    unmet = problems(
        (*requirements_of(spec, record.languages), *spec.environment.without_dependencies, *record.extra),
        Installed.of_paths(of_build, host.paths, host.versions),
        python=record.python,
        python_range=spec.python,
        environment=spec.environment,
    )
    return found + [problem.what for problem in unmet]


class _Entry(NamedTuple):
    """A file in a distribution's list of files; `n_bytes` is -1 if not recorded."""

    owner: Distribution
    name: str
    n_bytes: int


def _file_faults(installed: Installed) -> Iterator[str]:
    entries: dict[str, list[_Entry]] = {}
    for distribution in installed:
        folder = str(distribution.folder.parent)
        try:
            listed = list(_entries(distribution))
        except (OSError, ValueError, csv.Error) as error:
            yield f"the list of files of {distribution.name} can't be read: {error}"
            continue
        if not listed:
            yield f"the list of files of {distribution.name} is empty"
        for entry in listed:
            # Strings instead of Path for speed: there are tens of thousands of files.
            path = os.path.join(folder, entry.name)  # noqa: PTH118
            entries.setdefault(path, []).append(entry)
    wrong: dict[Distribution, list[str]] = {}
    for path, recorded in entries.items():
        # Packages may contain the same file; the one that was installed last wins.
        found = [_file_fault(path, entry) for entry in recorded]
        if all(found):
            wrong.setdefault(recorded[0].owner, []).append(f"{recorded[0].name} {found[0]}")
    for owner, files in wrong.items():
        more = f", and {len(files) - 1} more of its files" if len(files) > 1 else ""
        yield f"{owner.name} {owner.version} is damaged: {files[0]}{more}"


def _entries(distribution: Distribution) -> Iterator[_Entry]:
    with (distribution.folder / "RECORD").open(newline="", encoding="utf-8") as file:
        for name, digest, size in csv.reader(file):
            # Python writes compiled files itself, and RECORD can't contain its own digest.
            if digest and not name.endswith(".pyc"):
                yield _Entry(distribution, name, int(size) if size else -1)


def _file_fault(path: str, entry: _Entry) -> str:
    try:
        n_bytes = os.stat(path).st_size  # noqa: PTH116
        if entry.n_bytes not in (-1, n_bytes):
            return f"has {n_bytes} bytes instead of {entry.n_bytes}"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"can't be read ({error.strerror})"
    return ""
