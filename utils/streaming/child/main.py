"""The entry point of a worker process, run by path with a constant command line."""

from __future__ import annotations

import os
import sys


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


def main() -> None:
    """Run the worker until the parent stops it or is gone."""
    frames_in, frames_out = _take_descriptors()
    _register_package()
    from voxweft.utils.streaming.child.serve import serve

    serve(frames_in, frames_out)


if __name__ == "__main__":
    main()
