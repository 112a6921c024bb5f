"""Program: import the pack as ComfyUI does, under the path of its folder, and print the cost. Run it by path.

ComfyUI's own API is loaded before any pack and doesn't count: a stand-in replaces it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import json
import sys
import time
import types
from pathlib import Path
from typing import Any


class _Anything:
    """Replaces any widget type, input or schema in a node's declaration."""

    def __getattr__(self, name: str) -> _Anything:
        return self

    def __call__(self, *_arguments: object, **_named: object) -> _Anything:
        return self


@dataclasses.dataclass(init=False)
class _Schema:
    """A schema with fields, since a pack may check them: they differ between ComfyUI's versions."""

    node_id: str

    def __init__(self, **_named: object) -> None:
        pass


class _ComfyNode:
    hidden = _Anything()


class _ComfyExtension:
    pass


def _install_host_api() -> None:
    package, version = types.ModuleType("comfy_api"), types.ModuleType("comfy_api.v0_0_2")
    io = types.ModuleType("comfy_api.v0_0_2.io")
    anything = _Anything()
    vars(io).update(ComfyNode=_ComfyNode, Schema=_Schema, __getattr__=lambda name: getattr(anything, name))
    vars(version).update(io=io, ui=anything, ComfyExtension=_ComfyExtension)
    vars(package).update(v0_0_2=version)
    sys.modules.update({module.__name__: module for module in (package, version, io)})


async def _schemas(module: Any) -> int:
    extension = await module.comfy_entrypoint()
    nodes = await extension.get_node_list()
    for node in nodes:
        node.define_schema()
    return len(nodes)


def main() -> None:
    """Print `import_ms` and the numbers of imported modules and nodes."""
    folder = Path(__file__).resolve().parents[1]
    # Remove this folder, which a program run by path has first: its modules would shadow others.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != folder / "benchmarks"]
    _install_host_api()
    # ComfyUI has an event loop already.
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))
    modules_before = len(sys.modules)
    began_s = time.perf_counter()
    # ComfyUI's module name for a pack.
    name = str(folder).replace(".", "_x_")
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    nodes = loop.run_until_complete(_schemas(module))
    import_ms = (time.perf_counter() - began_s) * 1e3
    loop.close()
    json.dump({"import_ms": import_ms, "modules": len(sys.modules) - modules_before, "nodes": nodes}, sys.stdout)


if __name__ == "__main__":
    main()
