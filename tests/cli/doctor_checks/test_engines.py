from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from sick_environments import (
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
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, OwnEnvironment
from voxweft.utils.streaming.contract.registry import EngineRegistry

INSTALL = "voxweft engines install own"


def look(spec: EngineSpec, settings: Settings) -> list[Finding]:
    """Examine one engine alone."""
    registry = EngineRegistry()
    registry.specs = {spec.name: spec}
    return Engines(registry, settings).findings()


def look_once(spec: EngineSpec, settings: Settings) -> Finding:
    (finding,) = look(spec, settings)
    assert finding.subject == f"engine {spec.name}"
    return finding


@pytest.fixture
def own(tmp_path: Path) -> EngineSpec:
    """An engine whose package no host has."""
    return engine(tmp_path / "engines", "own", 'requirements = ["loomtone<2"]\ndistributions = ["loomtone"]\n')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose distributions are the host's, with pip and without any others."""
    folder = tmp_path / "host"
    folder.mkdir()
    distribution(folder, "pip", "25.0")
    monkeypatch.setattr(sys, "path", [str(folder), *without_site_packages()])
    return folder


# Environments


def test_an_environment_that_is_well(own: EngineSpec, settings: Settings) -> None:
    """Its worker starts there, with what it imports and nothing else of ours."""
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    finding = look_once(own, settings)
    detail = f"loomtone 1.0, its worker starts and has 0 voices, in an environment of its own (Python {RUNNING})"
    assert finding == Finding(subject="engine own", state="good", detail=detail)


def test_a_file_of_an_environment_is_gone(own: EngineSpec, settings: Settings) -> None:
    site = environment(settings.environments_home, own, {"loomtone": "1.0"})
    (site / "loomtone-1.0.dist-info" / "INSTALLER").unlink()
    finding = look_once(own, settings)
    assert (finding.state, finding.mend) == ("broken", INSTALL)
    assert finding.detail == "its environment isn't as it was built"
    assert "loomtone-1.0.dist-info/INSTALLER is missing" in finding.why


def test_a_package_of_an_environment_is_gone(own: EngineSpec, settings: Settings) -> None:
    site = environment(settings.environments_home, own, {"loomtone": "1.0"})
    for file in (site / "loomtone-1.0.dist-info").iterdir():
        file.unlink()
    (site / "loomtone-1.0.dist-info").rmdir()
    finding = look_once(own, settings)
    assert (finding.state, finding.mend) == ("broken", INSTALL)
    assert "loomtone 1.0 is missing" in finding.why


def test_an_engine_that_asks_for_something_else_now(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    later = msgspec.structs.replace(own, environment=OwnEnvironment(constraints=("loomtone!=1.1",)))
    finding = look_once(later, settings)
    assert (finding.state, finding.mend) == ("broken", INSTALL)
    assert "engine.toml" in finding.why
    never = msgspec.structs.replace(own, requirements=("loomtone>=1.5",))
    finding = look_once(never, settings)
    assert (finding.state, finding.mend) == ("broken", INSTALL)
    assert "loomtone>=1.5" in finding.why


def test_the_python_of_an_environment_is_gone(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    lose_base(settings.environments_home, "own")
    finding = look_once(own, settings)
    assert (finding.state, finding.mend) == ("broken", INSTALL)
    assert finding.detail == "the Python that its environment was made from is gone"
    assert f"Python {RUNNING} isn't at {sys.executable} any more" in finding.why


def test_an_ill_environment_that_nobody_uses(own: EngineSpec, settings: Settings) -> None:
    """The engine runs in the host, so nothing is broken."""
    plain = msgspec.structs.replace(own, requirements=(), distributions=())
    environment(settings.environments_home, plain)
    lose_base(settings.environments_home, "own")
    well, unused = look(plain, settings)
    assert well.state == "good"
    assert (unused.state, unused.mend) == ("warning", "voxweft engines remove own")
    assert "isn't used" in unused.detail


# Engines that can't run, or not here


def test_what_was_brought_should_run(own: EngineSpec, settings: Settings, host: Path) -> None:
    finding = look_once(own, settings)
    assert (finding.state, finding.detail, finding.mend) == ("broken", "can't run", INSTALL)
    assert "loomtone is missing" in finding.why


def test_a_conflict(own: EngineSpec, settings: Settings, host: Path) -> None:
    distribution(host, "loomtone", "2.1")
    finding = look_once(own, settings)
    assert (finding.state, finding.detail, finding.mend) == ("broken", "needs an environment of its own", INSTALL)
    assert "loomtone 2.1 is here" in finding.why


def test_a_wrong_python(own: EngineSpec, settings: Settings) -> None:
    finding = look_once(msgspec.structs.replace(own, python=">=3.4,<3.7"), settings)
    assert (finding.detail, finding.mend) == ("needs an environment of its own", INSTALL)
    assert finding.why == f"it needs Python 3.4 to 3.6, and this is {RUNNING}"


def test_a_user_who_wants_the_host_hears_of_the_host(own: EngineSpec, settings: Settings) -> None:
    environment(settings.environments_home, own, {"loomtone": "1.0"})
    finding = look_once(own, msgspec.structs.replace(settings, environments={"own": "host"}))
    assert finding.state == "broken"
    assert "loomtone is missing" in finding.why
    assert "VOXWEFT_ENVIRONMENT" in finding.mend


def test_what_comes_with_voxweft_is_an_offer_until_it_is_installed(settings: Settings, host: Path) -> None:
    kokoro = msgspec.structs.replace(EngineRegistry().get("kokoro"), python="")
    offer = look_once(kokoro, settings)
    assert (offer.state, offer.detail) == ("warning", "not installed yet")
    assert offer.mend == "voxweft engines install kokoro"
    for name in kokoro.distributions:
        distribution(host, name, "0.9.4")
    installed = look_once(kokoro, settings)
    assert installed.state == "broken", "it was installed, and something that it needs has gone"


# Workers


@pytest.mark.parametrize("place", ["host", "own"])
def test_a_worker_that_does_not_start(tmp_path: Path, settings: Settings, place: str) -> None:
    spec = engine(tmp_path / "ill", "own", adapter="raise RuntimeError('not today')\n" + ADAPTER)
    if place == "own":
        environment(settings.environments_home, spec)
        settings = msgspec.structs.replace(settings, environments={"own": "own"})
    finding = look_once(spec, settings)
    assert (finding.state, finding.detail) == ("broken", "its worker doesn't start")
    assert finding.why.startswith("not today")
    assert finding.mend == f"correct it in {spec.folder}"


# eSpeak NG


def test_espeak_is_not_installed(settings: Settings, host: Path) -> None:
    espeak = EngineRegistry().get("espeak")
    finding = look_once(espeak, settings)
    assert (finding.state, finding.detail) == ("broken", "eSpeak NG isn't installed completely")
    assert "espeakng-loader is missing" in finding.why
    assert finding.mend == line(sys.executable, "-m", "pip", "install", *espeak.requirements)


@pytest.mark.parametrize(("lost", "what"), [("libespeak-ng.so", "its library"), ("phontab", "its data")])
def test_espeak_lacks_a_file(settings: Settings, host: Path, lost: str, what: str) -> None:
    distribution(host, "espeakng-loader", "0.2.4", files=ESPEAK_FILES)
    (file,) = host.rglob(lost)
    file.unlink()
    finding = look_once(EngineRegistry().get("espeak"), settings)
    assert (finding.state, finding.detail) == ("broken", "eSpeak NG isn't installed completely")
    assert finding.why == f"{what} ({file}) is missing"
    again = line(sys.executable, "-m", "pip", "install", "--force-reinstall", "--no-deps", "espeakng-loader")
    assert finding.mend == again


def test_espeak_in_an_environment_of_its_own_lacks_a_file(settings: Settings) -> None:
    espeak = EngineRegistry().get("espeak")
    site = environment(settings.environments_home, espeak, {"espeakng-loader": "0.2.4"}, ESPEAK_FILES)
    (site / "espeakng_loader" / "libespeak-ng.so").unlink()
    finding = look_once(espeak, msgspec.structs.replace(settings, environments={"espeak": "own"}))
    assert (finding.state, finding.mend) == ("broken", "voxweft engines install espeak")
    assert "libespeak-ng.so" in finding.why


# Weights and recommended packages


def kokoro_here() -> EngineSpec:
    """Kokoro as it would be on any Python, of packages that can be written by hand."""
    spec = EngineRegistry().get("kokoro")
    return msgspec.structs.replace(spec, python="", requirements=("kokoro>=0.9.4",), distributions=("kokoro",))


def test_weights_that_are_not_here_yet(settings: Settings, host: Path) -> None:
    distribution(host, "kokoro", "0.9.4")
    distribution(host, "en-core-web-sm", "3.8.0")
    finding = look_once(kokoro_here(), settings)
    assert (finding.state, finding.mend) == ("warning", "voxweft models pull kokoro")
    assert "kokoro-82m" in finding.detail
    assert "MiB" in finding.why
    offline = look_once(kokoro_here(), msgspec.structs.replace(settings, offline=True))
    assert offline.mend == "unset VOXWEFT_OFFLINE, then voxweft models pull kokoro"


def test_spacys_english_model_is_missing_in_the_host(settings: Settings, host: Path) -> None:
    distribution(host, "kokoro", "0.9.4")
    model = look(kokoro_here(), settings)[1]
    assert (model.subject, model.state) == ("engine kokoro", "warning")
    assert model.detail == "spaCy's English model isn't installed"
    assert "eSpeak NG pronounces English" in model.why
    assert model.mend == line(sys.executable, "-m", "spacy", "download", "en_core_web_sm")
    for file in (host / "pip-25.0.dist-info").iterdir():
        file.unlink()
    (host / "pip-25.0.dist-info").rmdir()
    without_pip = look(kokoro_here(), settings)[1]
    (url,) = kokoro_here().environment.recommended
    arguments = ("-m", "uv", "pip", "install", "--python", sys.executable, url)
    assert without_pip.mend == line(sys.executable, *arguments), "spaCy's own download needs pip"


def test_spacys_english_model_is_missing_in_an_environment_of_its_own(settings: Settings) -> None:
    environment(settings.environments_home, kokoro_here(), {"kokoro": "0.9.4"})
    wanted = msgspec.structs.replace(settings, environments={"kokoro": "own"})
    model = look(kokoro_here(), wanted)[1]
    assert model.detail == "spaCy's English model isn't installed"
    assert model.mend == "voxweft engines install kokoro"


def test_another_recommended_package(own: EngineSpec, settings: Settings, host: Path) -> None:
    distribution(host, "loomtone", "1.0")
    spec = msgspec.structs.replace(own, environment=OwnEnvironment(recommended=("loomvoices>=3",)))
    _, extra = look(spec, settings)
    assert (extra.state, extra.detail) == ("warning", "loomvoices isn't installed")
    assert extra.mend == line(sys.executable, "-m", "pip", "install", "loomvoices>=3")
