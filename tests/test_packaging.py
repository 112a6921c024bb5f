"""The distributed forms: a complete wheel, and a checkout that works in a folder of any name."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import wave
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
AWKWARD_NAME = "vox weft-copy"
NOT_SHIPPED = {"benchmarks", "scripts", "tests"}
PROGRAMS = "Scripts" if os.name == "nt" else "bin"
MADE_BY_TOOLS = {".git", ".check", ".hypothesis", "__pycache__", "build", "dist"}


class Environment(NamedTuple):
    """A virtual environment with the dependencies of the running one and a separate Voxweft."""

    folder: Path
    python: Path

    def run(self, *command: str | Path, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it. The test fails with its output unless it exits with 0."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("VOXWEFT_", "PYTHON", "PIP_", "VIRTUAL_ENV"))
        }
        environment = {**kept, "VOXWEFT_CACHE_DIR": str(self.folder / "cache"), **variables}
        return run(*command, cwd=cwd or self.folder, env=environment)


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def project_files() -> list[Path]:
    """Return the files that git doesn't ignore, or, in a copy, those that no tool generated; relative to the root."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        names = [Path(name) for name in listing.stdout.decode().split("\0") if name]
    else:
        names = [file.relative_to(ROOT) for file in ROOT.rglob("*")]
    return sorted(
        name
        for name in names
        if (ROOT / name).is_file()
        and not any(
            part in MADE_BY_TOOLS or part.startswith(".venv") or part.endswith(".egg-info") for part in name.parts
        )
    )


def copy_project(folder: Path) -> Path:
    for name in project_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def make_environment(folder: Path) -> Environment:
    """Create an environment in which the packages of this one come last, so that its Voxweft is not used."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scheme = "nt" if os.name == "nt" else "posix_prefix"
    site = Path(sysconfig.get_path("purelib", scheme, vars={"base": str(folder), "platbase": str(folder)}))
    # The lines of a .pth file only add folders; .pth files in them (an editable install of this checkout) are not read.
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(dependencies)) + "\n", encoding="utf-8")
    return Environment(folder, folder / PROGRAMS / ("python.exe" if os.name == "nt" else "python"))


def pip_install(environment: Environment, *packages: str | Path) -> None:
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    # Packages installed elsewhere stay unchanged.
    environment.run(environment.python, "-m", "pip", "install", "--quiet", "--ignore-installed", *offline, *packages)


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = copy_project(folder / "source")
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", ".", *offline, "--wheel-dir", folder, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = make_environment(tmp_path_factory.mktemp("installed") / "environment")
    pip_install(environment, wheel)
    return environment


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("checkout") / AWKWARD_NAME)


@pytest.fixture(scope="module")
def editable(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = make_environment(tmp_path_factory.mktemp("editable") / "environment")
    pip_install(environment, "--editable", checkout)
    return environment


def voxweft_of(environment: Environment) -> Path:
    return Path(environment.run(environment.python, "-c", "import voxweft; print(voxweft.__file__)").stdout.strip())


# Metadata in the files


def test_every_package_is_listed(pyproject: dict[str, Any]) -> None:
    folders = {
        name.parent for name in project_files() if name.name == "__init__.py" and name.parts[0] not in NOT_SHIPPED
    }
    expected = {".".join(("voxweft", *folder.parts)) for folder in folders}
    listed = pyproject["tool"]["setuptools"]["packages"]
    assert set(listed) == expected
    assert listed == sorted(set(listed))


def requirement_names(file: str) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    found = [re.fullmatch(r"([\w.-]+)(?:\[\w+\])?\s*(.*)", line) for line in lines if line]
    return {match[1].lower(): match[2] for match in found if match}


def test_the_requirements_are_the_dependencies(pyproject: dict[str, Any]) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    assert [line for line in lines if line] == pyproject["project"]["dependencies"]


def test_an_engines_extra_equals_its_environment(pyproject: dict[str, Any]) -> None:
    extras = pyproject["project"]["optional-dependencies"]
    for extra in ("kokoro", "faster-whisper"):
        toml = tomllib.loads((ROOT / "engines" / extra.replace("-", "_") / "engine.toml").read_text("utf-8"))
        of_languages = toml.get("environment", {}).get("languages", {}).values()
        wanted = [*toml["requirements"], *(line for lines in of_languages for line in lines)]
        assert wanted == [item.partition(";")[0] for item in extras[extra]]


def test_the_requirements_have_no_engine_and_no_upper_bound() -> None:
    """They are installed into a user's ComfyUI and must replace no package there."""
    required = requirement_names("requirements.txt")
    assert {"msgspec", "numpy", "espeakng-loader"} <= required.keys()
    engines = {"torch", "torchaudio", "torchvision", "transformers", "kokoro", "misaki", "spacy", "faster-whisper"}
    assert not required.keys() & engines
    bounded = {name: bounds.partition(";")[0] for name, bounds in required.items()}
    assert not {name: bounds for name, bounds in bounded.items() if re.search(r"==|~=|<", bounds)}


INSTALL = re.compile(r"(?:\bpip3?|\buv|\bpipx|\bnode)\s+(?:tool\s+)?(?:install|run|download)\b[^\n`]*|\buvx\s[^\n`]*")
OURS = re.compile(r"""(?<![\w./\\-])["']?voxweft(?:\[[\w,-]+\])?["']?(?:[=<>~!].*)?$""")


def foreign(line: str) -> str | None:
    """Return the word of an install command that a registry would resolve under our name, or None."""
    found = INSTALL.search(line)
    words = found[0].split() if found else []
    return next((word for word in words[2:] if OURS.match(word)), None)


def test_foreign_install_lines_are_found() -> None:
    assert foreign('pip install "voxweft[server]"')
    assert foreign("python -m pip install --upgrade voxweft")
    assert foreign("uv tool install voxweft==0.1")
    assert foreign("comfy node install voxweft")
    assert not foreign('pip install -e ".[server]"')
    assert not foreign("pip install dist/voxweft-0.1.0-py3-none-any.whl")
    assert not foreign("voxweft engines install kokoro")


def test_no_text_installs_from_a_registry_under_our_name() -> None:
    """The package is not published, so such a line could install a stranger's package."""
    lines = []
    for name in project_files():
        if name.suffix in {".png", ".jpg", ".bin"} or name == Path("tests/test_packaging.py"):
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        lines += [f"{name}:{n}" for n, line in enumerate(text.splitlines(), 1) if foreign(line)]
    assert lines == []


def test_the_metadata_for_the_registries_is_complete(pyproject: dict[str, Any]) -> None:
    """Check the fields that PyPI shows and those that ComfyUI's registry requires."""
    project = pyproject["project"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"])
    assert project["urls"]["Repository"].startswith("https://github.com/")
    assert project["authors"]
    assert project["license"] == "GPL-3.0-or-later"
    comfy = pyproject["tool"]["comfy"]
    assert re.fullmatch(r"[a-z][a-z0-9-]*", comfy["PublisherId"])
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,99}", project["name"])
    assert comfy["DisplayName"]
    for picture in ("Icon", "Banner"):
        assert (ROOT / "docs" / "pictures" / comfy[picture].rpartition("/")[2]).is_file()


def test_the_constraints_pin_torch_and_torchaudio_of_one_release() -> None:
    pins = requirement_names("constraints.txt")
    versions = {name: pins[name].removeprefix("==").split(".") for name in ("torch", "torchaudio")}
    assert all(pins[name].startswith("==") for name in versions)
    assert versions["torch"][:2] == versions["torchaudio"][:2]


def test_the_version_is_the_same_everywhere(pyproject: dict[str, Any]) -> None:
    init = (ROOT / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{pyproject["project"]["version"]}"' in init
    assert pyproject["project"]["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# The wheel


def test_the_wheel_has_every_module_and_data_file_and_no_other(contents: set[str]) -> None:
    product = [
        name
        for name in project_files()
        if (name.suffix == ".py" and name.parts[0] not in NOT_SHIPPED)
        or (name.name in {"py.typed", "engine.toml"} and name.parts[0] not in NOT_SHIPPED)
        or name.parts[0] in {"web", "locales", "examples"}
        or name.parts[:2] in {("server", "static"), ("cli", "engine_templates")}
    ]
    expected = {f"voxweft/{name.as_posix()}" for name in product}
    assert {name for name in contents if ".dist-info/" not in name} == expected
    for name in ("py.typed", "engines/espeak/engine.toml", "examples/first-words.srt", "web/docs/VoxweftDub.md"):
        assert f"voxweft/{name}" in contents


def test_the_metadata_of_the_wheel(metadata: Message, contents: set[str], pyproject: dict[str, Any]) -> None:
    assert metadata["Name"] == "voxweft"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert metadata.get_all("License-File") == ["LICENSE"]
    required = [item for item in metadata.get_all("Requires-Dist", []) if "extra ==" not in item]
    assert len(required) == len(pyproject["project"]["dependencies"])
    (info,) = {name.partition("/")[0] for name in contents if ".dist-info/" in name}
    assert f"{info}/licenses/LICENSE" in contents


def test_the_wheel_has_the_license_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/LICENSE"))
        text = archive.read(name).decode("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text


def test_the_installed_wheel_runs(installed: Environment) -> None:
    assert installed.folder in voxweft_of(installed).parents


def test_the_installed_wheel_speaks(installed: Environment, tmp_path: Path, pyproject: dict[str, Any]) -> None:
    program = installed.folder / PROGRAMS / "voxweft"
    assert installed.run(program, "--version").stdout.strip() == pyproject["project"]["version"]
    installed.run(program, "say", "Hello there.", "-o", tmp_path / "hello.wav")
    with wave.open(str(tmp_path / "hello.wav")) as file:
        assert file.getframerate() == 22050
        assert file.getnframes() > 22050 // 4


def test_the_installed_wheel_creates_an_engine(installed: Environment, tmp_path: Path) -> None:
    program = installed.folder / PROGRAMS / "voxweft"
    installed.run(program, "engines", "new", "hum", cwd=tmp_path)
    tested = installed.run(program, "engines", "test", "hum", "--only", "repeat", cwd=tmp_path).stdout
    assert tested.endswith("hum: 4 passed, 0 failed, 0 skipped\n")


def test_the_installed_wheel_lists_its_engines(installed: Environment) -> None:
    listed = installed.run(installed.python, "-m", "voxweft", "engines", "--json").stdout
    found = json.loads(listed)
    (espeak,) = [row for row in found["engines"] if row["name"] == "espeak"]
    assert installed.folder.resolve() in Path(espeak["folder"]).parents
    assert (espeak["missing"], found["broken"]) == (None, [])


# A checkout in a folder whose name is not a valid module name


@pytest.mark.slow
def test_an_awkward_checkout_can_be_installed_editable(editable: Environment, checkout: Path, tmp_path: Path) -> None:
    assert voxweft_of(editable) == checkout / "__init__.py"
    editable.run(editable.folder / PROGRAMS / "voxweft", "say", "Hello.", "-o", tmp_path / "hello.wav")
    assert (tmp_path / "hello.wav").stat().st_size > 10_000


@pytest.mark.slow
def test_an_awkward_checkout_runs_its_tests(editable: Environment, checkout: Path) -> None:
    tests = editable.run(editable.python, "-m", "pytest", "-q", "tests/media/audio/test_pcm.py", cwd=checkout).stdout
    assert re.search(r"^\d+ passed", tests, re.MULTILINE), tests


def test_an_awkward_checkout_passes_the_linter(checkout: Path) -> None:
    pytest.importorskip("ruff")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_awkward_checkout_is_type_checked_under_its_own_name(checkout: Path) -> None:
    """Use scripts/check.py on one invalid module instead of the package, in seconds instead of minutes."""
    pytest.importorskip("mypy")
    wrong = checkout / "utils" / "wrong.py"
    wrong.write_text('def size() -> int:\n    return "large"\n', encoding="utf-8")
    program = "import check; check.types('--follow-imports=skip', '-m', 'voxweft.utils.wrong')"
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout / "scripts")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        wrong.unlink()
    assert done.returncode == 1
    assert re.search(r"utils/wrong\.py:2: error: Incompatible return value", done.stdout), done.stdout + done.stderr
    assert done.stdout.count("Found 1 error in 1 file") == 2, "once for each platform"


_HOST_PROGRAM = """
import importlib, importlib.util, json, os, sys
from pathlib import Path

folder, engines, cache = map(Path, sys.argv[1:])
name = str(folder).replace(".", "_x_")
spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
path_before, environment_before = list(sys.path), dict(os.environ)
spec.loader.exec_module(module)

part = lambda dotted: importlib.import_module(f"{name}.{dotted}")
settings = part("utils.settings").Settings(cache_dir=cache, engine_folders=(engines,))
runtime = part("utils.streaming.runtime").Runtime(settings)
speak_job, Speaker = part("jobs.speak").speak, part("jobs.voices").Speaker
run = part("jobs.run").run

def speak(engine):
    job = speak_job("Good morning.", Speaker(engine=engine), runtime.registry)
    return sum(block.size for block in run(job, runtime))

n_samples = speak("espeak")
try:
    speak("where")
except part("utils.streaming.contract.errors").SegmentError as error:
    where = error.failure.message
runtime.close()
print(json.dumps({
    "n_samples": n_samples,
    "where": where,
    "own_name_used": "voxweft" in sys.modules,
    "host_unchanged": sys.path == path_before and dict(os.environ) == environment_before,
}))
"""

_WHERE_TOML = """
schema = 1
name = "where"
title = "Reports the path of its worker's Voxweft"
task = "speech"
adapter = "adapter:Where"
adapter_version = 1
license = "GPL-3.0-or-later"
deterministic = true
native_sample_rate = 8000
"""

_WHERE_ADAPTER = """
import voxweft
from voxweft.utils.streaming import LoadedModel, StreamingAdapter

class Where(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=8000)

    def stream(self, segment, cancelled):
        raise ValueError(voxweft.__file__)
"""


def test_an_awkward_checkout_speaks_under_a_foreign_name(checkout: Path, tmp_path: Path) -> None:
    """Load it like ComfyUI: by path, under a name made from the path. Its workers run only this copy."""
    engine = tmp_path / "engines" / "where"
    engine.mkdir(parents=True)
    (engine / "engine.toml").write_text(_WHERE_TOML, encoding="utf-8")
    (engine / "adapter.py").write_text(_WHERE_ADAPTER, encoding="utf-8")
    command = (sys.executable, "-c", _HOST_PROGRAM, checkout, engine.parent, tmp_path / "cache")
    result = json.loads(run(*command, cwd=tmp_path).stdout)
    assert result["n_samples"] > 22050 // 4
    assert Path(result["where"]) == checkout / "__init__.py"
    assert not result["own_name_used"]
    assert result["host_unchanged"]
