"""Create installations for diagnostics: distributions, engines and environments, complete or broken in a chosen way."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import os
import shutil
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxweft.cli.doctor_checks import Finding
from voxweft.jobs.install.check import requirements_of
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
from voxweft.utils.environments.store import EnvironmentStore, module_path_of, python_of
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, read_spec

RUNNING = ".".join(map(str, sys.version_info[:3]))
WORKER_PACKAGES = ("msgspec", "numpy", "packaging", *(("tomli",) if sys.version_info < (3, 11) else ()))
"""The packages that a worker imports; they are linked from the Python that runs the tests."""
TOML = """schema = 1
name = "{name}"
title = "An engine"
task = "speech"
adapter = "adapter:Own"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 16000
"""
ADAPTER = """from voxweft.utils.streaming import LoadedModel, StreamingAdapter


class Own(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=16000)

    def stream(self, segment, cancelled):
        return iter(())

    def voices(self):
        return ()
"""
ESPEAK_FILES = {
    "espeakng_loader/__init__.py": "",
    "espeakng_loader/libespeak-ng.so": "library",
    "espeakng_loader/espeak-ng-data/phontab": "data",
}


def settings_in(folder: Path, **more: object) -> Settings:
    """Return settings that read and write only in this folder."""
    values = {name: folder / name for name in ("cache", "models", "environments")}
    return Settings(
        **{
            "cache_dir": values["cache"],
            "models_home": values["models"],
            "environments_home": values["environments"],
            **more,
        }
    )


def finding_of(findings: Sequence[Finding], subject: str) -> Finding:
    """Return the only finding about a subject."""
    found = [finding for finding in findings if finding.subject == subject]
    assert len(found) == 1, findings
    return found[0]


def engine(folder: Path, name: str, more: str = "", adapter: str = ADAPTER) -> EngineSpec:
    """Write an engine into a folder of that name under `folder`."""
    engine_folder = folder / name
    engine_folder.mkdir(parents=True)
    (engine_folder / "engine.toml").write_text(TOML.format(name=name) + more, encoding="utf-8")
    (engine_folder / "adapter.py").write_text(adapter, encoding="utf-8")
    return read_spec(engine_folder)


def distribution(
    folder: Path, name: str, version: str, requires: Sequence[str] = (), files: Mapping[str, str] | None = None
) -> Path:
    """Write a distribution like an installer, and return its .dist-info."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    contents = {**(files or {}), f"{info.name}/METADATA": metadata, f"{info.name}/INSTALLER": "by hand\n"}
    lines = [f"{info.name}/RECORD,,"]
    for path, text in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        file.write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}")
    (info / "RECORD").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return info


def environment(
    home: Path,
    spec: EngineSpec,
    distributions: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Path:
    """Build an environment for an engine, and return its site-packages.

    `WORKER_PACKAGES` are linked. The `distributions` (name to version) contain only these `files`.
    """
    store = EnvironmentStore(home)
    build = store.new_build(spec.name)
    venv.create(build, symlinks=sys.platform != "win32")
    (site,) = map(Path, module_path_of(build))
    for name in WORKER_PACKAGES:
        _link(importlib.metadata.distribution(name), site)
    for name, version in (distributions or {}).items():
        distribution(site, name, version, files=files)
    publish(store, spec, build)
    return site


def publish(store: EnvironmentStore, spec: EngineSpec, build: Path) -> None:
    """Make a build the current one."""
    record = EnvironmentRecord(
        schema=RECORD_SCHEMA,
        engine=spec.name,
        python=RUNNING,
        base=sys.executable,
        installer="by hand",
        built_at="2026-01-01T00:00:00+00:00",
        requirements=requirements_of(spec),
        constraints=spec.environment.constraints,
        overrides=spec.environment.overrides,
        excludes=spec.environment.excludes,
        without_dependencies=spec.environment.without_dependencies,
        extra=(),
        versions=Installed.of_paths(module_path_of(build)).versions(),
    )
    store.publish(spec.name, build, record)


def lose_base(home: Path, engine_name: str) -> None:
    """Remove the base Python of an environment, like a system update."""
    store = EnvironmentStore(home)
    build = store.folder(engine_name)
    assert build is not None
    python, config = python_of(build), build / "pyvenv.cfg"
    gone = build.parent / "gone" / "bin"
    lines = config.read_text(encoding="utf-8").splitlines()
    lines = [f"home = {gone}" if line.startswith("home") else line for line in lines]
    config.write_text("\n".join(lines), encoding="utf-8")
    if sys.platform != "win32":
        python.unlink()
        python.symlink_to(gone / "python")


def without_site_packages() -> list[str]:
    """Return the module path of this Python with only its standard library."""
    return [path for path in sys.path if "site-packages" not in path and "dist-packages" not in path]


def _link(found: importlib.metadata.Distribution, site: Path) -> None:
    """Link all files of an installed distribution into another folder."""
    files = [file for file in found.files or () if file.parts[0] == ".."]
    tops = {file.parts[0] for file in found.files or ()} - {".."}
    pairs = [(Path(str(found.locate_file(top))), site / top) for top in tops]
    pairs += [(Path(str(found.locate_file(file))), Path(os.path.normpath(site / file))) for file in files]
    for source, target in pairs:
        if not target.exists() and source.name != "__pycache__":
            target.parent.mkdir(parents=True, exist_ok=True)
            if sys.platform != "win32":
                target.symlink_to(source.resolve())
            elif source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
