"""The entry point of a worker process, run by path with a constant command line."""

from __future__ import annotations

import os
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from typing import Any


def _take_descriptors() -> tuple[int, int]:
    """Keep stdin and stdout for frames; from here on libraries read nothing and print to the log (stderr)."""
    frames_in, frames_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # Otherwise the last output of a library would be lost in the buffer with the process.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (frames_in, frames_out):
            msvcrt.setmode(descriptor, os.O_BINARY)
    return frames_in, frames_out


def _register_package() -> None:
    """Make this checkout importable as `voxweft`, regardless of its folder's name and of installed packages."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  pathlib would cost start-up time
    # Run by path, this folder is first on sys.path, where its modules would shadow others of the same name.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]  # noqa: PTH100
    root = os.path.abspath(os.path.join(here, *[os.pardir] * 3))  # noqa: PTH100, PTH118
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "voxweft",
        os.path.join(root, "__init__.py"),  # noqa: PTH118
        submodule_search_locations=[root],
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["voxweft"] = module
    spec.loader.exec_module(module)


class _HostModules:
    """Finds the packages that an overlay takes from its host, after all others: torch and what it requires."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._paths: list[str] = record["paths"]
        self._modules = frozenset(record["modules"])
        self._distributions = frozenset(record["versions"])

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Return the specification of a module of the host; None for a hidden one, and within a package."""
        if path is not None or name not in self._modules:
            return None
        return PathFinder.find_spec(name, self._paths)

    def find_distributions(self, context: Any) -> Any:
        """Yield the host's distributions, for importlib.metadata."""
        import re
        from importlib import metadata

        of_host = metadata.DistributionFinder.Context(name=context.name, path=self._paths)
        for found in metadata.MetadataPathFinder.find_distributions(of_host):
            if re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower() in self._distributions:
                yield found


def _parts(path: str) -> list[str]:
    return os.path.normcase(os.path.abspath(path)).split(os.sep)  # noqa: PTH100, PTH206


def _use_overlay(folder: str) -> None:
    """Replace the host's packages: first those in the folder, then what its record takes from the host.

    Of sys.path only the standard library is kept. Hooks of the host's packages, such as those of editable
    installations, would show more of them.
    """
    import json

    with open(os.path.join(folder, "environment.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        record = json.load(file)["host"]
    library = tuple(_parts(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix))
    kept = [entry for entry in sys.path if any(_parts(entry)[: len(prefix)] == prefix for prefix in library)]
    of_packages = {"site-packages", "dist-packages"}
    kept = [entry for entry in kept if of_packages.isdisjoint(_parts(entry))]
    sys.path[:] = [os.path.join(folder, "packages"), *kept]  # noqa: PTH118
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder, _HostModules(record)]
    sys.path_importer_cache.clear()


def main() -> None:
    """Run the worker until the parent stops it or is gone."""
    frames_in, frames_out = _take_descriptors()
    # It stays set: it shows the parent that the overlay is in use.
    overlay = os.environ.get("VOXWEFT_OVERLAY", "")
    if overlay:
        _use_overlay(overlay)
    _register_package()
    from voxweft.utils.streaming.child.serve import serve

    serve(frames_in, frames_out)


if __name__ == "__main__":
    main()
