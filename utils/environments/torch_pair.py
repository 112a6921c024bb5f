"""Whether torch and torchaudio belong together, found without importing either."""

from __future__ import annotations

import ast
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from .installed import Distribution, Installed

_STABLE = Version("2.11")
"""From here on, torchaudio is built for a torch of its release and all later ones (its installation page says so)."""
_LENIENT = Version("2.11.1")
"""From here on, torchaudio loads beside a torch of another minor version of CUDA (its release notes)."""
_PROVEN = "2.11.0"
_TORCHAUDIO_OF = {"2.0.0": "2.0.1", "2.0.1": "2.0.2"}
"""Where the numbers of a pair differ, by torch's; torch 1.x goes with torchaudio 0.x."""


class TorchPair(NamedTuple):
    """An installed torch and torchaudio: their versions, and the CUDA that each was built for, "" for none or unknown.

    `fault` says why they don't belong together, "" if they do, and `mend` what to have an installer do about it, as its
    arguments.
    """

    torch: str
    torchaudio: str
    torch_cuda: str
    torchaudio_cuda: str
    fault: str
    mend: str


class _Build(NamedTuple):
    """What a package was built for: `cpu`, `cuda` or `rocm`, "" where nothing says so; and the version of that."""

    kind: str
    version: str

    def __str__(self) -> str:
        return {"cpu": "the CPU alone", "cuda": f"CUDA {self.version}", "rocm": f"ROCm {self.version}"}[self.kind]


def torch_pair(installed: Installed) -> TorchPair | None:
    """Return what torch and torchaudio are to each other, None unless both are there.

    The versions are those of their metadata; what they were built for stands in their version.py, which is read and not
    run, or in the local part of their version. They belong together if they are of one release, or torchaudio is at
    least 2.11 and torch no older than that, and if torchaudio's libraries find those of torch that they were linked to:
    one for CUDA or ROCm needs a torch for the same, while one for the CPU alone loads beside any.
    """
    torch, torchaudio = installed.get("torch"), installed.get("torchaudio")
    if torch is None or torchaudio is None:
        return None
    built, built_audio = _build(torch), _build(torchaudio)
    fault, mend = _verdict(torch.version, torchaudio.version, built, built_audio)
    cuda, cuda_audio = (build.version if build.kind == "cuda" else "" for build in (built, built_audio))
    return TorchPair(torch.version, torchaudio.version, cuda, cuda_audio, fault, mend)


def _verdict(torch: str, torchaudio: str, built: _Build, built_audio: _Build) -> tuple[str, str]:
    try:
        version, version_audio = Version(torch), Version(torchaudio)
    except InvalidVersion:
        return "", ""
    if not _of_one_release(version, version_audio):
        fault = f"torchaudio {torchaudio} was built for another torch than {torch}, which is here"
        return fault, _install(version)
    if not built.kind or not _lacks_libraries(built, built_audio, version_audio):
        return "", ""
    fault = f"torchaudio {torchaudio} was built for {built_audio}, and torch {torch} for {built}"
    # By their numbers alone both would be there already.
    return fault, _install(version).replace("install", "install --force-reinstall", 1)


def _of_one_release(torch: Version, torchaudio: Version) -> bool:
    if torchaudio.release[:2] >= _STABLE.release:
        return torch.release[:2] >= torchaudio.release[:2]
    major = 0 if torch.major == 1 else torch.major
    return (torchaudio.major, torchaudio.minor) == (major, torch.minor)


def _lacks_libraries(built: _Build, built_audio: _Build, torchaudio: Version) -> bool:
    """Whether torchaudio's libraries refuse a torch that was built for that."""
    if built_audio.kind not in ("cuda", "rocm"):
        return False
    if built.kind != built_audio.kind:
        return True
    parts = 2 if built.kind == "cuda" and torchaudio < _LENIENT else 1
    return built.version.split(".")[:parts] != built_audio.version.split(".")[:parts]


def _install(torch: Version) -> str:
    if torch.release[:2] > _STABLE.release:
        # A torchaudio of that release there is none, and this pair is known to be built alike.
        return f"install torch=={_PROVEN} torchaudio=={_PROVEN}"
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
    """Return the constants that a package's version.py sets; none if that can't be read."""
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
