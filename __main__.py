"""Run the command line: `python -m voxweft`, or `python FOLDER` where the package is only a folder, as in ComfyUI."""

from __future__ import annotations

import sys


def _import_from_folder() -> None:
    """Import this folder's package as `voxweft`, whatever the folder is called and whatever is installed."""
    import importlib.util
    from pathlib import Path

    folder = Path(__file__).resolve().parent
    # Python put the folder first on sys.path, where its modules would hide others of the same name.
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != folder]
    spec = importlib.util.spec_from_file_location(
        "voxweft", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["voxweft"] = module
    spec.loader.exec_module(module)


if __package__:
    from .cli import main

    main()
else:
    import runpy

    _import_from_folder()
    runpy.run_module("voxweft", run_name="__main__", alter_sys=True)
