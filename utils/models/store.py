"""The models on this machine: find their files, and remove downloads."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import xxhash

from ..settings import Settings
from ..streaming.contract.engine_spec import EngineSpec, Weights
from ..streaming.contract.errors import ModelMissingError
from ..streaming.contract.registry import EngineRegistry
from .digests import FileDigests
from .layout import (
    PARTIAL,
    ModelFiles,
    declared_weights,
    download_summary,
    find_model_files,
    is_one_snapshot,
    lock_path,
    path_in,
    select_files,
    without_digest,
)
from .licenses import Licenses, terms_of
from .located import LocatedModel
from .third_party_layouts import snapshots, third_party_folders
from .trusted_files import TrustedFiles

Origin = Literal["pulled", "folder", "third-party", "hub cache", "--model-path"]

_ANY_NAME = ("--model-path", "third-party")
"""Origins whose weights may have another name than the declared one."""
_DOMAIN = b"voxweft weights1"

_log = logging.getLogger(__name__)


class StoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model in one of the folders. `complete`: no required file is missing.

    `shared_bytes` is the part of `n_bytes` in files that are linked from elsewhere, too: removing the model frees only
    the rest.
    """

    engine: str
    model: str
    path: str
    n_bytes: int
    shared_bytes: int
    n_voices: int
    origin: Origin
    complete: bool


class Removed(NamedTuple):
    """What a removal freed, and the size of the files that other models still use."""

    freed_bytes: int
    shared_bytes: int


class ModelStore:
    """Finds models' files. Thread-safe; the methods block. Never uses the network; only `remove` changes models' files.

    Search order: `folders`, never written to; `home`, where downloads go; third-party layouts in `folders`;
    `hub_cache`, the Hugging Face libraries' cache. A folder in `paths`, by engine (`--model-path`), takes precedence
    over all of them. `digests` is the file that caches digests of contents. `licenses` are those that the user has
    accepted; with `commercial`, models that can't be used commercially count as not ready.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        home: Path,
        digests: Path,
        paths: Mapping[str, Path] | None = None,
        hub_cache: Path | None = None,
        accepted_licenses: Iterable[str] = (),
        commercial: bool = False,
    ) -> None:
        self.folders = tuple(folders)
        self.home = home
        self.licenses = Licenses(home, accepted_licenses)
        self._trusted = TrustedFiles(home)
        self.commercial = commercial
        self.paths = dict(paths or {})
        self.hub_cache = hub_cache
        self._digests = FileDigests(digests)

    @classmethod
    def of(cls, settings: Settings, *, paths: Mapping[str, Path] | None = None) -> ModelStore:
        """Return the store that the settings describe."""
        return cls(
            settings.model_folders,
            home=settings.models_home,
            digests=settings.cache_dir / "model-digests.json",
            paths=paths,
            hub_cache=settings.hub_cache,
            accepted_licenses=settings.accepted_licenses,
            commercial=settings.commercial,
        )

    def weights(self, spec: EngineSpec, model: str) -> Weights | None:
        """Return the declaration of a model's files, with what is recorded of files that the user trusted.

        None, and ValueError, as `declared_weights`.
        """
        weights = declared_weights(spec, model)
        return self._trusted.applied(weights) if weights is not None else None

    def locate(self, spec: EngineSpec, model: str) -> LocatedModel:
        """Return a model's folder and the digests of its files; empty for an engine without weights.

        The first folder with all of the model's files takes precedence. The fingerprint covers the declared names and
        contents, not the location. ModelMissingError lists the folders searched and the command to run.
        """
        if declared_weights(spec, model) is None and spec.name not in self.paths:
            return LocatedModel()
        found_files = self.find(spec, model)
        try:
            digest = xxhash.xxh3_128(_DOMAIN)
            for name, path in sorted(found_files.files.items()):
                digest.update(f"{name}\0{self._digests.of(path)}\n".encode())
            voices = tuple((name, self._digests.of(path)) for name, path in sorted(found_files.voices.items()))
        except OSError as error:
            raise ModelMissingError(f"the weights of engine '{spec.name}' can't be read: {error}") from error
        finally:
            self._digests.save()
        return LocatedModel(str(found_files.folder), digest.hexdigest(), voices)

    def find(self, spec: EngineSpec, model: str) -> ModelFiles:
        """Return the files that `locate` would use, without reading their content.

        ModelMissingError as there; ValueError for an engine without weights.
        """
        weights = self._weights(spec, model)
        searched = []
        for folder, origin in self._candidates(spec, model, weights):
            found_files = find_model_files(
                folder, weights, stand_ins=origin != "hub cache", any_name=origin in _ANY_NAME
            )
            if not found_files.missing:
                return found_files
            found = "missing " + ", ".join(found_files.missing) if found_files.files else "not found"
            searched.append(f"  {folder}: {found}")
        name = model or spec.default_model
        where = f"the files of model '{name}' of engine '{spec.name}' are missing. Searched:\n" + "\n".join(searched)
        if spec.name in self.paths:
            raise ModelMissingError(f"{where}\nThis is the folder given by --model-path: complete it, or give another")
        raise ModelMissingError(f"{where}\n{self.download_hint(spec, model)}")

    def download_hint(self, spec: EngineSpec, model: str) -> str:
        """Return instructions to get a model: the command to run, or the folder to copy it to."""
        weights = self._weights(spec, model)
        terms = terms_of(spec, model)
        folder = path_in(self.home, weights.folder)
        files = select_files(weights, None)
        if without_digest(files):
            hub = [f"https://huggingface.co/{file.repo}/resolve/{file.revision}/{file.source}" for file in files]
            unstated = ", ".join(file.path for file in without_digest(files))
            return (
                f"Nobody states what {unstated} must contain. To download "
                f"what is there now, and to check it from then on, run `{terms.command}` ({download_summary(weights)}, "
                f"license {terms.summary}); or save these files in {folder}: {', '.join(hub)}"
            )
        return (
            f"Get it with `{terms.command}` ({download_summary(weights)}, license {terms.summary}); "
            f"or copy the folder from a machine that has it to {folder}"
        )

    def stored(self, registry: EngineRegistry) -> list[StoredModel]:
        """Return every model of the registry's engines found in one of the folders, complete or not."""
        found = []
        for spec in registry.specs.values():
            for model in spec.weights:
                try:
                    weights = self._weights(spec, model)
                except ValueError as error:
                    _log.warning("a model is skipped: %s", error)
                    continue
                found += [
                    stored
                    for folder, origin in self._candidates(spec, model, weights)
                    if (stored := _stored(spec, model, weights, folder, origin)) is not None
                ]
        return found

    def download_folder(self, spec: EngineSpec, model: str) -> Path:
        """Return the download folder of a model. ValueError for an engine without weights."""
        return path_in(self.home, self._weights(spec, model).folder)

    def lock_path(self, spec: EngineSpec, model: str) -> Path:
        """Return the lock file to hold while changing a model in `home`."""
        return lock_path(self.home, self._weights(spec, model))

    def downloaded(self, spec: EngineSpec, model: str) -> list[Path]:
        """Return a model's downloaded files, also of an unfinished download. ValueError if there are none."""
        weights = self._weights(spec, model)
        name = model or spec.default_model
        folder = self.download_folder(spec, model)
        paths = [path_in(folder, file.path) for file in (*weights.files, *weights.voices)]
        paths += _files_in(folder / PARTIAL)
        paths = [path for path in paths if os.path.lexists(path)]
        if not paths:
            others = [
                path
                for path, _ in self._candidates(spec, model, weights)
                if not find_model_files(path, weights).missing
            ]
            hint = f"; it is in {others[0]}, which Voxweft doesn't manage" if others else ""
            raise ValueError(f"nothing of model '{name}' was downloaded to {folder}{hint}")
        return paths

    def remove(self, spec: EngineSpec, model: str) -> Removed:
        """Remove a model's downloaded files and return what that freed. The user's own files are kept.

        ValueError if nothing was downloaded, if a download is in progress, or if a link leads outside `home`.
        """
        import filelock

        paths = self.downloaded(spec, model)
        partial = self.download_folder(spec, model) / PARTIAL
        root = self.home.resolve()
        for parent in {path.parent for path in paths}:
            if not parent.resolve().is_relative_to(root):
                raise ValueError(f"'{parent}' is a link out of {self.home}; remove its files yourself")
        lock = self.lock_path(spec, model)
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(lock, timeout=0):
                n_bytes, shared_bytes = _sizes(path for path in paths if not path.is_symlink())
                for path in paths:
                    path.unlink()
                for parent in sorted({partial, *(path.parent for path in paths)}, reverse=True):
                    _remove_empty(parent, self.home)
        except filelock.Timeout:
            raise ValueError(
                f"model '{model or spec.default_model}' is being downloaded right now; stop the download first"
            ) from None
        return Removed(n_bytes - shared_bytes, shared_bytes)

    def _weights(self, spec: EngineSpec, model: str) -> Weights:
        weights = self.weights(spec, model)
        if weights is None:
            problem = f"declares no files of model '{model}'" if model else "declares no model files"
            known = f"; it has {', '.join(spec.weights)}" if spec.weights else ""
            raise ValueError(f"engine '{spec.name}' {problem}{known}")
        return weights

    def _candidates(self, spec: EngineSpec, model: str, weights: Weights) -> Iterator[tuple[Path, Origin]]:
        if spec.name in self.paths:
            yield self.paths[spec.name], "--model-path"
            return
        home = path_in(self.home, weights.folder)
        own = [path_in(folder, weights.folder) for folder in dict.fromkeys(self.folders)]
        yield from ((folder, "folder") for folder in own if folder != home)
        yield home, "pulled"
        name = spec.model_aliases.get(model, model) or spec.default_model
        others = dict.fromkeys(f for root in self.folders for f in third_party_folders(root, spec, name, weights))
        yield from ((folder, "third-party") for folder in others if folder not in (home, *own))
        # A model of several repositories is in no single folder of that cache; a download links the files there.
        if self.hub_cache is not None and is_one_snapshot(weights):
            repo = "models--" + weights.repo.replace("/", "--")
            expected = self.hub_cache / repo / "snapshots" / weights.revision
            cached = dict.fromkeys((expected, *snapshots(self.hub_cache, weights, pinned_only=True)))
            yield from ((folder, "hub cache") for folder in cached)


def _stored(spec: EngineSpec, model: str, weights: Weights, folder: Path, origin: Origin) -> StoredModel | None:
    found_files = find_model_files(folder, weights, stand_ins=origin != "hub cache", any_name=origin in _ANY_NAME)
    # Outside the download folder, a single file with a matching name proves nothing.
    if found_files.missing and (
        origin == "third-party" or (origin in ("folder", "hub cache") and not found_files.files)
    ):
        return None
    paths = [*found_files.files.values(), *found_files.voices.values(), *_files_in(folder / PARTIAL)]
    if not paths:
        return None
    n_bytes, shared_bytes = _sizes(paths)
    return StoredModel(
        engine=spec.name,
        model=model,
        path=str(folder),
        n_bytes=n_bytes,
        shared_bytes=shared_bytes,
        n_voices=len(found_files.voices),
        origin=origin,
        complete=not found_files.missing,
    )


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_symlink() or path.is_file())
    except OSError:
        return []


def _sizes(paths: Iterable[Path]) -> tuple[int, int]:
    """Return the size of files on disk, and the part of it that has links that aren't among these files."""
    status_of = {path.resolve(): path.stat() for path in paths}
    links = Counter((status.st_dev, status.st_ino) for status in status_of.values())
    files = {(status.st_dev, status.st_ino): status for status in status_of.values()}
    shared = (status.st_size for file, status in files.items() if status.st_nlink > links[file])
    return sum(status.st_size for status in files.values()), sum(shared)


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and its parents below the root, as far as they are empty."""
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
