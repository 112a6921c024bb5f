"""Whether an environment still is what was built."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...utils.streaming.contract.errors import NoPythonError
from ...utils.environments.fit import problems
from ...utils.environments.installed import Distribution, Installed
from ...utils.environments.interpreter import probe
from ...utils.environments.record import EnvironmentRecord
from ...utils.environments.store import EnvironmentStore, module_path_of, python_of
from ...utils.streaming.contract.engine_spec import EngineSpec

WORKER_REQUIREMENTS = ("msgspec>=0.19", "numpy>=1.26", "packaging>=23.2", "tomli>=2.0; python_version < '3.11'")
"""What every worker imports, whatever its engine, with the reader of its `engine.toml`."""
_BLOCK_BYTES = 1 << 20


def requirements_of(spec: EngineSpec) -> tuple[str, ...]:
    """Return what belongs into an environment of the engine's own, beyond what is recommended."""
    wanted = (*WORKER_REQUIREMENTS, *spec.requirements, *spec.environment.requirements, *spec.distributions)
    return tuple(dict.fromkeys(wanted))


def faults(store: EnvironmentStore, spec: EngineSpec, *, thorough: bool = False) -> list[str]:
    """Return what is wrong with an engine's environment, each fault a sentence; nothing for one that is whole.

    Files are compared with the sizes that their packages state; `thorough` compares contents too, and runs the Python.
    """
    record, build = store.record(spec.name), store.folder(spec.name)
    if record is None or build is None:
        return [f"engine '{spec.name}' has no environment of its own"]
    if store.base_gone(spec.name):
        return [f"the Python that it was made from isn't there any more ({record.base})"]
    found = []
    if thorough:
        try:
            probe(str(python_of(build)))
        except NoPythonError as error:
            found.append(str(error))
    if record.requirements != requirements_of(spec) or record.constraints != spec.environment.constraints:
        found.append(f"engine.toml asks for other packages since it was built: `voxweft engines install {spec.name}`")
    found += build_faults(build, record, spec)
    return found + list(_file_faults(Installed.of_paths(store.module_path(spec.name)), thorough))


def build_faults(build: Path, record: EnvironmentRecord, spec: EngineSpec) -> list[str]:
    """Return what is wrong with the packages of a build, measured by its record and by what the engine asks for.

    Their files aren't looked at: an installer does that as it writes them.
    """
    installed = Installed.of_paths(module_path_of(build))
    found = []
    versions = installed.versions()
    for name, version in record.versions.items():
        if name not in versions:
            found.append(f"{name} {version} is missing")
        elif versions[name] != version:
            found.append(f"{name} is {versions[name]}, and was {version} when it was built")
    found += [
        f"{name} {versions[name]} was added since it was built" for name in versions if name not in record.versions
    ]
    asked = (*requirements_of(spec), *record.extra)
    found += [problem.what for problem in problems(asked, installed, python=record.python, python_range=spec.python)]
    return found


class _Entry(NamedTuple):
    """A file as a distribution's RECORD states it: `digest` as `sha256=...`; -1 for a size that isn't stated."""

    owner: Distribution
    name: str
    digest: str
    n_bytes: int


def _file_faults(installed: Installed, thorough: bool) -> Iterator[str]:
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
            # Strings: there are tens of thousands of files.
            path = os.path.join(folder, entry.name)  # noqa: PTH118
            entries.setdefault(path, []).append(entry)
    wrong: dict[Distribution, list[str]] = {}
    for path, stated in entries.items():
        # Packages may bring the same file; the one that was installed last has it.
        found = [_file_fault(path, entry, thorough) for entry in stated]
        if all(found):
            wrong.setdefault(stated[0].owner, []).append(f"{stated[0].name} {found[0]}")
    for owner, files in wrong.items():
        more = f", and {len(files) - 1} more of its files" if len(files) > 1 else ""
        yield f"{owner.name} {owner.version} is damaged: {files[0]}{more}"


def _entries(distribution: Distribution) -> Iterator[_Entry]:
    with (distribution.folder / "RECORD").open(newline="", encoding="utf-8") as file:
        for name, digest, size in csv.reader(file):
            # Python itself writes what is compiled, and a list can't state its own digest.
            if digest and not name.endswith(".pyc"):
                yield _Entry(distribution, name, digest, int(size) if size else -1)


def _file_fault(path: str, entry: _Entry, thorough: bool) -> str:
    try:
        n_bytes = os.stat(path).st_size  # noqa: PTH116
        if entry.n_bytes not in (-1, n_bytes):
            return f"has {n_bytes} bytes instead of {entry.n_bytes}"
        if thorough and not _has_digest(path, entry.digest):
            return "has other contents"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"can't be read ({error.strerror})"
    return ""


def _has_digest(path: str, stated: str) -> bool:
    algorithm, _, value = stated.partition("=")
    if algorithm not in hashlib.algorithms_guaranteed:
        return True
    digest = hashlib.new(algorithm)
    with Path(path).open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() == value
