"""Check whether torch and torchaudio are compatible, without importing either."""

from __future__ import annotations

import ast
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from .installed import Distribution, Installed

_STABLE = Version("2.11")
"""From this release on, torchaudio supports the torch of its release and all later ones (its installation page)."""
_LENIENT = Version("2.11.1")
"""From this release on, torchaudio loads with a torch for another minor version of CUDA (its release notes)."""
_TESTED = "2.11.0"
_TORCHAUDIO_OF = {"2.0.0": "2.0.1", "2.0.1": "2.0.2"}
"""Pairs whose versions differ, by torch's version; torch 1.x goes with torchaudio 0.x."""


class TorchPair(NamedTuple):
    """An installed torch and torchaudio: their versions, and the CUDA that each was built for, "" for none or unknown.

    `fault` says why they are incompatible, "" if they aren't; `fix` holds the installer's arguments that fix it.
    """

    torch: str
    torchaudio: str
    torch_cuda: str
    torchaudio_cuda: str
    fault: str
    fix: str


class _Build(NamedTuple):
    """The platform that a package was built for: `cpu`, `cuda` or `rocm`, "" if unknown; and its version."""

    kind: str
    version: str

    def __str__(self) -> str:
        return {"cpu": "the CPU only", "cuda": f"CUDA {self.version}", "rocm": f"ROCm {self.version}"}[self.kind]


def torch_pair(installed: Installed) -> TorchPair | None:
    """Return the installed pair with its compatibility, None unless both are installed.

    Versions come from the metadata; the build comes from version.py, which is parsed and not run, or from the local
    part of the version. A pair is compatible if both are of one release, or torchaudio is at least 2.11 and torch not
    older than torchaudio, and if torchaudio's libraries find the torch libraries they were linked to: a build for CUDA
    or ROCm needs a torch for the same platform, a CPU build loads with any.
    """
    torch, torchaudio = installed.get("torch"), installed.get("torchaudio")
    if torch is None or torchaudio is None:
        return None
    built, built_audio = _build(torch), _build(torchaudio)
    fault, fix = _verdict(torch.version, torchaudio.version, built, built_audio)
    cuda, cuda_audio = (build.version if build.kind == "cuda" else "" for build in (built, built_audio))
    return TorchPair(torch.version, torchaudio.version, cuda, cuda_audio, fault, fix)


def _verdict(torch: str, torchaudio: str, built: _Build, built_audio: _Build) -> tuple[str, str]:
    try:
        version, version_audio = Version(torch), Version(torchaudio)
    except InvalidVersion:
        return "", ""
    if not _of_one_release(version, version_audio):
        fault = f"torchaudio {torchaudio} wasn't built for torch {torch}, which is installed"
        return fault, _install(version)
    if not built.kind or not _libraries_mismatch(built, built_audio, version_audio):
        return "", ""
    fault = f"torchaudio {torchaudio} was built for {built_audio}, and torch {torch} for {built}"
    # By version alone both count as installed.
    return fault, _install(version).replace("install", "install --force-reinstall", 1)


def _of_one_release(torch: Version, torchaudio: Version) -> bool:
    if torchaudio.release[:2] >= _STABLE.release:
        return torch.release[:2] >= torchaudio.release[:2]
    major = 0 if torch.major == 1 else torch.major
    return (torchaudio.major, torchaudio.minor) == (major, torch.minor)


def _libraries_mismatch(built: _Build, built_audio: _Build, torchaudio: Version) -> bool:
    """Whether torchaudio's libraries can't load with a torch of that build."""
    if built_audio.kind not in ("cuda", "rocm"):
        return False
    if built.kind != built_audio.kind:
        return True
    parts = 2 if built.kind == "cuda" and torchaudio < _LENIENT else 1
    return built.version.split(".")[:parts] != built_audio.version.split(".")[:parts]


def _install(torch: Version) -> str:
    if torch.release[:2] > _STABLE.release:
        # There is no torchaudio of that release, and this pair is known to work.
        return f"install torch=={_TESTED} torchaudio=={_TESTED}"
    public = torch.public
    torchaudio = f"0.{public.partition('.')[2]}" if torch.major == 1 else _TORCHAUDIO_OF.get(public, public)
    return f"install torch=={public} torchaudio=={torchaudio}"


def _build(distribution: Distribution) -> _Build:
    stated = _stated(distribution)
    for kind, name in (("cuda", "cuda"), ("rocm", "hip")):
        if stated.get(name):
            return _Build(kind, _short(str(stated[name])))
    for version in (str(stated.get("__version__") or ""), distribution.version):
        label = version.partition("+")[2]
        digits = label.removeprefix("cu")
        if label.startswith("cu") and digits.isdecimal() and len(digits) > 1:
            return _Build("cuda", f"{digits[:-1]}.{digits[-1]}")
        if label.startswith("rocm"):
            return _Build("rocm", _short(label.removeprefix("rocm")))
        if label.startswith(("cpu", "xpu")):
            return _Build("cpu", "")
    return _Build("cpu", "") if stated.get("cuda", "") is None else _Build("", "")


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _stated(distribution: Distribution) -> dict[str, object]:
    """Return the constants that a package's version.py sets; none if it can't be parsed."""
    try:
        text = (distribution.folder.parent / distribution.name / "version.py").read_bytes()
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            targets: list[ast.expr] = [node.target]
        elif isinstance(node, ast.Assign):
            targets = node.targets
        else:
            continue
        if isinstance(node.value, ast.Constant):
            found.update((target.id, node.value.value) for target in targets if isinstance(target, ast.Name))
    return found
