"""`voxweft engines show`, and functions that the `engines` commands share."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from . import console, options

if TYPE_CHECKING:
    from ..utils.environments.resolution import Resolution
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.contract.registry import EngineRegistry


class Inventory(NamedTuple):
    """The settings, the engines and their environments."""

    settings: Settings
    registry: EngineRegistry
    store: EnvironmentStore


class Sizes(NamedTuple):
    """The disk space of an environment; `shared_bytes` of it are hard links to files of other folders."""

    n_bytes: int
    shared_bytes: int


def show(engine: options.EngineName, as_json: options.Json = False) -> None:
    """Show where an engine runs, and its environment: Python, package versions, folder, size."""
    with console.guarded():
        import msgspec

        settings, registry, store = read_inventory()
        data = _described(registry.get(engine), settings, store)
        if as_json:
            print(msgspec.json.encode(data).decode())  # noqa: T201
            return
        _print(data)


def read_inventory() -> Inventory:
    """Return the engines and the environments that the user's settings name."""
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry

    settings = read_settings()
    return Inventory(settings, EngineRegistry(settings.engine_folders), EnvironmentStore(settings.environments_home))


def resolution_data(resolution: Resolution) -> dict[str, Any]:
    """Return where an engine runs, or what is missing, and why not in the host's Python, as JSON data."""
    return {
        "location": None if resolution.location is None else resolution.location._asdict(),
        "missing": None if resolution.missing is None else resolution.missing._asdict(),
        "host_problems": list(resolution.host_problems),
    }


def model_data(spec: EngineSpec, model: str) -> dict[str, Any]:
    """Return a model's languages and license as JSON data."""
    facts = spec.facts(model)
    return {
        "languages": list(facts.languages),
        "license": facts.license,
        "commercial": facts.commercial,
        "gated": facts.gated,
    }


def sizes(folder: str) -> Sizes:
    """Return the total size of the files in a folder, and of those that have hard links elsewhere."""
    n_bytes = shared_bytes = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            # Not os.DirEntry.stat: on Windows it doesn't count hard links.
            status = os.lstat(os.path.join(parent, name))  # noqa: PTH118  faster, for tens of thousands of files
            if stat.S_ISREG(status.st_mode):
                n_bytes += status.st_size
                shared_bytes += status.st_size if status.st_nlink > 1 else 0
    return Sizes(n_bytes, shared_bytes)


def _described(spec: EngineSpec, settings: Settings, store: EnvironmentStore) -> dict[str, Any]:
    import msgspec

    from ..utils.environments.resolution import Environments
    from ..utils.environments.store import PINS

    resolution = Environments.of(settings).resolve(spec)
    record, folder = store.record(spec.name), store.folder(spec.name)
    own: dict[str, Any] | None = None
    if record is not None and folder is not None:
        own = {
            **msgspec.to_builtins(record),
            "interpreter": str(store.python(spec.name)),
            "folder": str(folder),
            "lock_file": str(store.home / spec.name / PINS),
            **sizes(str(folder))._asdict(),
        }
    return {
        "name": spec.name,
        "title": spec.title,
        **resolution_data(resolution),
        "python_range": spec.python,
        "requirements": list(spec.requirements),
        "tags": {model: list(tags) for model in spec.models or [""] if (tags := spec.tags_of(model))},
        "environment": own,
    }


def _print(data: dict[str, Any]) -> None:
    from ..utils.environments.resolution import summarize
    from ..utils.models.layout import mib

    location, missing, own = data["location"], data["missing"], data["environment"]
    locations = {
        "host": "in the host's Python",
        "own": "in its own environment",
        "named": "in the Python of engine.toml",
    }
    rows = [("engine", f"{data['name']}, {data['title']}")]
    if location is not None:
        interpreter = location["interpreter"] or sys.executable
        torch = f" on the host's torch {location['torch']}" if location["torch"] else ""
        rows.append(("runs", f"{locations[location['kind']]}{torch}: Python {location['python']} ({interpreter})"))
    else:
        rows.append(("runs", f"not ready: {missing['what']}; fix: {missing['fix']}"))
    if data["host_problems"] and location is not None:
        rows.append(("not the host", summarize(data["host_problems"])))
    python = [f"Python {data['python_range']}"] if data["python_range"] else []
    rows.append(("requires", ", ".join([*python, *data["requirements"]])))
    for model, tags in data["tags"].items():
        rows.append(("performs", f"{', '.join(tags)}{f' (model {model})' if model else ''}"))
    if own is None:
        rows.append(("environment", "none"))
    else:
        rows += [
            ("environment", own["folder"]),
            ("built", f"{own['built_at']} with {own['installer']}, from {own['base']} ({own['python']})"),
            ("size", f"{mib(own['n_bytes'])}, {mib(own['shared_bytes'])} of it hard links shared with a cache"),
            ("lock file", own["lock_file"]),
        ]
        for name, title in (("extra", "added"), ("left_out", "skipped")):
            rows += [(title, ", ".join(own[name]))] if own[name] else []
        rows += [("" if n else "versions", f"{name} {own['versions'][name]}") for n, name in enumerate(own["versions"])]
    for title, text in rows:
        console.out.print(f"{title:<13}{text}", soft_wrap=True)
