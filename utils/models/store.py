"""The models on this machine: where their files lie, what they hold, and what of it may be removed."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import xxhash

from ..settings import Settings
from ..streaming.contract.engine_spec import EngineSpec, Weights
from ..streaming.contract.registry import EngineRegistry
from .digests import FileDigests
from .layout import PARTIAL, Holding, examine, lock_of, place, size_of, wanted, weights_of
from .located import LocatedModel, ModelMissingError
from .third_party_layouts import elsewhere, snapshots

Origin = Literal["pulled", "folder", "elsewhere", "hub cache", "--model-path"]

_OTHERS = ("--model-path", "elsewhere")
"""Where others than Voxweft have put a model, by their own names."""
_DOMAIN = b"voxweft weights1"

_log = logging.getLogger(__name__)


class StoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model in one of the folders. `complete` says whether every file is there that it can't do without."""

    engine: str
    model: str
    path: str
    n_bytes: int
    n_voices: int
    origin: Origin
    complete: bool


class ModelStore:
    """Finds models' files. Nothing here touches the network, and nothing but `remove` changes a file of a model.

    `folders` are looked in first, in their order, and never written to; then `home`, where downloads go; then the
    places in `folders` where other programs keep such models; then `hub_cache`, the Hugging Face libraries' own.
    `paths` name one folder an engine (`--model-path`), which wins over all of them. `digests` is the file that
    remembers contents' digests. The methods block; any thread may call them.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        home: Path,
        digests: Path,
        paths: Mapping[str, Path] | None = None,
        hub_cache: Path | None = None,
    ) -> None:
        self.folders = tuple(folders)
        self.home = home
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
        )

    def locate(self, spec: EngineSpec, model: str) -> LocatedModel:
        """Return where a model lies and the digests of what lies there; nothing for an engine without weights.

        The first folder counts that has every one of the model's files. The fingerprint is that of the files' contents
        under their declared names, wherever they lie. ModelMissingError says where was looked and what to run.
        """
        weights = weights_of(spec, model)
        if weights is None and spec.name not in self.paths:
            return LocatedModel()
        holding = self.find(spec, model)
        try:
            digest = xxhash.xxh3_128(_DOMAIN)
            for name, path in sorted(holding.files.items()):
                digest.update(f"{name}\0{self._digests.of(path)}\n".encode())
            voices = tuple((name, self._digests.of(path)) for name, path in sorted(holding.voices.items()))
        except OSError as error:
            raise ModelMissingError(f"the weights of engine '{spec.name}' can't be read: {error}") from error
        finally:
            self._digests.save()
        return LocatedModel(str(holding.folder), digest.hexdigest(), voices)

    def find(self, spec: EngineSpec, model: str) -> Holding:
        """Return the folder that `locate` would take, without reading any content.

        ModelMissingError as there; ValueError for an engine that has no weights to find.
        """
        weights = self._weights(spec, model)
        looked_in = []
        for folder, origin in self._places(spec, model, weights):
            holding = examine(folder, weights, stand_ins=origin in _OTHERS)
            if not holding.missing:
                return holding
            found = "lacks " + ", ".join(holding.missing) if holding.files else "nothing of it"
            looked_in.append(f"  {folder}: {found}")
        name = model or spec.default_model
        where = f"engine '{spec.name}' lacks the files of model '{name}'. Looked in:\n" + "\n".join(looked_in)
        if spec.name in self.paths:
            raise ModelMissingError(f"{where}\nThat is the folder that you named: complete it, or name another")
        raise ModelMissingError(f"{where}\n{how_to_get(spec, name, weights, self.home)}")

    def stored(self, registry: EngineRegistry) -> list[StoredModel]:
        """Return every model of the registry's engines that is in one of the folders, also in part."""
        found = []
        for spec in registry.specs.values():
            for model in spec.weights:
                try:
                    weights = self._weights(spec, model)
                except ValueError as error:
                    _log.warning("a model is left out: %s", error)
                    continue
                found += [
                    stored
                    for folder, origin in self._places(spec, model, weights)
                    if (stored := _stored(spec, model, weights, folder, origin)) is not None
                ]
        return found

    def home_of(self, spec: EngineSpec, model: str) -> Path:
        """Return the folder that downloads of a model go to. ValueError for an engine that has no weights."""
        return place(self.home, self._weights(spec, model).folder)

    def lock_of(self, spec: EngineSpec, model: str) -> Path:
        """Return the lock file that whoever changes a model in `home` holds."""
        return lock_of(self.home, self._weights(spec, model))

    def remove(self, spec: EngineSpec, model: str) -> int:
        """Remove what was downloaded of a model; return how many bytes that gives back.

        A user's own files beside it stay. ValueError if nothing of it was downloaded, if it is being downloaded right
        now, or if it lies outside `home` by way of a link.
        """
        import filelock

        weights = self._weights(spec, model)
        name = model or spec.default_model
        folder = self.home_of(spec, model)
        paths = [place(folder, file.path) for file in (*weights.files, *weights.voices)]
        partial = folder / PARTIAL
        paths += _files_in(partial)
        paths = [path for path in paths if os.path.lexists(path)]
        if not paths:
            others = [path for path, _ in self._places(spec, model, weights) if not examine(path, weights).missing]
            hint = f"; it lies in {others[0]}, which isn't Voxweft's to remove" if others else ""
            raise ValueError(f"nothing of model '{name}' was downloaded to {folder}{hint}")
        root = self.home.resolve()
        for parent in {path.parent for path in paths}:
            if not parent.resolve().is_relative_to(root):
                raise ValueError(f"{parent} leads out of {self.home}; remove what lies there yourself")
        lock = self.lock_of(spec, model)
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(lock, timeout=0):
                freed_bytes = sum(_unlink(path) for path in paths)
                for parent in sorted({partial, *(path.parent for path in paths)}, reverse=True):
                    _remove_empty(parent, self.home)
        except filelock.Timeout:
            raise ValueError(f"model '{name}' is being downloaded right now; stop that first") from None
        return freed_bytes

    def _weights(self, spec: EngineSpec, model: str) -> Weights:
        weights = weights_of(spec, model)
        if weights is None:
            what = f"no files of a model '{model}'" if model else "no files of its own"
            known = f"; it has {', '.join(spec.weights)}" if spec.weights else ""
            raise ValueError(f"engine '{spec.name}' needs {what}{known}")
        return weights

    def _places(self, spec: EngineSpec, model: str, weights: Weights) -> Iterator[tuple[Path, Origin]]:
        if spec.name in self.paths:
            yield self.paths[spec.name], "--model-path"
            return
        home = place(self.home, weights.folder)
        own = [place(folder, weights.folder) for folder in dict.fromkeys(self.folders)]
        yield from ((folder, "folder") for folder in own if folder != home)
        yield home, "pulled"
        name = spec.model_aliases.get(model, model) or spec.default_model
        others = dict.fromkeys(f for root in self.folders for f in elsewhere(root, spec, name, weights))
        yield from ((folder, "elsewhere") for folder in others if folder not in (home, *own))
        if self.hub_cache is not None:
            repo = "models--" + weights.repo.replace("/", "--")
            expected = self.hub_cache / repo / "snapshots" / weights.revision
            cached = dict.fromkeys((expected, *snapshots(self.hub_cache, weights, pinned_only=True)))
            yield from ((folder, "hub cache") for folder in cached)


def how_to_get(spec: EngineSpec, model: str, weights: Weights, home: Path) -> str:
    """Return what to run, or to copy, to have a model."""
    option = f" --model {model}" if model != spec.default_model else ""
    return (
        f"Get it with `voxweft models pull {spec.name}{option}` "
        f"({size_of(wanted(weights, None))} from {weights.repo}, licence {weights.licence}); "
        f"or copy the folder from a machine that has it to {place(home, weights.folder)}"
    )


def _stored(spec: EngineSpec, model: str, weights: Weights, folder: Path, origin: Origin) -> StoredModel | None:
    holding = examine(folder, weights, stand_ins=origin in _OTHERS)
    # Elsewhere than where downloads go, a lone file of the right name proves nothing.
    if holding.missing and (origin == "elsewhere" or (origin in ("folder", "hub cache") and not holding.files)):
        return None
    paths = [*holding.files.values(), *holding.voices.values(), *_files_in(folder / PARTIAL)]
    if not paths:
        return None
    return StoredModel(
        engine=spec.name,
        model=model,
        path=str(folder),
        n_bytes=sum(path.stat().st_size for path in paths),
        n_voices=len(holding.voices),
        origin=origin,
        complete=not holding.missing,
    )


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_symlink() or path.is_file())
    except OSError:
        return []


def _unlink(path: Path) -> int:
    n_bytes = 0 if path.is_symlink() else path.stat().st_size
    path.unlink()
    return n_bytes


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those that it lies in, up to the root, as far as they are empty."""
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
