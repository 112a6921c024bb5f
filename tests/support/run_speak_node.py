"""Run the nodes Any engine and Speak as a program on the fakes of ComfyUI's API, as ComfyUI would.

`python run_speak_node.py PACK` reads a list of `{"engine": {...}, "speak": {...}}`, the inputs of both nodes, from
stdin, and prints a list of `{"samples": [...], "rate": ..., "notes": [...], "error": ...}` as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from node_pack import Pack
from pack_folder import FAKES


def _spoken(pack: Pack, case: dict[str, Any]) -> dict[str, Any]:
    try:
        (engine,) = pack.run("VoxweftEngine", **case["engine"])
        audio, _, _, info = pack.run("VoxweftSpeak", engine=engine, **case["speak"])
    except Exception as error:
        return {"samples": [], "rate": 0, "notes": [], "error": str(error)}
    samples = audio["waveform"].reshape(-1).tolist()
    return {"samples": samples, "rate": audio["sample_rate"], "notes": json.loads(info)["notes"], "error": ""}


def main() -> None:
    sys.path.insert(0, str(FAKES))
    importlib.import_module("server")
    importlib.import_module("folder_paths")
    pack = Pack(Path(sys.argv[1]))
    print(json.dumps([_spoken(pack, case) for case in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
