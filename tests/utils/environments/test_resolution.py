from __future__ import annotations

import shutil
import sys
import venv
from pathlib import Path

import msgspec
import pytest

from voxweft.utils.environments.resolution import Environments, Lack, Place
from voxweft.utils.environments.command import install
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
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
    licence="MIT",
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
    """A published environment with these packages, as far as one can tell without importing them."""
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


def lack_of(environments: Environments, spec: EngineSpec) -> Lack:
    placing = environments.placing(spec)
    assert placing.place is None
    assert placing.lack is not None
    with pytest.raises(LookupError) as caught:
        environments.placed(spec)
    assert str(caught.value) == f"engine 'morse' can't run here: {placing.lack.what}; {placing.lack.mend}"
    return placing.lack


def test_the_host_goes_first_where_it_fits(store: EnvironmentStore) -> None:
    build(store, {"loomtone": "2.1"})
    placing = Environments(store).placing(HERE)
    assert placing == (Place("host", "", RUNNING), None, ())
    assert Environments(store).placed(HERE) is HERE


def test_its_own_where_the_host_does_not_fit(store: EnvironmentStore) -> None:
    folder = build(store, {"loomtone": "2.1"})
    environments = Environments(store)
    placing = environments.placing(ELSEWHERE)
    assert placing.place == Place("own", str(python_of(folder)), RUNNING)
    assert placing.lack is None
    assert [problem.kind for problem in placing.host] == ["missing"]
    placed = environments.placed(ELSEWHERE)
    assert placed == msgspec.structs.replace(ELSEWHERE, interpreter=str(python_of(folder)))
    assert environments.versions(placed) == {"loomtone": "2.1"}
    assert environments.versions(ELSEWHERE) == {"loomtone": ""}, "as in the host, where it isn't"


def test_one_that_is_not_built_yet(store: EnvironmentStore) -> None:
    lack = lack_of(Environments(store), ELSEWHERE)
    assert lack.mend == "voxweft engines install morse"
    assert "loomtone" in lack.what
    assert lack_of(Environments(), ELSEWHERE) == lack, "there needn't be a store"


def test_a_build_is_seen_at_once_and_so_is_its_removal(store: EnvironmentStore) -> None:
    environments = Environments(store)
    assert environments.placing(ELSEWHERE).place is None
    build(store, {"loomtone": "2.0"})
    assert environments.placing(ELSEWHERE).place is not None
    second = build(store, {"loomtone": "2.1"})
    placed = environments.placed(ELSEWHERE)
    assert placed.interpreter == str(python_of(second))
    assert environments.versions(placed) == {"loomtone": "2.1"}
    store.remove(SPEC.name)
    assert environments.placing(ELSEWHERE).place is None


def test_one_that_no_longer_holds(store: EnvironmentStore) -> None:
    """Voxweft was updated, say, and its engine wants more than what was built then."""
    build(store, {"loomtone": "1.9"})
    lack = lack_of(Environments(store), ELSEWHERE)
    assert lack.what.startswith("its environment doesn't hold any more: ")
    assert "1.9" in lack.what
    assert lack.mend == "voxweft engines install morse"


def test_one_whose_python_is_gone(store: EnvironmentStore, tmp_path: Path) -> None:
    folder = build(store, {"loomtone": "2.1"}, base="/gone/bin/python3")
    python_of(folder).unlink()
    python_of(folder).symlink_to(tmp_path / "gone" / "python3")
    lack = lack_of(Environments(store), ELSEWHERE)
    assert lack == Lack(
        "the Python that its environment was made from is gone (/gone/bin/python3)", "voxweft engines install morse"
    )


def test_a_python_that_does_not_fit(store: EnvironmentStore) -> None:
    spec = msgspec.structs.replace(HERE, python="<3")
    lack = lack_of(Environments(store), spec)
    assert f"<3, and this is {RUNNING}" in lack.what
    assert lack.mend == "voxweft engines install morse"


@pytest.mark.parametrize("choices", [{"every": "own"}, {"morse": "own"}, {"every": "host", "morse": "own"}])
def test_forced_into_its_own(store: EnvironmentStore, choices: dict[str, EnvironmentChoice]) -> None:
    environments = choosing(store, **choices)
    lack = lack_of(environments, HERE)
    assert lack.what == "it shall run in an environment of its own, and there is none"
    assert lack.mend == "voxweft engines install morse"
    folder = build(store, {"pytest": "8.0"})
    placing = environments.placing(HERE)
    assert placing.place == Place("own", str(python_of(folder)), RUNNING)
    assert placing.host == (), "it wasn't asked"


@pytest.mark.parametrize("choices", [{"every": "host"}, {"morse": "host"}, {"every": "own", "morse": "host"}])
def test_forced_into_the_host(store: EnvironmentStore, choices: dict[str, EnvironmentChoice]) -> None:
    build(store, {"loomtone": "2.1"})
    environments = choosing(store, **choices)
    assert environments.placing(HERE).place == Place("host", "", RUNNING)
    lack = lack_of(environments, ELSEWHERE)
    assert f"{install(sys.executable, Installed.of_host(), 'loomtone>=2')}, or unset" in lack.mend
    assert "VOXWEFT_ENVIRONMENT" in lack.mend


def test_a_choice_for_another_engine_is_no_choice_for_this_one(store: EnvironmentStore) -> None:
    assert choosing(store, other="own").placing(HERE).place == Place("host", "", RUNNING)


def test_the_one_that_its_author_named(store: EnvironmentStore, tmp_path: Path) -> None:
    """It goes before every setting: who wrote it knew."""
    named = tmp_path / "venv"
    venv.create(named, symlinks=True)
    spec = msgspec.structs.replace(SPEC, interpreter=str(python_of(named)))
    environments = choosing(store, every="own")
    assert environments.placing(spec).place == Place("named", spec.interpreter, RUNNING)
    assert environments.placed(spec) is spec
    wants = msgspec.structs.replace(spec, requirements=("loomtone>=2",), distributions=("loomtone",))
    lack = lack_of(environments, wants)
    assert lack.mend == install(spec.interpreter, Installed.of_paths(()), "loomtone>=2"), "by uv: it has no pip"
    assert environments.versions(wants) == {"loomtone": ""}
    shutil.rmtree(named)
    lack = lack_of(environments, spec)
    assert lack == Lack(
        f"its interpreter {spec.interpreter} can't be run", "correct 'interpreter' in /engines/morse/engine.toml"
    )


def test_an_interpreter_that_is_no_python(store: EnvironmentStore, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    spec = msgspec.structs.replace(SPEC, interpreter=str(program), distributions=("loomtone",))
    assert lack_of(Environments(store), spec).mend == "correct 'interpreter' in /engines/morse/engine.toml"
    assert Environments(store).versions(spec) == {"loomtone": ""}


def test_many_things_missing_are_not_all_said(store: EnvironmentStore) -> None:
    spec = msgspec.structs.replace(SPEC, requirements=tuple(f"loomtone{number}" for number in range(9)))
    what = lack_of(Environments(store), spec).what
    assert what.count("loomtone") == 3
    assert what.endswith("and 6 more")


def test_by_settings(tmp_path: Path) -> None:
    settings = Settings(
        cache_dir=tmp_path, environments_home=tmp_path / "own", environments={"": "host", "morse": "own"}
    )
    environments = Environments.of(settings)
    assert environments.store is not None
    assert environments.store.home == tmp_path / "own"
    assert "of its own" in lack_of(environments, HERE).what
