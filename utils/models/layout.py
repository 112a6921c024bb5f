"""The layout of a model's folder: allowed paths, files found, files to download."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from ..streaming.contract.engine_spec import EngineSpec, WeightFile, Weights
from ..suggestions import did_you_mean

PARTIAL = ".partial"
"""The subfolder, in a model's folder, of partial downloads."""
LOCKS = ".locks"
"""The subfolder, in the folder of downloads, of lock files."""
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)
_REVISION = re.compile("[0-9a-f]{40}")
_NEWEST = "main"
"""The revision of files whose commit nobody states. It names no content, so these files have no digest either."""
_SHA256 = re.compile("[0-9a-f]{8,64}")
_WHOLE_SHA256_DIGITS = 64
_NOT_IN_NAMES = frozenset('\\:*?"<>|')


class ModelFiles(NamedTuple):
    """The files of a model found in a folder: by declared path, its voices by name, and the missing paths."""

    folder: Path
    files: dict[str, Path]
    voices: dict[str, Path]
    missing: tuple[str, ...]


def declared_weights(spec: EngineSpec, model: str) -> Weights | None:
    """Return an engine's declaration of a model's files (default: its default model), None if it declares none.

    ValueError if a declared path could leave the folder, or a source or digest is invalid.
    """
    weights = spec.weights.get(spec.model_aliases.get(model, model) or spec.default_model)
    if weights is not None:
        fault = _fault(weights, spec.model_folders)
        if fault:
            raise ValueError(f"engine '{spec.name}', model '{model or spec.default_model}': {fault}")
    return weights


def _fault(weights: Weights, others: Sequence[str]) -> str:
    declared = (*weights.files, *weights.voices)
    pinned = any(file.sha256 for file in declared if not file.repo and not file.url)
    wrong = _repository_fault(weights.repo, weights.revision, pinned=pinned)
    if wrong:
        return wrong
    if not weights.files:
        return "it declares no files"
    sources = (file.source for file in declared if file.source)
    for path in (weights.folder, *others, *(file.path for file in declared), *sources):
        parts = path.split("/")
        # Names that Windows would change are refused on every system.
        bad = [part for part in parts if part in ("", ".", "..") or part[-1] in ". " or not part.isprintable()]
        if bad or _NOT_IN_NAMES & set(path) or parts[0] in (PARTIAL, LOCKS):
            return f"the path '{path}' isn't allowed; it must stay in the model's folder"
    for file in declared:
        if (file.sha256 and not _SHA256.fullmatch(file.sha256)) or file.n_bytes < 0:
            return f"'{file.path}' has an invalid digest or size"
        wrong = _url_fault(file) if file.url else _own_repository_fault(file)
        if wrong:
            return f"'{file.path}': {wrong}"
    if len({file.path.lower() for file in declared}) < len(declared):
        return "it declares a file twice"
    return ""


def _repository_fault(repo: str, revision: str, *, pinned: bool) -> str:
    if not _REPO.fullmatch(repo) or ".." in repo:
        return f"'{repo}' isn't a repository of the hub (owner/name)"
    if not _REVISION.fullmatch(revision) and (pinned or revision != _NEWEST):
        newest = "" if pinned else f", or '{_NEWEST}'"
        return f"its revision must be a commit (40 hex digits){newest}, not '{revision}'"
    return ""


def _own_repository_fault(file: WeightFile) -> str:
    if not file.repo:
        return "a revision needs a repo" if file.revision else ""
    return _repository_fault(file.repo, file.revision, pinned=bool(file.sha256))


def _url_fault(file: WeightFile) -> str:
    if file.repo or file.revision or file.source:
        return "a file with a url has no repo, revision or source"
    try:
        parts = urlsplit(file.url)
        is_valid = bool(parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and not parts.fragment)
        is_valid = is_valid and (parts.port is None or parts.port > 0)
    except ValueError:
        is_valid = False
    if not is_valid or not file.url.isascii() or not file.url.isprintable() or " " in file.url:
        return f"'{file.url}' must be an address https://HOST/PATH without a user name"
    if len(file.sha256) != _WHOLE_SHA256_DIGITS:
        return "a file with a url needs all 64 digits of its sha256"
    return ""


def with_source(weights: Weights, file: WeightFile) -> WeightFile:
    """Return a file with its repository, commit and path there filled in; one with a `url` as it is."""
    if file.url:
        return file
    return msgspec.structs.replace(
        file,
        repo=file.repo or weights.repo,
        revision=file.revision or weights.revision,
        source=file.source or file.path,
    )


def is_one_snapshot(weights: Weights) -> bool:
    """Whether all files are from one commit of one repository, under their own names: a folder as the hub has it."""
    place = (weights.repo, weights.revision)
    files = (with_source(weights, file) for file in (*weights.files, *weights.voices))
    return all((file.repo, file.revision) == place and file.source == file.path for file in files)


def source_names(weights: Weights) -> tuple[str, ...]:
    """Return where a model's files are from: the model's repository first, then others, and hosts of addresses."""
    files = [with_source(weights, file) for file in (*weights.files, *weights.voices)]
    used = [file.repo or urlsplit(file.url).hostname or file.url for file in files]
    return tuple(sorted(dict.fromkeys(used), key=lambda name: name != weights.repo))


def path_in(folder: Path, path: str) -> Path:
    """Return the path of a declared file in a folder."""
    return folder.joinpath(*path.split("/"))


def lock_path(home: Path, weights: Weights) -> Path:
    """Return the lock file to hold while changing a model's files in `home`."""
    return home / LOCKS / f"{weights.folder.replace('/', '--')}.lock"


def find_model_files(folder: Path, weights: Weights, *, stand_ins: bool = False, any_name: bool = False) -> ModelFiles:
    """Find a model's files in a folder; none if it can't be read.

    With `stand_ins`, for a folder that a user may have filled, the smaller files may have another suffix, as another
    version of a converter writes it, and files that aren't needed may be missing. Without, that is so for those that
    are never downloaded. With `any_name`, the largest file may have another name if no other file has its suffix.
    Voices are all files with the suffix of the declared ones in their folders, including the user's own.
    """
    files: dict[str, Path] = {}
    missing = []
    largest = max(weights.files, key=lambda file: file.n_bytes).path
    for file in weights.files:
        path = path_in(folder, file.path)
        if is_file(path):
            files[file.path] = path
            continue
        others: list[Path] = []
        if file.path == largest:
            others = _with_suffix(path.parent, path.suffix) if any_name else []
        elif stand_ins:
            others = _with_stem(path)
        if len(others) == 1:
            files[file.path] = others[0]
        elif others or file.needed or (file.sha256 and not stand_ins):
            missing.append(file.path if not others else f"{file.path} (which of {', '.join(p.name for p in others)}?)")
    places = {(PurePosixPath(voice.path).parent, PurePosixPath(voice.path).suffix) for voice in weights.voices}
    voices = {path.stem: path for parent, suffix in sorted(places) for path in _with_suffix(folder / parent, suffix)}
    return ModelFiles(folder, files, voices, tuple(missing))


def select_files(weights: Weights, voices: Sequence[str] | None) -> tuple[WeightFile, ...]:
    """Return the files of a model with these voices (all by default), in download order, with their sources.

    The user's own files (`is_users_own`) are left out.
    Voices come first and the largest file last, so that a model isn't found before the download is complete. ValueError
    for an unknown voice, with the nearest names.
    """
    by_name = {PurePosixPath(voice.path).stem: voice for voice in weights.voices}
    chosen = []
    for name in dict.fromkeys(by_name if voices is None else voices):
        if name not in by_name:
            hint = did_you_mean(name, sorted(by_name), none="it has none")
            raise ValueError(f"there is no voice '{name}' to download{hint}")
        chosen.append(by_name[name])
    files = (*chosen, *sorted(weights.files, key=lambda file: file.n_bytes))
    return tuple(with_source(weights, file) for file in files if not is_users_own(file))


def is_users_own(file: WeightFile) -> bool:
    """Return whether a declared file, without its source, is never downloaded: it has no digest, repository or need."""
    return not (file.needed or file.sha256 or file.repo)


def without_digest(files: Iterable[WeightFile]) -> list[WeightFile]:
    """Return the files that a user must trust or copy: nobody states what they should contain."""
    return [file for file in files if not file.sha256]


def incomplete_files(folder: Path, files: Iterable[WeightFile]) -> list[WeightFile]:
    """Return the files that are missing from the folder or have the wrong size."""
    found = []
    for file in files:
        status = _status(path_in(folder, file.path))
        if status is None or file.n_bytes not in (0, status.st_size):
            found.append(file)
    return found


def total_bytes(files: Iterable[WeightFile]) -> int:
    """Return the total size of files in bytes, as far as stated."""
    return sum(file.n_bytes for file in files)


def format_total(files: Sequence[WeightFile]) -> str:
    """Format the total size of files, if it is stated. The weights' size is unstated if the stated ones are tiny."""
    n_bytes = total_bytes(files)
    if without_digest(files):
        return "size not stated"
    return mib(n_bytes) if n_bytes >= 1 << 20 or all(file.n_bytes for file in files) else "size not stated"


def download_summary(weights: Weights) -> str:
    """Return the size of a model's files and where they are from, in words."""
    *others, last = source_names(weights)
    sources = f"{', '.join(others)} and {last}" if others else last
    return f"{format_total(select_files(weights, None))} from {sources}"


def mib(n_bytes: int) -> str:
    """Format a size in MiB."""
    value = n_bytes / (1 << 20)
    return f"{value:.0f} MiB" if value >= 10 else f"{value:.1f} MiB"


def is_file(path: Path) -> bool:
    """Whether a path is an accessible regular file."""
    return _status(path) is not None


def _status(path: Path) -> os.stat_result | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _with_stem(path: Path) -> list[Path]:
    try:
        found = sorted(path.parent.iterdir())
    except OSError:
        return []
    return [other for other in found if other.stem == path.stem and not other.name.startswith(".") and is_file(other)]


def _with_suffix(folder: Path, suffix: str) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in found if path.suffix == suffix and not path.name.startswith(".") and is_file(path)]
