"""Wheels for tests that build environments offline: tiny handwritten ones, and repacked installed packages."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from voxweft.jobs.install.build import WORKER_REQUIREMENTS
from voxweft.utils.environments.store import EnvironmentStore
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, OwnEnvironment

_INSTALLERS_OWN = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")
ENGINE = "speaker"


def ignore_progress(_message: str, _fraction: float | None) -> None:
    """Ignore progress."""


def _write(file: Path, contents: Mapping[str, bytes], dist_info: str) -> Path:
    record = io.StringIO()
    # Stored without compression, which is faster.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as wheel:
        for name, data in contents.items():
            wheel.writestr(name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            quoted = f'"{name}"' if "," in name else name
            record.write(f"{quoted},sha256={digest},{len(data)}\n")
        wheel.writestr(f"{dist_info}/RECORD", f"{record.getvalue()}{dist_info}/RECORD,,\n")
    return file


class Wheelhouse:
    """A folder of wheels, configured for installers by a user's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        name: str,
        version: str = "1.0",
        *,
        requires: Sequence[str] = (),
        modules: Mapping[str, str] | None = None,
        python: str = "",
    ) -> Path:
        """Write a wheel of pure Python. By default it has one module of its name, with its version."""
        stem = name.replace("-", "_")
        sources = {f"{stem}.py": f"__version__ = {version!r}\n"} if modules is None else modules
        dist_info = f"{stem}-{version}.dist-info"
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        lines += [f"Requires-Python: {python}"] if python else []
        contents = {path: text.encode() for path, text in sources.items()}
        contents[f"{dist_info}/METADATA"] = ("\n".join(lines) + "\n").encode()
        contents[f"{dist_info}/WHEEL"] = (
            b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        return _write(self.folder / f"{stem}-{version}-py3-none-any.whl", contents, dist_info)

    def repack(self, name: str) -> Path:
        """Repack an installed package of the running Python as a wheel."""
        found = importlib.metadata.distribution(name)
        description = found.read_text("WHEEL") or ""
        tag = next(line.partition(":")[2].strip() for line in description.splitlines() if line.startswith("Tag:"))
        contents = {}
        dist_info = ""
        for file in found.files or ():
            if file.parts[0].endswith(".dist-info"):
                dist_info = file.parts[0]
                if file.name in _INSTALLERS_OWN:
                    continue
            # Programs are outside of the folder; the installer creates them from the entry points.
            if ".." not in file.parts and file.suffix != ".pyc":
                contents[file.as_posix()] = Path(file.locate()).read_bytes()
        stem = dist_info.removesuffix(".dist-info")
        return _write(self.folder / f"{stem}-{tag}.whl", contents, dist_info)

    def stand_ins(self) -> None:
        """Add an empty package for each requirement of a worker, for tests that start no worker."""
        for requirement in map(Requirement, WORKER_REQUIREMENTS):
            lowest = next(iter(requirement.specifier)).version
            self.add(requirement.name, lowest)

    def use(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        """Make this folder the only source of installers, with a separate cache."""
        for name, value in variables(self.folder, cache).items():
            monkeypatch.setenv(name, value)


def variables(folder: Path, cache: Path) -> dict[str, str]:
    """Return the variables that make installers use only the wheels of a folder.

    uv has no variable that disables the index, only a setting.
    """
    cache.mkdir(parents=True, exist_ok=True)
    settings = cache / "uv.toml"
    settings.write_text("no-index = true\n", encoding="utf-8")
    return {
        "UV_CONFIG_FILE": str(settings),
        "UV_FIND_LINKS": str(folder),
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(cache / "uv"),
    }


@pytest.fixture(scope="session")
def real_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels for the running Python: the requirements of a worker and of the tests' engines."""
    house = Wheelhouse(tmp_path_factory.mktemp("real-wheels"))
    for requirement in map(Requirement, WORKER_REQUIREMENTS):
        if requirement.marker is None or requirement.marker.evaluate():
            house.repack(requirement.name)
    house.repack("xxhash")
    return house.folder


@pytest.fixture(scope="session")
def installers_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the installers that all tests share, separate from the user's."""
    return tmp_path_factory.mktemp("installers-cache")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """A folder of tiny wheels, the only source of installers, with stand-ins for the requirements of a worker.

    Each test has a separate cache, because wheels of the same name and version differ between tests.
    """
    house = Wheelhouse(tmp_path / "wheels")
    house.stand_ins()
    house.use(monkeypatch, tmp_path / "cache")
    return house


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    """An empty store of environments."""
    return EnvironmentStore(tmp_path / "environments")


def engine(
    *requirements: str,
    name: str = ENGINE,
    python: str = "",
    own: Sequence[str] = (),
    constraints: Sequence[str] = (),
    recommended: Sequence[str] = (),
    overrides: Sequence[str] = (),
    excludes: Sequence[str] = (),
    without_dependencies: Sequence[str] = (),
    languages: Mapping[str, Sequence[str]] | None = None,
) -> EngineSpec:
    """Return the description of an engine with these requirements; it has no code."""
    return EngineSpec(
        schema=1,
        name=name,
        title=name,
        task="speech",
        adapter="adapter:Adapter",
        adapter_version=1,
        license="MIT",
        deterministic=True,
        native_sample_rate=24_000,
        requirements=requirements,
        python=python,
        environment=OwnEnvironment(
            requirements=tuple(own),
            constraints=tuple(constraints),
            recommended=tuple(recommended),
            overrides=tuple(overrides),
            excludes=tuple(excludes),
            without_dependencies=tuple(without_dependencies),
            languages={language: tuple(lines) for language, lines in (languages or {}).items()},
        ),
    )


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the modification time and digest of every file in a folder, except compiled Python."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
