from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from broken_installations import (
    ADAPTER,
    ESPEAK_FILES,
    RUNNING,
    distribution,
    engine,
    environment,
    lose_base,
    settings_in,
    without_site_packages,
)

from voxweft.cli.doctor_checks import Finding
from voxweft.cli.doctor_checks.engines import Engines
from voxweft.utils.environments.command import line
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, OwnEnvironment
from voxweft.utils.streaming.contract.registry import EngineRegistry

INSTALL = "voxweft engines install own"


def check(spec: EngineSpec, settings: Settings) -> list[Finding]:
    """Examine one engine alone."""
    registry = EngineRegistry()
    registry.specs = {spec.name: spec}
    return Engines(registry, settings).findings()


def check_once(spec: EngineSpec, settings: Settings) -> Finding:
    (finding,) = check(spec, settings)
    assert finding.subject == f"engine {spec.name}"
    return finding


@pytest.fixture
def own(tmp_path: Path) -> EngineSpec:
    """An engine whose package is not installed in the host."""
    return engine(tmp_path / "engines", "own", 'requirements = ["loomtone<2"]\ndistributions = ["loomtone"]\n')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose distributions are the host's: pip and nothing else."""
    folder = tmp_path / "host"
    folder.mkdir()
    distribution(folder, "pip", "25.0")
    monkeypatch.setattr(sys, "path", [str(folder), *without_site_packages()])
    return folder


# Environments


def test_an_intact_environment(own: EngineSpec, settings: Settings) -> None:
    """Its worker starts there, with its own packages."""
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    finding = check_once(own, settings)
    detail = f"loomtone 1.0, its worker starts and has 0 voices, in its own environment (Python {RUNNING})"
    assert finding == Finding(subject="engine own", state="good", detail=detail)


def test_a_missing_file_of_an_environment(own: EngineSpec, settings: Settings) -> None:
    site = environment(settings.environments_home, own, {"loomtone": "1.0"})
    (site / "loomtone-1.0.dist-info" / "INSTALLER").unlink()
    finding = check_once(own, settings)
    assert (finding.state, finding.fix) == ("broken", INSTALL)
    assert finding.detail == "its environment is damaged or outdated"
    assert "loomtone-1.0.dist-info/INSTALLER is missing" in finding.why


def test_a_missing_package_of_an_environment(own: EngineSpec, settings: Settings) -> None:
    site = environment(settings.environments_home, own, {"loomtone": "1.0"})
    for file in (site / "loomtone-1.0.dist-info").iterdir():
        file.unlink()
    (site / "loomtone-1.0.dist-info").rmdir()
    finding = check_once(own, settings)
    assert (finding.state, finding.fix) == ("broken", INSTALL)
    assert "loomtone 1.0 is missing" in finding.why


def test_changed_requirements(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    later = msgspec.structs.replace(own, environment=OwnEnvironment(constraints=("loomtone!=1.1",)))
    finding = check_once(later, settings)
    assert (finding.state, finding.fix) == ("broken", INSTALL)
    assert "engine.toml" in finding.why
    never = msgspec.structs.replace(own, requirements=("loomtone>=1.5",))
    finding = check_once(never, settings)
    assert (finding.state, finding.fix) == ("broken", INSTALL)
    assert "loomtone>=1.5" in finding.why


def test_the_missing_base_python_of_an_environment(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    lose_base(settings.environments_home, "own")
    finding = check_once(own, settings)
    assert (finding.state, finding.fix) == ("broken", INSTALL)
    assert finding.detail == "the base Python of its environment is missing"
    assert f"Python {RUNNING} is no longer at {sys.executable}" in finding.why


def test_a_damaged_environment_that_is_not_used(own: EngineSpec, settings: Settings) -> None:
    """The engine runs in the host, so it is only a warning."""
    plain = msgspec.structs.replace(own, requirements=(), distributions=())
    environment(settings.environments_home, plain)
    lose_base(settings.environments_home, "own")
    good, unused = check(plain, settings)
    assert good.state == "good"
    assert (unused.state, unused.fix) == ("warning", "voxweft engines remove own")
    assert "not used" in unused.detail


# Engines that can't run, or not here


def test_a_third_party_engine_should_run(own: EngineSpec, settings: Settings, host: Path) -> None:
    finding = check_once(own, settings)
    assert (finding.state, finding.detail, finding.fix) == ("broken", "can't run", INSTALL)
    assert "loomtone is missing" in finding.why


def test_a_conflict(own: EngineSpec, settings: Settings, host: Path) -> None:
    distribution(host, "loomtone", "2.1")
    finding = check_once(own, settings)
    assert (finding.state, finding.detail, finding.fix) == ("broken", "needs its own environment", INSTALL)
    assert "loomtone 2.1 is installed" in finding.why


def test_an_unsupported_python(own: EngineSpec, settings: Settings) -> None:
    finding = check_once(msgspec.structs.replace(own, python=">=3.4,<3.7"), settings)
    assert (finding.detail, finding.fix) == ("needs its own environment", INSTALL)
    assert finding.why == f"it needs Python 3.4 to 3.6, but this is {RUNNING}"


def test_the_host_selected_by_a_setting(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    finding = check_once(own, msgspec.structs.replace(settings, environments={"own": "host"}))
    assert finding.state == "broken"
    assert "loomtone is missing" in finding.why
    assert "VOXWEFT_ENVIRONMENT" in finding.fix


def test_a_built_in_engine_is_optional_until_it_is_installed(settings: Settings, host: Path) -> None:
    kokoro = EngineRegistry().get("kokoro")
    kokoro = msgspec.structs.replace(kokoro, python="", requirements=(*kokoro.requirements, "loomtone"))
    optional = check_once(kokoro, settings)
    assert (optional.state, optional.detail) == ("warning", "not installed yet")
    assert optional.fix == "voxweft engines install kokoro"
    for name in kokoro.distributions:
        distribution(host, name, "0.9.4")
    installed = check_once(kokoro, settings)
    assert installed.state == "broken", "it was installed, and a requirement is missing now"


# Workers


@pytest.mark.parametrize("place", ["host", "own"])
def test_a_worker_that_does_not_start(tmp_path: Path, settings: Settings, place: str) -> None:
    spec = engine(tmp_path / "failing", "own", adapter="raise RuntimeError('not today')\n" + ADAPTER)
    if place == "own":
        environment(settings.environments_home, spec)
        settings = msgspec.structs.replace(settings, environments={"own": "own"})
    finding = check_once(spec, settings)
    assert (finding.state, finding.detail) == ("broken", "its worker does not start")
    assert finding.why.startswith("not today")
    assert finding.fix == f"correct the engine in {spec.folder}"


# eSpeak NG


def test_espeak_is_not_installed(settings: Settings, host: Path) -> None:
    espeak = EngineRegistry().get("espeak")
    finding = check_once(espeak, settings)
    assert (finding.state, finding.detail) == ("broken", "eSpeak NG is not installed completely")
    assert "espeakng-loader is missing" in finding.why
    assert finding.fix == line(sys.executable, "-m", "pip", "install", *espeak.requirements)


@pytest.mark.parametrize(("lost", "what"), [("libespeak-ng.so", "its library"), ("phontab", "its data")])
def test_a_missing_file_of_espeak(settings: Settings, host: Path, lost: str, what: str) -> None:
    distribution(host, "espeakng-loader", "0.2.4", files=ESPEAK_FILES)
    (file,) = host.rglob(lost)
    file.unlink()
    finding = check_once(EngineRegistry().get("espeak"), settings)
    assert (finding.state, finding.detail) == ("broken", "eSpeak NG is not installed completely")
    assert finding.why == f"{what} ({file}) is missing"
    again = line(sys.executable, "-m", "pip", "install", "--force-reinstall", "--no-deps", "espeakng-loader")
    assert finding.fix == again


def test_a_missing_file_of_espeak_in_its_own_environment(settings: Settings) -> None:
    espeak = EngineRegistry().get("espeak")
    site = environment(settings.environments_home, espeak, {"espeakng-loader": "0.2.4"}, ESPEAK_FILES)
    (site / "espeakng_loader" / "libespeak-ng.so").unlink()
    finding = check_once(espeak, msgspec.structs.replace(settings, environments={"espeak": "own"}))
    assert (finding.state, finding.fix) == ("broken", "voxweft engines install espeak")
    assert "libespeak-ng.so" in finding.why


# Weights and recommended packages


def kokoro_here() -> EngineSpec:
    """Kokoro for any Python, with packages that the test can write."""
    spec = EngineRegistry().get("kokoro")
    return msgspec.structs.replace(spec, python="", requirements=("kokoro>=0.9.4",), distributions=("kokoro",))


def test_weights_that_are_not_downloaded(settings: Settings, host: Path) -> None:
    distribution(host, "kokoro", "0.9.4")
    distribution(host, "en-core-web-sm", "3.8.0")
    finding = check_once(kokoro_here(), settings)
    assert (finding.state, finding.fix) == ("warning", "voxweft models pull kokoro")
    assert "kokoro-82m" in finding.detail
    assert "MiB" in finding.why
    offline = check_once(kokoro_here(), msgspec.structs.replace(settings, offline=True))
    assert offline.fix == "unset VOXWEFT_OFFLINE, then voxweft models pull kokoro"
    restricted = msgspec.structs.replace(kokoro_here(), models={"kokoro-82m": ModelSpec(license="CC-BY-NC-4.0")})
    finding = check_once(restricted, settings)
    assert finding.why.startswith("their license must be accepted first: CC-BY-NC-4.0 (no commercial use), https://")
    assert (finding.state, finding.fix) == ("warning", "voxweft models pull kokoro --accept-license cc-by-nc-4.0")
    finding = check_once(restricted, msgspec.structs.replace(settings, commercial=True))
    assert (finding.state, finding.detail) == ("warning", "not for commercial use")


def test_spacys_english_model_is_missing_in_the_host(settings: Settings, host: Path) -> None:
    distribution(host, "kokoro", "0.9.4")
    model = check(kokoro_here(), settings)[1]
    assert (model.subject, model.state) == ("engine kokoro", "warning")
    assert model.detail == "spaCy's English model is not installed"
    assert "eSpeak NG pronounces English" in model.why
    assert model.fix == line(sys.executable, "-m", "spacy", "download", "en_core_web_sm")
    for file in (host / "pip-25.0.dist-info").iterdir():
        file.unlink()
    (host / "pip-25.0.dist-info").rmdir()
    without_pip = check(kokoro_here(), settings)[1]
    (url,) = kokoro_here().environment.recommended
    arguments = ("-m", "uv", "pip", "install", "--python", sys.executable, url)
    assert without_pip.fix == line(sys.executable, *arguments), "spaCy's own download needs pip"


def test_spacys_english_model_is_missing_in_its_own_environment(settings: Settings) -> None:
    environment(settings.environments_home, kokoro_here(), {"kokoro": "0.9.4"})
    wanted = msgspec.structs.replace(settings, environments={"kokoro": "own"})
    model = check(kokoro_here(), wanted)[1]
    assert model.detail == "spaCy's English model is not installed"
    assert model.fix == "voxweft engines install kokoro"


def test_another_recommended_package(own: EngineSpec, settings: Settings, host: Path) -> None:
    distribution(host, "loomtone", "1.0")
    spec = msgspec.structs.replace(own, environment=OwnEnvironment(recommended=("loomvoices>=3",)))
    _, extra = check(spec, settings)
    assert (extra.state, extra.detail) == ("warning", "loomvoices is not installed")
    assert extra.fix == line(sys.executable, "-m", "pip", "install", "loomvoices>=3")
