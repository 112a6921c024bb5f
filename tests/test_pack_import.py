"""The import of the pack by ComfyUI, before any node runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pack_folder import FAKES, ROOT, copy_pack
from paths import SUPPORT

AT_IMPORT = {
    "",
    ".align",
    ".audio_ops",
    ".cast",
    ".cloning_engines",
    ".comfy",
    ".comfy.embedded_server",
    ".comfy.files",
    ".comfy.routes",
    ".common",
    ".common.cloning",
    ".common.engine_lists",
    ".common.inputs",
    ".common.schema",
    ".dub",
    ".engines",
    ".extension",
    ".f5_tts",
    ".files",
    ".lexicon",
    ".loudness",
    ".manage",
    ".mira_tts",
    ".narrate",
    ".regenerate",
    ".speak",
    ".transcribe",
    ".verify",
    ".voice",
}

INSPECT = """
import json, os, signal, sys, threading
import asyncio, dataclasses, hashlib, importlib.util, mimetypes, urllib.parse  # the host has these
tests, fakes, *packs = sys.argv[1:]
sys.path[:0] = [fakes, tests]
import pack_folder
from comfy_api.v0_0_2 import ComfyExtension
from pathlib import Path

def state():
    return {
        "path": list(sys.path), "meta_path": [repr(finder) for finder in sys.meta_path],
        "path_hooks": len(sys.path_hooks), "environment": dict(os.environ), "folder": os.getcwd(),
        "threads": threading.active_count(), "signals": [repr(signal.getsignal(n)) for n in (2, 15)],
    }

before, had = state(), set(sys.modules)
nodes = {}
for pack in packs:
    module = pack_folder.load_pack(Path(pack))
    extension = asyncio.run(module.comfy_entrypoint())
    assert isinstance(extension, ComfyExtension)
    for node in asyncio.run(extension.get_node_list()):
        assert node.GET_NODE_INFO_V1()["name"] == node.GET_SCHEMA().node_id
        nodes.setdefault(node.GET_SCHEMA().node_id, []).append(node.__module__)
print(json.dumps({
    "changed": [name for name, value in state().items() if value != before[name]],
    "imported": sorted(set(sys.modules) - had), "nodes": nodes, "web": module.WEB_DIRECTORY,
}))
"""


def inspect_import(tmp_path: Path, *packs: Path) -> dict[str, Any]:
    command = [sys.executable, "-I", "-c", INSPECT, str(SUPPORT), str(FAKES), *map(str, packs)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1, "the pack printed something"
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen


@pytest.mark.parametrize("name", ["voxweft", "vox weft-pack", "vox.weft v1.2-main", "vox'wëft [2]"])
def test_loads_under_any_folder_name(tmp_path: Path, name: str) -> None:
    folder = copy_pack(tmp_path / "custom_nodes" / name)
    own = str(folder).replace(".", "_x_")
    seen = inspect_import(tmp_path, folder)
    assert seen["nodes"]["VoxweftSpeak"] == [f"{own}.nodes.speak"]
    assert all(name.startswith("Voxweft") for name in seen["nodes"])
    assert (folder / seen["web"] / "docs" / "VoxweftSpeak.md").is_file()


def test_the_import_changes_no_state_and_imports_no_large_package(tmp_path: Path) -> None:
    own = str(ROOT).replace(".", "_x_")
    seen = inspect_import(tmp_path, ROOT)
    assert seen["changed"] == []
    assert seen["imported"] == [
        own,
        *sorted(f"{own}.nodes{module}" for module in AT_IMPORT),
    ]


def test_two_copies_can_be_loaded(tmp_path: Path) -> None:
    packs = [copy_pack(tmp_path / "custom_nodes" / name) for name in ("voxweft", "voxweft-main")]
    seen = inspect_import(tmp_path, *packs)
    owns = [str(pack).replace(".", "_x_") for pack in packs]
    assert seen["nodes"]["VoxweftSpeak"] == [f"{own}.nodes.speak" for own in owns]


def test_the_python_api_is_loaded_on_first_use(tmp_path: Path) -> None:
    """Before that, importing the package imports no job, NumPy, torch or their dependencies."""
    program = """
import sys
before = set(sys.modules)
import voxweft
print(sorted(name for name in set(sys.modules) - before if not name.startswith(('typing', '_typing', 'collections'))))
print(hasattr(voxweft, 'NODE_CLASS_MAPPINGS'), 'say' in dir(voxweft), 'numpy' in sys.modules)
say = voxweft.say
print(say is voxweft.say, 'numpy' in sys.modules, 'torch' in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == ["['voxweft']", "False True False", "True True False"]


def test_the_package_can_be_imported_without_comfyui(tmp_path: Path) -> None:
    program = "import voxweft, sys; assert 'comfy_api' not in sys.modules; print(voxweft.__version__)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    program = "import asyncio, voxweft; asyncio.run(voxweft.comfy_entrypoint())"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert "No module named 'comfy_api'" in ran.stderr, "the error names the missing host"
