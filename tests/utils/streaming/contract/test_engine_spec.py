"""What `engine.toml` says of models, recordings and environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, read_spec
from voxweft.utils.streaming.contract.errors import SpecError

HEAD = """
schema = 1
name = "x"
title = "X"
task = "speech"
adapter = "adapter:X"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 24000
"""


def spec_of(folder: Path, text: str) -> EngineSpec:
    (folder / "adapter.py").touch()
    (folder / "engine.toml").write_text(HEAD + text)
    return read_spec(folder)


def test_models_differ_in_languages_license_tags_and_recordings(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        'capabilities = ["reference"]\ntags = ["laugh"]\ndefault_model = "big"\n[reference]\nmax_s = 10.0\n'
        '[models.big]\nlanguages = ["de", "en"]\nlicense = "CC-BY-NC-4.0"\nparams = { depth = 12 }\n'
        '[models.big.reference]\nmin_s = 5.1\nlufs = -27.0\n[models.small]\nlanguages = ["en"]\ntags = []\n',
    )
    assert spec.languages == ("de", "en")
    big, small = spec.facts(""), spec.facts("small")
    assert (big.languages, big.license, big.commercial, big.params) == (
        ("de", "en"), "CC-BY-NC-4.0", False, {"depth": 12},
    )  # fmt: skip
    assert (big.tags, small.tags, small.license, small.commercial) == (("laugh",), (), "MIT", True)
    assert big.reference is not None
    assert (big.reference.min_s, big.reference.max_s, big.reference.lufs) == (5.1, 120.0, -27.0)
    assert small.reference == spec.reference


def test_a_package_that_may_be_absent_decides_too(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, 'distributions = ["always"]\noptional_distributions = ["extra"]\n')
    assert spec.deciding_distributions == ("always", "extra")


def test_models_as_a_list_of_names(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, 'models = ["one", "two"]\ndefault_model = "two"\nlanguages = ["en"]\n')
    assert list(spec.models) == ["one", "two"]
    assert spec.facts("one").languages == ("en",)


def test_the_language_picks_the_model(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        'default_model = "a"\n[models.a]\nlanguages = ["en"]\n[models.b]\nlanguages = ["de", "en"]\n'
        '[models.c]\nlanguages = ["de", "fr"]\n[model_aliases]\nbee = "b"\n',
    )
    chosen = {tag: spec.model_for("", tag) for tag in (None, "en-GB", "de", "de-CH", "fr")}
    assert chosen == {None: "a", "en-GB": "a", "de": "b", "de-CH": "b", "fr": "c"}
    assert [spec.model_for("bee", tag) for tag in (None, "de")] == ["b", "b"]
    for name, language, message in (
        ("a", "de", "model 'a' of engine 'x' doesn't have language 'de'; use model b or c$"),
        ("bee", "fr", "model 'b' of engine 'x' doesn't have language 'fr'; use model c$"),
        ("", "ja", "engine 'x' doesn't have language 'ja'$"),
        ("", "e", "engine 'x' doesn't have language 'e'$"),
    ):
        with pytest.raises(ValueError, match=message):
            spec.model_for(name, language)


def test_an_engine_that_states_no_languages_may_have_any(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, 'models = ["a", "b"]\ndefault_model = "b"\n')
    assert [spec.model_for(name, "de") for name in ("", "a")] == ["b", "a"]
    assert spec_of(tmp_path, "").model_for("", "de") == ""


def test_options_of_jobs_are_no_parameters(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, '[low_latency]\nstreaming = "tokens"\n[params.streaming]\ndefault = "whole"\n')
    assert spec.complete(dict(spec.low_latency)) == {"streaming": "tokens"}
    with pytest.raises(ValueError, match="use --low-latency"):
        spec.complete({"low_latency": True})
    with pytest.raises(ValueError, match="use --pause-scale"):
        spec.complete({"pause_scale": 0.5})


@pytest.mark.parametrize(
    ("license_", "commercial"),
    [
        ("MIT", True),
        ("CC-BY-4.0", True),
        ("CC-BY-NC-4.0", False),
        ("cc-by-nc-sa-4.0", False),
        ("Some Non-Commercial License", False),
        ("noncommercial", False),
        ("NCSA", True),
        ("", True),
    ],
)
def test_licenses_that_exclude_commercial_use(license_: str, commercial: bool) -> None:
    assert ModelSpec(license=license_).commercial is commercial


def test_a_setting_may_change_the_sample_rate(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        "[params.wide]\ndefault = true\nsample_rates = { false = 16000 }\n"
        '[params.quality]\ndefault = "high"\nchoices = ["high", "low"]\nsample_rates = { low = 8000 }\n',
    )
    assert spec.sample_rate_of({}) == 24000
    assert spec.sample_rate_of({"wide": False}) == 16000
    assert spec.sample_rate_of({"wide": True, "quality": "low"}) == 8000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[reference]\nmin_s = 1.0\n", "needs the capability"),
        ('capabilities = ["reference"]\n[reference]\nmin_s = 20.0\nmax_s = 10.0\n', "min_s"),
        ('capabilities = ["reference"]\n[reference]\nlufs = -20.0\nrms = 0.1\n', "lufs or rms"),
        ('capabilities = ["reference"]\n[models.a.reference]\nmin_s = -1.0\n', "min_s"),
        ('capabilities = ["duration", "estimate"]\n', "'duration' needs 'speed'"),
        ('default_model = "b"\n[models.a]\n', "default_model 'b'"),
        ('[models.a]\nlanguages = ["en"]\n[models.b]\n', "'b' has no languages"),
        ('languages = ["en"]\n[models.a]\nlanguages = ["de"]\n', "models.a: language 'de'"),
        ("[params.low_latency]\ndefault = false\n", "the users' switch"),
        ("[params.pause_scale]\ndefault = 1.0\n", "an option of every engine"),
        ("[low_latency]\nstreaming = true\n", "low_latency"),
        ("[params.wide]\ndefault = true\nsample_rates = { false = 0 }\n", "params.wide.sample_rates must be above 0"),
        ('tags = ["laugh", "[sigh]"]\n', "tags: '\\[sigh\\]' can't be written in brackets"),
        ('[models.one]\ntags = ["2 laughs"]\n', "tags: '2 laughs'"),
        ('[environment]\nexcludes = ["--index-url x"]\n', "isn't a requirement"),
        ('[environment]\nwithout_dependencies = ["kokoro>=0.9"]\n', "must be pinned"),
    ],
)
def test_faults(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=fault):
        spec_of(tmp_path, text)
