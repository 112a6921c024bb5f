"""Folders where other programs keep the same models: names and nesting differ, the files are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..streaming.contract.engine_spec import EngineSpec, Weights
from .layout import path_in

_REVISION = re.compile("[0-9a-f]{40}")


def third_party_folders(root: Path, spec: EngineSpec, model: str, weights: Weights) -> Iterator[Path]:
    """Yield the existing folders below `root`, a folder of models, that may hold this model.

    In each of the engine's `model_folders`: subfolders named after the model, one of its aliases or its repository
    (`name` or `owner--name`), then snapshots if the folder is a cache of the Hugging Face libraries.
    """
    repo = weights.repo.partition("/")[2]
    aliases = [alias for alias, of in spec.model_aliases.items() if of == model]
    names = dict.fromkeys((model, *aliases, repo, weights.repo.replace("/", "--")))
    for subfolder in spec.model_folders:
        folder = path_in(root, subfolder)
        if folder.is_dir():
            yield from (folder / name for name in names if (folder / name).is_dir())
            yield from snapshots(folder, weights)


def snapshots(cache: Path, weights: Weights, *, pinned_only: bool = False) -> Iterator[Path]:
    """Yield a model's snapshots in a cache of the Hugging Face libraries: the declared commit, then its `main`.

    Any owner is accepted, since a repository that moved to another owner keeps its commits.
    """
    name = weights.repo.partition("/")[2]
    for repo in sorted(cache.glob(f"models--*--{name}")):
        revisions = [weights.revision, *(() if pinned_only else _main(repo))]
        yield from (folder for commit in dict.fromkeys(revisions) if (folder := repo / "snapshots" / commit).is_dir())


def _main(repo: Path) -> list[str]:
    try:
        commit = (repo / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return []
    return [commit] if _REVISION.fullmatch(commit) else []
