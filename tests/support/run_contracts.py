"""Run the nodes' contracts as a program, because the host's interpreter has no pytest.

`python run_contracts.py PACK [--host COMFYUI] [--fussy | --signatures]`. The API is the host's, else the fakes'. Prints
one line of JSON: `results` (name -> null, or the traceback) and `signatures` of the API used.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from node_contract import CONTRACTS, WITH_FUSSY_ENGINE
from node_pack import Pack
from pack_folder import FAKES

USED_API = (
    "comfy_api.v0_0_2:io.Schema",
    "comfy_api.v0_0_2:io.NodeOutput",
    "comfy_api.v0_0_2:io.String.Input",
    "comfy_api.v0_0_2:io.String.Output",
    "comfy_api.v0_0_2:io.Boolean.Input",
    "comfy_api.v0_0_2:io.Int.Input",
    "comfy_api.v0_0_2:io.Float.Input",
    "comfy_api.v0_0_2:io.Float.Output",
    "comfy_api.v0_0_2:io.Combo.Input",
    "comfy_api.v0_0_2:io.Audio.Input",
    "comfy_api.v0_0_2:io.Audio.Output",
    "comfy_api.v0_0_2:io.Video.Input",
    "comfy_api.v0_0_2:io.Image.Output",
    "comfy_api.v0_0_2:io.Custom",
    "comfy_api.v0_0_2:ComfyExtension.get_node_list",
    "comfy_execution.graph:ExecutionBlocker",
    "comfy.model_management:throw_exception_if_processing_interrupted",
    "comfy.model_management:interrupt_current_processing",
    "comfy.model_management:get_torch_device",
    "comfy.model_management:free_memory",
    "comfy.model_management:unload_all_models",
    "comfy.model_management:LoadedModel",
    "comfy.model_management:LoadedModel.model_unload",
    "comfy.utils:ProgressBar",
    "comfy.utils:ProgressBar.update_absolute",
    "comfy.utils:set_progress_bar_global_hook",
    "folder_paths:get_input_directory",
    "folder_paths:get_output_directory",
    "folder_paths:get_temp_directory",
    "folder_paths:get_save_image_path",
    "server:PromptServer.send_progress_text",
    "server:PromptServer.send_sync",
)


def signatures() -> dict[str, list[tuple[str, str, bool, str]]]:
    """Return the parameters of each API used: name, kind, whether it is required, and default."""
    found = {}
    for where in USED_API:
        module, _, dotted = where.partition(":")
        named: Any = importlib.import_module(module)
        for part in dotted.split("."):
            named = getattr(named, part)
        found[where] = [
            (
                parameter.name,
                parameter.kind.name,
                parameter.default is parameter.empty,
                "" if parameter.default is parameter.empty else repr(parameter.default),
            )
            for parameter in inspect.signature(named).parameters.values()
        ]
    return found


def _use_host(comfyui: str) -> None:
    sys.path.insert(0, comfyui)
    sys.argv = ["main.py", "--cpu", "--base-directory", os.environ["FAKE_COMFY_FOLDERS"]]
    options = importlib.import_module("comfy.options")
    options.enable_args_parsing()
    # Imported first, as in main.py: later, another `utils` precedes it on sys.path.
    importlib.import_module("utils.extra_config")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pack", type=Path)
    parser.add_argument("--host")
    parser.add_argument("--fussy", action="store_true", help="only the contracts that need the failing engine")
    parser.add_argument("--signatures", action="store_true", help="only the signatures")
    arguments = parser.parse_args()
    if arguments.host:
        _use_host(arguments.host)
    else:
        sys.path.insert(0, str(FAKES))
        importlib.import_module("server")
        importlib.import_module("folder_paths")
    results: dict[str, str | None] = {}
    if arguments.signatures:
        print(json.dumps({"results": results, "signatures": signatures()}))
        return
    pack = Pack(arguments.pack)
    for name, function in CONTRACTS.items():
        if (name in WITH_FUSSY_ENGINE) is not arguments.fussy:
            continue
        try:
            function(pack)
        except Exception:
            results[name] = traceback.format_exc()
        else:
            results[name] = None
    api = None if arguments.fussy else signatures()
    print(json.dumps({"results": results, "signatures": api}))


if __name__ == "__main__":
    main()
