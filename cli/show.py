"""`voxweft engines show`, and what every command says of where an engine runs."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from . import console, options

if TYPE_CHECKING:
    from ..utils.environments.choice import Placing
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import Settings
    from ..utils.streaming.contract.engine_spec import EngineSpec
    from ..utils.streaming.contract.registry import EngineRegistry


class Desk(NamedTuple):
    """The settings, the engines and their environments."""

    settings: Settings
    registry: EngineRegistry
    store: EnvironmentStore


class Sizes(NamedTuple):
    """What an environment takes on the disk; of that, what `shared_bytes` counts would be there without it, too."""

    n_bytes: int
    shared_bytes: int


def show(engine: options.EngineName, as_json: options.Json = False) -> None:
    """Say where an engine runs, and all that is known of its environment: Python, versions, folder, size."""
    with console.guarded():
        import msgspec

        settings, registry, store = open_desk()
        data = _described(registry.get(engine), settings, store)
        if as_json:
            print(msgspec.json.encode(data).decode())  # noqa: T201
            return
        _print(data)


def open_desk() -> Desk:
    """Return them as the settings say."""
    from ..utils.environments.store import EnvironmentStore
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry

    settings = read_settings()
    return Desk(settings, EngineRegistry(settings.engine_folders), EnvironmentStore(settings.environments_home))


def placing_data(placing: Placing) -> dict[str, Any]:
    """Return where an engine runs, or what it lacks, and what keeps it from the host, for JSON."""
    return {
        "place": None if placing.place is None else placing.place._asdict(),
        "lack": None if placing.lack is None else placing.lack._asdict(),
        "host_problems": list(placing.host),
    }


def sizes(folder: str) -> Sizes:
    """Return how large the files in a folder are, and those of them that other folders have too, by hard links."""
    n_bytes = shared_bytes = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            # Not a directory entry's own stat: on Windows that knows nothing of other names.
            status = os.lstat(os.path.join(parent, name))  # noqa: PTH118  tens of thousands of them
            if stat.S_ISREG(status.st_mode):
                n_bytes += status.st_size
                shared_bytes += status.st_size if status.st_nlink > 1 else 0
    return Sizes(n_bytes, shared_bytes)


def _described(spec: EngineSpec, settings: Settings, store: EnvironmentStore) -> dict[str, Any]:
    import msgspec

    from ..utils.environments.choice import Environments
    from ..utils.environments.store import PINS

    placing = Environments.of(settings).placing(spec)
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
        **placing_data(placing),
        "python_range": spec.python,
        "requirements": list(spec.requirements),
        "environment": own,
    }


def _print(data: dict[str, Any]) -> None:
    from ..utils.environments.choice import said
    from ..utils.models.layout import mib

    place, lack, own = data["place"], data["lack"], data["environment"]
    wheres = {"host": "in the host's Python", "own": "in an environment of its own", "named": "in the Python it names"}
    rows = [("engine", f"{data['name']}, {data['title']}")]
    if place is not None:
        interpreter = place["interpreter"] or sys.executable
        rows.append(("runs", f"{wheres[place['kind']]}: Python {place['python']} ({interpreter})"))
    else:
        rows.append(("runs", f"not yet: {lack['what']}; {lack['mend']}"))
    if data["host_problems"] and place is not None:
        rows.append(("not the host", said(data["host_problems"])))
    python = [f"Python {data['python_range']}"] if data["python_range"] else []
    rows.append(("requires", ", ".join([*python, *data["requirements"]])))
    if own is None:
        rows.append(("environment", "none of its own"))
    else:
        rows += [
            ("environment", own["folder"]),
            ("built", f"{own['built_at']} with {own['installer']}, from {own['base']} ({own['python']})"),
            ("size", f"{mib(own['n_bytes'])}, {mib(own['shared_bytes'])} of it shared with a cache by hard links"),
            ("locked in", own["lock_file"]),
        ]
        for name, title in (("extra", "added"), ("left_out", "left out")):
            rows += [(title, ", ".join(own[name]))] if own[name] else []
        rows += [("" if n else "versions", f"{name} {own['versions'][name]}") for n, name in enumerate(own["versions"])]
    for title, text in rows:
        console.out.print(f"{title:<13}{text}", soft_wrap=True)
