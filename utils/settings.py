"""Settings from environment variables; no other module reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

import msgspec
import platformdirs

from .errors import SettingsError

EnvironmentChoice = Literal["auto", "host", "own"]
"""Where an engine's worker runs: `host` Python, its `own` environment, or the first of them that works (`auto`)."""

DEFAULT_LEVEL_LUFS = -18.0
MIN_LUFS, MAX_LUFS = -40.0, -5.0
"""The range of a loudness that users may set."""

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def _default_models_home() -> Path:
    return platformdirs.user_data_path("voxweft", appauthor=False) / "models"


def _default_environments_home() -> Path:
    return platformdirs.user_data_path("voxweft", appauthor=False) / "environments"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The user's settings. Lists of folders are separated like PATH.

    - `cache_dir`, `cache_bytes` (VOXWEFT_CACHE_DIR, VOXWEFT_CACHE_BYTES): the segment cache; 0 bytes turns it off.
    - `offline` (VOXWEFT_OFFLINE): no network access.
    - `engine_folders` (VOXWEFT_ENGINES): folders of third-party engines.
    - `idle_timeout_s`, `memory_bytes` (VOXWEFT_IDLE_TIMEOUT_S, VOXWEFT_MEMORY_BYTES): limits of loaded models.
    - `device`, `dtype` (VOXWEFT_DEVICE, VOXWEFT_DTYPE): for engines that support several; empty for automatic.
    - `model_folders` (VOXWEFT_MODELS, plus ComfyUI's if this package is a custom node of it): searched, never written.
    - `models_home` (VOXWEFT_MODELS_HOME): where downloads go.
    - `accepted_licenses` (VOXWEFT_ACCEPT_LICENSES, separated by commas): licenses of weights that need no question.
    - `commercial` (VOXWEFT_COMMERCIAL): refuse models whose license forbids commercial use.
    - `hub_cache` (HF_HUB_CACHE, HF_HOME or XDG_CACHE_HOME, as the Hugging Face libraries read them): their cache,
      searched, never written; None to skip it.
    - `environments_home` (VOXWEFT_ENVIRONMENTS_HOME): where engines' own environments are built.
    - `environments` (VOXWEFT_ENVIRONMENT): where engines run, by engine name; '' for all others.
    - `server_token` (VOXWEFT_SERVER_TOKEN): the token that clients of the server must send; '' for none.
    - `voice_folders` (VOXWEFT_VOICES): the user's own voices, recordings and presets.
    - `level_lufs` (VOXWEFT_LEVEL): the loudness that every voice is brought to; None (`off`) for as it is.
    """

    cache_dir: Path
    cache_bytes: int = 4 << 30
    offline: bool = False
    engine_folders: tuple[Path, ...] = ()
    idle_timeout_s: float = 300.0
    memory_bytes: int | None = None
    device: str = ""
    dtype: str = ""
    model_folders: tuple[Path, ...] = ()
    models_home: Path = msgspec.field(default_factory=_default_models_home)
    accepted_licenses: tuple[str, ...] = ()
    commercial: bool = False
    hub_cache: Path | None = None
    environments_home: Path = msgspec.field(default_factory=_default_environments_home)
    environments: dict[str, EnvironmentChoice] = {}
    server_token: str = ""
    voice_folders: tuple[Path, ...] = ()
    level_lufs: float | None = DEFAULT_LEVEL_LUFS


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from environment variables (default: the process's own). SettingsError names an invalid one."""
    env = os.environ if environment is None else environment
    default_dir = platformdirs.user_cache_path("voxweft", appauthor=False)
    memory = env.get("VOXWEFT_MEMORY_BYTES", "")
    return Settings(
        cache_dir=Path(env.get("VOXWEFT_CACHE_DIR") or default_dir).expanduser(),
        cache_bytes=_bytes("VOXWEFT_CACHE_BYTES", env.get("VOXWEFT_CACHE_BYTES") or "4G"),
        offline=_flag("VOXWEFT_OFFLINE", env.get("VOXWEFT_OFFLINE", "")),
        engine_folders=_folders(env.get("VOXWEFT_ENGINES", "")),
        idle_timeout_s=_seconds("VOXWEFT_IDLE_TIMEOUT_S", env.get("VOXWEFT_IDLE_TIMEOUT_S") or "300"),
        memory_bytes=_bytes("VOXWEFT_MEMORY_BYTES", memory) if memory else None,
        device=env.get("VOXWEFT_DEVICE", "").strip().lower(),
        dtype=env.get("VOXWEFT_DTYPE", "").strip().lower(),
        model_folders=(*_folders(env.get("VOXWEFT_MODELS", "")), *host_models(Path(__file__).parents[1])),
        models_home=Path(env.get("VOXWEFT_MODELS_HOME") or _default_models_home()).expanduser(),
        accepted_licenses=_names(env.get("VOXWEFT_ACCEPT_LICENSES", "")),
        commercial=_flag("VOXWEFT_COMMERCIAL", env.get("VOXWEFT_COMMERCIAL", "")),
        hub_cache=_hub_cache(env),
        environments_home=Path(env.get("VOXWEFT_ENVIRONMENTS_HOME") or _default_environments_home()).expanduser(),
        environments=_environments(env.get("VOXWEFT_ENVIRONMENT", "")),
        server_token=env.get("VOXWEFT_SERVER_TOKEN", "").strip(),
        voice_folders=_folders(env.get("VOXWEFT_VOICES", "")),
        level_lufs=_level("VOXWEFT_LEVEL", env.get("VOXWEFT_LEVEL", "")),
    )


def host_models(package: Path) -> tuple[Path, ...]:
    """Return the models folder of the ComfyUI in whose `custom_nodes` a package is, if it is in one."""
    models = package.parent.parent / "models"
    return (models,) if package.parent.name == "custom_nodes" and models.is_dir() else ()


def _hub_cache(env: Mapping[str, str]) -> Path:
    """Return the cache folder of the Hugging Face libraries, by their documented variables and defaults."""
    caches = Path(env.get("XDG_CACHE_HOME") or "~/.cache")
    home = Path(env.get("HF_HOME") or caches / "huggingface")
    return Path(env.get("HF_HUB_CACHE") or home / "hub").expanduser()


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(Path(folder).expanduser() for folder in text.split(os.pathsep) if folder)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _environments(text: str) -> dict[str, EnvironmentChoice]:
    choices: dict[str, EnvironmentChoice] = {}
    for item in filter(None, (item.strip() for item in text.split(","))):
        name, separator, choice = item.rpartition("=")
        choice = choice.strip().lower()
        if choice not in get_args(EnvironmentChoice) or (separator and not name.strip()):
            raise SettingsError(
                f"VOXWEFT_ENVIRONMENT is {text!r}; expected auto, host or own, or ENGINE=CHOICE as in kokoro=own, "
                "separated by commas"
            )
        choices[name.strip()] = cast("EnvironmentChoice", choice)
    return choices


def parse_level(text: str) -> float | None:
    """Return the loudness in LUFS that a text asks for; None for `off`. ValueError for any other text."""
    if text.strip().lower() == "off":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not MIN_LUFS <= value <= MAX_LUFS:
        raise ValueError(f"a level must be off, or between {MIN_LUFS:g} and {MAX_LUFS:g} LUFS, not {text!r}")
    return value


def _level(name: str, text: str) -> float | None:
    try:
        return parse_level(text) if text.strip() else DEFAULT_LEVEL_LUFS
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def _bytes(name: str, text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if match is None:
        raise SettingsError(f"{name} is {text!r}; expected a size such as 4G or 500M")
    return int(float(match[1]) * _UNITS[match[2]])


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise SettingsError(f"{name} is {text!r}; expected seconds, 0 or more")
    return value


def _flag(name: str, text: str) -> bool:
    value = text.strip().lower()
    if value in ("", "0", "false", "no", "off"):
        return False
    if value in ("1", "true", "yes", "on"):
        return True
    raise SettingsError(f"{name} is {text!r}; expected 0 or 1")
