"""Where a file of a model may already be: under another engine or model, or in the Hugging Face libraries' cache."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..streaming.contract.engine_spec import EngineSpec, WeightFile
from .layout import declared_weights, path_in, with_source

_log = logging.getLogger(__name__)


class _Declared(NamedTuple):
    """A declared file, and its path as a download."""

    file: WeightFile
    path: Path


def possible_copies(
    files: Iterable[WeightFile], specs: Iterable[EngineSpec], home: Path, hub_cache: Path | None
) -> dict[str, tuple[str, ...]]:
    """Return, by path of a file, the paths where these engines declare the same content. They needn't exist.

    Sizes must be declared and equal, and one SHA-256 must begin with the other. Reads nothing: a
    caller must verify a copy before it uses it.
    """
    declared = list(_declared(specs, home))
    found = {}
    for file in files:
        same = [other for other in declared if _is_same(file, other.file)]
        paths = [other.path for other in same]
        if hub_cache is not None:
            sources = (file, *(other.file for other in same))
            paths += [in_hub_cache(hub_cache, source) for source in sources if source.repo]
        found[file.path] = tuple(dict.fromkeys(str(path) for path in paths))
    return {path: copies for path, copies in found.items() if copies}


def in_hub_cache(cache: Path, file: WeightFile) -> Path:
    """Return the path of a file with a repository in the cache of the Hugging Face libraries."""
    repo = "models--" + file.repo.replace("/", "--")
    return path_in(cache / repo / "snapshots" / file.revision, file.source)


def _declared(specs: Iterable[EngineSpec], home: Path) -> Iterator[_Declared]:
    for spec in specs:
        for model in spec.weights:
            try:
                weights = declared_weights(spec, model)
            except ValueError as error:
                _log.info("a model is skipped: %s", error)
                continue
            if weights is not None:
                folder = path_in(home, weights.folder)
                for file in (*weights.files, *weights.voices):
                    yield _Declared(with_source(weights, file), path_in(folder, file.path))


def _is_same(one: WeightFile, other: WeightFile) -> bool:
    shorter, longer = sorted((one.sha256, other.sha256), key=len)
    return 0 < one.n_bytes == other.n_bytes and bool(shorter) and longer.startswith(shorter)
