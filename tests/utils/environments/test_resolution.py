from __future__ import annotations

import shutil
import sys
import venv
from pathlib import Path

import msgspec
import pytest

from voxweft.utils.environments.command import install
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
from voxweft.utils.environments.resolution import Environments, Location, MissingRequirement
from voxweft.utils.environments.store import EnvironmentStore, python_of
from voxweft.utils.settings import EnvironmentChoice, Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec

RUNNING = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))
SPEC = EngineSpec(
    schema=1,
    name="morse",
    title="Morse code",
    task="speech",
    adapter="adapter:Morse",
    adapter_version=1,
    license="MIT",
    deterministic=True,
    native_sample_rate=16000,
    folder="/engines/morse",
)
HERE = msgspec.structs.replace(SPEC, requirements=("pytest",), distributions=("pytest",))
ELSEWHERE = msgspec.structs.replace(SPEC, requirements=("loomtone>=2",), distributions=("loomtone",))


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    return EnvironmentStore(tmp_path / "environments")


def build(store: EnvironmentStore, versions: dict[str, str], base: str = sys.executable) -> Path:
    """Publish an environment with the metadata of these packages."""
    folder = store.new_build(SPEC.name)
    venv.create(folder, symlinks=True)
    site = next(iter(folder.glob("[Ll]ib*/python*/site-packages" if sys.platform != "win32" else "Lib/site-packages")))
    for name, version in versions.items():
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    record = EnvironmentRecord(
        schema=RECORD_SCHEMA,
        engine=SPEC.name,
        python=RUNNING,
        base=base,
        installer="uv 1",
        built_at="2026-01-01T00:00:00Z",
        requirements=ELSEWHERE.requirements,
        constraints=(),
        extra=(),
        versions=versions,
    )
    store.publish(SPEC.name, folder, record)
    return folder


def choosing(store: EnvironmentStore | None, **choices: EnvironmentChoice) -> Environments:
    return Environments(store, {name.replace("every", ""): choice for name, choice in choices.items()})


def missing_of(environments: Environments, spec: EngineSpec) -> MissingRequirement:
    resolution = environments.resolve(spec)
    assert resolution.location is None
    assert resolution.missing is not None
    with pytest.raises(LookupError) as caught:
        environments.resolved(spec)
    assert str(caught.value) == f"engine 'morse' can't run here: {resolution.missing.what}; {resolution.missing.fix}"
    return resolution.missing


def test_a_suitable_host_takes_precedence(store: EnvironmentStore) -> None:
    build(store, {"loomtone": "2.1"})
    resolution = Environments(store).resolve(HERE)
    assert resolution == (Location("host", "", RUNNING), None, ())
    assert Environments(store).resolved(HERE) is HERE


def test_an_unsuitable_host_leads_to_the_own_environment(store: EnvironmentStore) -> None:
    folder = build(store, {"loomtone": "2.1"})
    environments = Environments(store)
    resolution = environments.resolve(ELSEWHERE)
    assert resolution.location == Location("own", str(python_of(folder)), RUNNING)
    assert resolution.missing is None
    assert [problem.kind for problem in resolution.host_problems] == ["missing"]
    resolved = environments.resolved(ELSEWHERE)
    assert resolved == msgspec.structs.replace(ELSEWHERE, interpreter=str(python_of(folder)))
    assert environments.versions(resolved) == {"loomtone": "2.1"}
    assert environments.versions(ELSEWHERE) == {"loomtone": ""}, "as in the host, where it isn't"


def test_an_environment_that_is_not_built_yet(store: EnvironmentStore) -> None:
    missing = missing_of(Environments(store), ELSEWHERE)
    assert missing.fix == "voxweft engines install morse"
    assert "loomtone" in missing.what
    assert missing_of(Environments(), ELSEWHERE) == missing, "there needn't be a store"


def test_a_build_and_its_removal_take_effect_at_once(store: EnvironmentStore) -> None:
    environments = Environments(store)
    assert environments.resolve(ELSEWHERE).location is None
    build(store, {"loomtone": "2.0"})
    assert environments.resolve(ELSEWHERE).location is not None
    second = build(store, {"loomtone": "2.1"})
    resolved = environments.resolved(ELSEWHERE)
    assert resolved.interpreter == str(python_of(second))
    assert environments.versions(resolved) == {"loomtone": "2.1"}
    store.remove(SPEC.name)
    assert environments.resolve(ELSEWHERE).location is None


def test_an_outdated_environment_is_reported(store: EnvironmentStore) -> None:
    """An update of Voxweft may add requirements to an engine after its environment was built."""
    build(store, {"loomtone": "1.9"})
    missing = missing_of(Environments(store), ELSEWHERE)
    assert missing.what.startswith("its environment no longer meets its requirements: ")
    assert "1.9" in missing.what
    assert missing.fix == "voxweft engines install morse"


def test_an_environment_whose_python_is_gone(store: EnvironmentStore, tmp_path: Path) -> None:
    folder = build(store, {"loomtone": "2.1"}, base="/gone/bin/python3")
    python_of(folder).unlink()
    python_of(folder).symlink_to(tmp_path / "gone" / "python3")
    missing = missing_of(Environments(store), ELSEWHERE)
    assert missing == MissingRequirement(
        "the Python that its environment was made from is gone (/gone/bin/python3)", "voxweft engines install morse"
    )


def test_a_python_outside_the_range(store: EnvironmentStore) -> None:
    spec = msgspec.structs.replace(HERE, python="<3")
    missing = missing_of(Environments(store), spec)
    assert f"<3, and this is {RUNNING}" in missing.what
    assert missing.fix == "voxweft engines install morse"


@pytest.mark.parametrize("choices", [{"every": "own"}, {"morse": "own"}, {"every": "host", "morse": "own"}])
def test_the_user_chooses_the_own_environment(store: EnvironmentStore, choices: dict[str, EnvironmentChoice]) -> None:
    environments = choosing(store, **choices)
    missing = missing_of(environments, HERE)
    assert missing.what == "it is set to run in its own environment, which isn't built"
    assert missing.fix == "voxweft engines install morse"
    folder = build(store, {"pytest": "8.0"})
    resolution = environments.resolve(HERE)
    assert resolution.location == Location("own", str(python_of(folder)), RUNNING)
    assert resolution.host_problems == (), "it wasn't checked"


@pytest.mark.parametrize("choices", [{"every": "host"}, {"morse": "host"}, {"every": "own", "morse": "host"}])
def test_the_user_chooses_the_host(store: EnvironmentStore, choices: dict[str, EnvironmentChoice]) -> None:
    build(store, {"loomtone": "2.1"})
    environments = choosing(store, **choices)
    assert environments.resolve(HERE).location == Location("host", "", RUNNING)
    missing = missing_of(environments, ELSEWHERE)
    assert f"{install(sys.executable, Installed.of_host(), 'loomtone>=2')}, or unset" in missing.fix
    assert "VOXWEFT_ENVIRONMENT" in missing.fix


def test_a_choice_for_another_engine_has_no_effect(store: EnvironmentStore) -> None:
    assert choosing(store, other="own").resolve(HERE).location == Location("host", "", RUNNING)


def test_the_interpreter_in_engine_toml(store: EnvironmentStore, tmp_path: Path) -> None:
    """It takes precedence over every setting."""
    named = tmp_path / "venv"
    venv.create(named, symlinks=True)
    spec = msgspec.structs.replace(SPEC, interpreter=str(python_of(named)))
    environments = choosing(store, every="own")
    assert environments.resolve(spec).location == Location("named", spec.interpreter, RUNNING)
    assert environments.resolved(spec) is spec
    wants = msgspec.structs.replace(spec, requirements=("loomtone>=2",), distributions=("loomtone",))
    missing = missing_of(environments, wants)
    assert missing.fix == install(spec.interpreter, Installed.of_paths(()), "loomtone>=2"), "by uv: it has no pip"
    assert environments.versions(wants) == {"loomtone": ""}
    shutil.rmtree(named)
    missing = missing_of(environments, spec)
    assert missing == MissingRequirement(
        f"its interpreter '{spec.interpreter}' can't be run", "correct 'interpreter' in /engines/morse/engine.toml"
    )


def test_an_interpreter_that_is_not_a_python(store: EnvironmentStore, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    spec = msgspec.structs.replace(SPEC, interpreter=str(program), distributions=("loomtone",))
    assert missing_of(Environments(store), spec).fix == "correct 'interpreter' in /engines/morse/engine.toml"
    assert Environments(store).versions(spec) == {"loomtone": ""}


def test_only_the_first_problems_are_listed(store: EnvironmentStore) -> None:
    spec = msgspec.structs.replace(SPEC, requirements=tuple(f"loomtone{number}" for number in range(9)))
    what = missing_of(Environments(store), spec).what
    assert what.count("loomtone") == 3
    assert what.endswith("and 6 more")


def test_the_settings_configure_the_environments(tmp_path: Path) -> None:
    settings = Settings(
        cache_dir=tmp_path, environments_home=tmp_path / "own", environments={"": "host", "morse": "own"}
    )
    environments = Environments.of(settings)
    assert environments.store is not None
    assert environments.store.home == tmp_path / "own"
    assert "its own environment" in missing_of(environments, HERE).what
