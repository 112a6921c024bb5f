"""Where other programs keep a model within a folder of models: names and nesting differ, the files are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..streaming.contract.engine_spec import EngineSpec, Weights
from .layout import place

_REVISION = re.compile("[0-9a-f]{40}")


def elsewhere(root: Path, spec: EngineSpec, model: str, weights: Weights) -> Iterator[Path]:
    """Yield the folders below `root`, a folder of models, that are there and may hold a model of the engine.

    In each of `model_folders`: one of the model's names, or of its repository's (with its owner in front, as in
    `owner--name`, or without), and then what the Hugging Face libraries make of that folder as their cache.
    """
    repo = weights.repo.partition("/")[2]
    aliases = [alias for alias, of in spec.model_aliases.items() if of == model]
    names = dict.fromkeys((model, *aliases, repo, weights.repo.replace("/", "--")))
    for within in spec.model_folders:
        folder = place(root, within)
        if folder.is_dir():
            yield from (folder / name for name in names if (folder / name).is_dir())
            yield from snapshots(folder, weights)


def snapshots(cache: Path, weights: Weights, *, pinned_only: bool = False) -> Iterator[Path]:
    """Yield what a cache of the Hugging Face libraries has of a model: the declared commit, and its `main`.

    A repository that moved to another owner keeps its commits, so any owner's counts.
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
