"""Settings: valid environment variables, and errors that name the invalid ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from paths import ROOT

from voxweft.utils.errors import SettingsError
from voxweft.utils.settings import Settings, host_models, read_settings

# The checkout itself may be in a ComfyUI folder.
HOST = host_models(ROOT)


def test_defaults() -> None:
    settings = read_settings({})
    assert settings.cache_bytes == 4 << 30
    assert settings.cache_dir.name
    assert not settings.offline
    assert (settings.accepted_licenses, settings.commercial) == ((), False)
    assert settings.engine_folders == ()
    assert settings.idle_timeout_s == 300.0
    assert settings.memory_bytes is None
    assert settings.level_lufs == Settings(cache_dir=Path("x")).level_lufs == -18.0
    assert (settings.device, settings.dtype, settings.model_folders) == ("", "", HOST)
    assert settings.models_home.parts[-2:] == ("voxweft", "models")
    assert settings.models_home == Settings(cache_dir=Path("x")).models_home
    assert settings.environments_home.parts[-2:] == ("voxweft", "environments")
    assert settings.environments_home == Settings(cache_dir=Path("x")).environments_home
    assert settings.environments == {}
    assert settings.hub_cache == Path("~/.cache/huggingface/hub").expanduser()
    assert read_settings(dict.fromkeys(_NAMES, "")) == settings, "empty means not set"


_NAMES = (
    "VOXWEFT_CACHE_DIR",
    "VOXWEFT_CACHE_BYTES",
    "VOXWEFT_OFFLINE",
    "VOXWEFT_ENGINES",
    "VOXWEFT_IDLE_TIMEOUT_S",
    "VOXWEFT_MEMORY_BYTES",
    "VOXWEFT_DEVICE",
    "VOXWEFT_DTYPE",
    "VOXWEFT_MODELS",
    "VOXWEFT_MODELS_HOME",
    "VOXWEFT_ACCEPT_LICENSES",
    "VOXWEFT_COMMERCIAL",
    "VOXWEFT_ENVIRONMENTS_HOME",
    "VOXWEFT_ENVIRONMENT",
    "VOXWEFT_LEVEL",
    "HF_HUB_CACHE",
    "HF_HOME",
    "XDG_CACHE_HOME",
)


def test_everything_set() -> None:
    settings = read_settings(
        {
            "VOXWEFT_CACHE_DIR": "~/somewhere",
            "VOXWEFT_CACHE_BYTES": "1.5GiB",
            "VOXWEFT_OFFLINE": "Yes",
            "VOXWEFT_ENGINES": os.pathsep.join(["one", "", "two"]),
            "VOXWEFT_IDLE_TIMEOUT_S": "0",
            "VOXWEFT_MEMORY_BYTES": "500 MB",
            "VOXWEFT_DEVICE": " CUDA:1",
            "VOXWEFT_DTYPE": "BF16 ",
            "VOXWEFT_MODELS": os.pathsep.join(["~/a", "b"]),
            "VOXWEFT_MODELS_HOME": "~/models",
            "VOXWEFT_ACCEPT_LICENSES": "CC-BY-NC-4.0, , other",
            "VOXWEFT_COMMERCIAL": "on",
            "VOXWEFT_ENVIRONMENTS_HOME": "~/own",
            "VOXWEFT_ENVIRONMENT": " OWN, kokoro = host,, espeak=auto",
        }
    )
    assert settings.cache_dir == Path("~/somewhere").expanduser()
    assert settings.cache_bytes == 3 << 29
    assert settings.offline
    assert settings.engine_folders == (Path("one"), Path("two"))
    assert settings.idle_timeout_s == 0.0
    assert settings.memory_bytes == 500 << 20
    assert (settings.device, settings.dtype) == ("cuda:1", "bf16")
    assert settings.model_folders == (Path("~/a").expanduser(), Path("b"), *HOST)
    assert settings.models_home == Path("~/models").expanduser()
    assert (settings.accepted_licenses, settings.commercial) == (("CC-BY-NC-4.0", "other"), True)
    assert settings.environments_home == Path("~/own").expanduser()
    assert settings.environments == {"": "own", "kokoro": "host", "espeak": "auto"}


def test_the_hub_cache_is_where_its_own_libraries_look() -> None:
    assert read_settings({"XDG_CACHE_HOME": "/x"}).hub_cache == Path("/x/huggingface/hub")
    assert read_settings({"XDG_CACHE_HOME": "/x", "HF_HOME": "~/y"}).hub_cache == Path("~/y/hub").expanduser()
    assert read_settings({"HF_HOME": "/y", "HF_HUB_CACHE": "/z"}).hub_cache == Path("/z")


@pytest.mark.parametrize(("text", "n_bytes"), [("0", 0), ("17", 17), ("2k", 2048), ("3MiB", 3 << 20), ("1t", 1 << 40)])
def test_sizes(text: str, n_bytes: int) -> None:
    assert read_settings({"VOXWEFT_CACHE_BYTES": text}).cache_bytes == n_bytes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOXWEFT_CACHE_BYTES", "lots"),
        ("VOXWEFT_CACHE_BYTES", "-1"),
        ("VOXWEFT_CACHE_BYTES", "4 Gx"),
        ("VOXWEFT_MEMORY_BYTES", "1e9"),
        ("VOXWEFT_OFFLINE", "perhaps"),
        ("VOXWEFT_COMMERCIAL", "perhaps"),
        ("VOXWEFT_IDLE_TIMEOUT_S", "soon"),
        ("VOXWEFT_IDLE_TIMEOUT_S", "-1"),
        ("VOXWEFT_IDLE_TIMEOUT_S", "inf"),
        ("VOXWEFT_IDLE_TIMEOUT_S", "nan"),
        ("VOXWEFT_LEVEL", "loud"),
        ("VOXWEFT_LEVEL", "nan"),
        ("VOXWEFT_LEVEL", "-3"),
        ("VOXWEFT_ENVIRONMENT", "venv"),
        ("VOXWEFT_ENVIRONMENT", "kokoro="),
        ("VOXWEFT_ENVIRONMENT", "=own"),
        ("VOXWEFT_ENVIRONMENT", "own=kokoro"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings({name: value})
    assert value in str(caught.value)


def test_a_custom_node_finds_its_hosts_models(tmp_path: Path) -> None:
    package = tmp_path / "ComfyUI" / "custom_nodes" / "voxweft"
    assert host_models(package) == ()
    (tmp_path / "ComfyUI" / "models").mkdir(parents=True)
    assert host_models(package) == (tmp_path / "ComfyUI" / "models",)
    assert host_models(tmp_path / "ComfyUI" / "elsewhere" / "voxweft") == ()


def test_the_level_is_a_loudness_or_off() -> None:
    assert read_settings({"VOXWEFT_LEVEL": "-23"}).level_lufs == -23.0
    assert read_settings({"VOXWEFT_LEVEL": " Off "}).level_lufs is None
