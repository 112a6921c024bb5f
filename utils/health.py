"""What is installed, what is broken, and the one command that mends it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from pathlib import Path
from typing import Literal

import msgspec

from ..engines.registry import BUILT_IN, EngineRegistry
from ..engines.spec import EngineSpec
from .models.identity import installed_versions
from .models.readiness import lack_of
from .models.store import ModelStore
from .settings import Settings, SettingsError, read_settings

_CORE = ("msgspec", "numpy", "xxhash", "soxr", "pysubs2", "psutil", "platformdirs", "typer", "rich")
_ROOM_BYTES = 1 << 30


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `mend` is a command, or empty."""

    subject: str
    state: Literal["good", "warning", "broken"]
    detail: str
    mend: str = ""


def state_of(spec: EngineSpec, store: ModelStore) -> str:
    """Return `ready`, or in a few words what an engine lacks."""
    lack = lack_of(spec, store)
    if lack is None:
        return "ready"
    return f"no weights: {lack.mend}" if lack.only_weights else lack.what


def examine() -> list[Finding]:
    """Look at everything: the interpreter, packages, settings, disk, and each engine by starting its worker."""
    findings = [_python(), *_packages(), *_torch_pair()]
    try:
        settings = read_settings()
    except SettingsError as error:
        findings.append(Finding(subject="settings", state="broken", detail=str(error), mend="correct or unset it"))
        return findings
    findings.append(_cache(settings))
    registry = EngineRegistry(settings.engine_folders)
    findings.extend(_folders(settings))
    findings.extend(Finding(subject="engine", state="broken", detail=str(error)) for error in registry.broken)
    findings.extend(_engine(spec, registry, settings) for spec in registry.specs.values())
    return findings


def _python() -> Finding:
    detail = f"{platform.python_version()} at {sys.executable}"
    return Finding(subject="Python", state="good", detail=detail)


def _packages() -> list[Finding]:
    versions: dict[str, str] = {}
    for name in _CORE:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    missing = [name for name, version in versions.items() if not version]
    if missing:
        return [
            Finding(
                subject="packages",
                state="broken",
                detail=f"missing: {', '.join(missing)}",
                mend=f"{sys.executable} -m pip install {' '.join(missing)}",
            )
        ]
    detail = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [Finding(subject="packages", state="good", detail=detail)]


def _torch_pair() -> list[Finding]:
    """Look at torch and torchaudio, which must be of one release, without importing either."""
    versions = {}
    for name in ("torch", "torchaudio"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return []
    minor = {name: version.split("+")[0].split(".")[:2] for name, version in versions.items()}
    detail = f"torch {versions['torch']} with torchaudio {versions['torchaudio']}"
    if minor["torch"] == minor["torchaudio"]:
        return [Finding(subject="torch", state="good", detail=detail)]
    return [
        Finding(
            subject="torch",
            state="warning",
            detail=f"{detail} don't belong together and may not import",
            mend=f"{sys.executable} -m pip install torchaudio=={'.'.join(minor['torch'])}.*",
        )
    ]


def _cache(settings: Settings) -> Finding:
    folder = settings.cache_dir
    if not settings.cache_bytes:
        return Finding(subject="cache", state="good", detail="turned off (SPEECHLOOM_CACHE_BYTES=0)")
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding(
            subject="cache",
            state="warning",
            detail=f"{folder} can't be written ({error.strerror}): everything is made anew each time",
            mend="set SPEECHLOOM_CACHE_DIR to a folder that can be written",
        )
    free_bytes = shutil.disk_usage(_existing(folder)).free
    if free_bytes < _ROOM_BYTES:
        return Finding(
            subject="cache",
            state="warning",
            detail=f"{folder}: only {free_bytes / (1 << 20):.0f} MiB of disk are free",
            mend="speechloom cache clear",
        )
    return Finding(subject="cache", state="good", detail=f"{folder}, {free_bytes / (1 << 30):.0f} GiB of disk free")


def _folders(settings: Settings) -> list[Finding]:
    """Look at the folders that the user named: an engine that isn't found there would just be missing."""
    findings = []
    for folder in settings.engine_folders:
        if not folder.is_dir():
            detail = f"SPEECHLOOM_ENGINES names {folder}, which isn't a folder"
        elif not (folder / "engine.toml").is_file() and not any(folder.glob("*/engine.toml")):
            detail = f"SPEECHLOOM_ENGINES names {folder}, where no engine.toml is, nor in the folders in it"
        else:
            continue
        findings.append(Finding(subject="engine folder", state="warning", detail=detail, mend="correct or unset it"))
    return findings


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _engine(spec: EngineSpec, registry: EngineRegistry, settings: Settings) -> Finding:
    from .streaming.errors import StreamingError
    from .streaming.runtime import Runtime

    subject = f"engine {spec.name}"
    if spec.interpreter and shutil.which(spec.interpreter) is None:
        return Finding(
            subject=subject,
            state="broken",
            detail=f"its interpreter {spec.interpreter} can't be run",
            mend=f"correct 'interpreter' in {Path(spec.folder) / 'engine.toml'}",
        )
    lack = lack_of(spec, ModelStore.of(settings))
    if lack is not None:
        # An engine that comes with Speechloom is an offer, and so are weights that nobody has asked for yet; an engine
        # that the user has brought should run.
        is_offer = lack.only_weights or Path(spec.folder).parent == BUILT_IN
        state: Literal["warning", "broken"] = "warning" if is_offer else "broken"
        return Finding(subject=subject, state=state, detail=lack.what, mend=lack.mend)
    runtime = Runtime(msgspec.structs.replace(settings, cache_bytes=0), registry)
    try:
        voices = runtime.run(runtime.voices(spec.name))
    except StreamingError as error:
        return Finding(subject=subject, state="broken", detail=str(error))
    finally:
        runtime.close()
    found = [f"{name} {version}" for name, version in installed_versions(spec).items() if version]
    n_voices = f"{len(voices)} voice{'' if len(voices) == 1 else 's'}"
    found.append(f"its worker starts and has {n_voices}" if spec.task == "speech" else "its worker starts")
    return Finding(subject=subject, state="good", detail=", ".join(found))
