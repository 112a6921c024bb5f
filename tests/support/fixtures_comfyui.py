"""The real ComfyUI of a test session, with the pack in a folder whose name has a space and a dash."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comfyui_host import ComfyServer, Installed, find_comfyui, missing_in
from numpy.typing import NDArray
from pack_folder import copy_pack, surroundings

PACK = "vox weft-pack"
_DECODE = """
import sys, av, numpy
frames = [frame.to_ndarray() for frame in av.open(sys.argv[1]).decode(audio=0)]
samples = numpy.concatenate(frames, axis=1)
if samples.dtype.kind == "i":
    samples = samples / -float(numpy.iinfo(samples.dtype).min)
sys.stdout.buffer.write(samples.astype("<f4").tobytes())
"""


@pytest.fixture(scope="session")
def comfyui() -> Installed:
    """The installed ComfyUI. Without one, the test is skipped with the reason."""
    found = find_comfyui()
    if not isinstance(found, str) and (missing := missing_in(found.python)):
        found = f"packages missing in {found.python}: {', '.join(missing)}; install requirements.txt into it"
    if isinstance(found, str):
        if os.environ.get("VOXWEFT_TEST_HOST") == "required":
            pytest.fail(found)
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def server(comfyui: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A running ComfyUI, started once per session."""
    started = start(comfyui, tmp_path_factory.mktemp("comfyui"))
    yield started
    started.end()


def install_pack(comfyui: Installed, base: Path, pack: str = PACK, **environment: str) -> tuple[Path, dict[str, str]]:
    """Copy the pack into a base folder, and give Whisper an environment, as a user does.

    Nothing is downloaded: the installer's cache has the packages of the test environment.

    Returns:
        The pack's folder, and the environment variables that it needs.
    """
    folder = copy_pack(base / "custom_nodes" / pack)
    variables = {**surroundings(base), "VOXWEFT_ENVIRONMENTS_HOME": str(base / "environments"), **environment}
    command = [comfyui.python, str(folder), "engines", "install", "faster_whisper", "--quiet"]
    installing = {**os.environ, **variables, "VOXWEFT_OFFLINE": "1"}
    done = subprocess.run(command, env=installing, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, variables


def start(comfyui: Installed, base: Path, pack: str = PACK, **environment: str) -> ComfyServer:
    """Start a ComfyUI with its own base folder."""
    _, variables = install_pack(comfyui, base, pack, **environment)
    return ComfyServer(comfyui, base, **variables)


def saved(comfyui: Installed, server: ComfyServer, outputs: dict[str, Any]) -> NDArray[np.float32]:
    """Return the samples `[n_samples]` that the node 2, of the kind SaveAudio, has written."""
    (file,) = outputs["2"]["audio"]
    path = server.base / "output" / file["subfolder"] / file["filename"]
    decoded = subprocess.run([comfyui.python, "-c", _DECODE, str(path)], capture_output=True, timeout=60, check=True)
    return np.frombuffer(decoded.stdout, dtype="<f4")
