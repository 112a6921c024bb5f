"""A host like that of a portable ComfyUI: an embeddable Python, from which no virtual environment can be made.

The layout is Windows' one, which CPython also reads elsewhere: a program, a `._pth` file that lists the module path and
isolates the program from its surroundings, and a library without `venv` and `ensurepip`.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import wave
from pathlib import Path

import pytest
from dist_info import write_dist_info
from paths import ROOT
from wheelhouse import Wheelhouse, installers_cache, real_wheels

__all__ = ["installers_cache", "real_wheels"]

pytestmark = [
    pytest.mark.linux,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the program is copied without its libraries"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="older Pythons read a ._pth file on Windows alone"),
]

ENGINE_TOML = """
schema = 1
name = "embedded"
title = "Embedded"
task = "speech"
adapter = "adapter:Adapter"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 24000
requirements = ["voxweft-test-package"]
distributions = ["voxweft-test-package"]

[environment]
constraints = ["torch==2.11.0"]
"""
ADAPTER = """
import sys
import torch
import voxweft_test_package
from voxweft.utils.streaming import AudioChunk, LoadedModel, StreamingAdapter, VoiceInfo
import numpy as np

class Adapter(StreamingAdapter):
    def load(self, context):
        assert not [entry for entry in sys.path if "site-packages" in entry], sys.path
        return LoadedModel(sample_rate=24_000)

    def stream(self, segment, cancelled):
        yield AudioChunk(samples=np.full(24_000, torch.LEVEL, np.float32), sample_rate=24_000)

    def voices(self):
        return [VoiceInfo(name="one")]
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An embeddable Python with Voxweft's dependencies and a tiny torch."""
    folder = tmp_path / "python_embeded"
    library, site = folder / "Lib", folder / "Lib" / "site-packages"
    site.mkdir(parents=True)
    for path in Path(sysconfig.get_path("stdlib")).iterdir():
        if path.name not in ("venv", "ensurepip", "site-packages", "__pycache__"):
            (library / path.name).symlink_to(path)
    program = folder / "python"
    shutil.copy(os.path.realpath(sys.executable), program)
    # The module path of the tests' own Python follows: it stands in for the packages that are installed there.
    packages = [str(Path(importlib.metadata.distribution("msgspec").locate_file("")).resolve()), str(site)]
    lines = ["./Lib", "./Lib/lib-dynload", str(site), *packages[:1], ".", "import site"]
    (folder / "python._pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (site / "voxweft").symlink_to(ROOT)
    for name in ("torch", "torchaudio"):
        info = write_dist_info(site, name, "2.9.0")
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("LEVEL = 0.25\n", encoding="utf-8")
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n", encoding="utf-8")
    return program


def test_an_engine_is_installed_and_speaks(
    python: Path, real_wheels: Path, installers_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Wheelhouse(tmp_path / "house")
    for wheel in real_wheels.iterdir():
        (house.folder / wheel.name).hardlink_to(wheel)
    house.use(monkeypatch, installers_cache)
    house.add("voxweft-test-package", requires=["torch"])
    folder = tmp_path / "engines" / "embedded"
    folder.mkdir(parents=True)
    (folder / "engine.toml").write_text(ENGINE_TOML, encoding="utf-8")
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    for name, value in {
        "VOXWEFT_ENGINES": folder.parent,
        "VOXWEFT_ENVIRONMENTS_HOME": tmp_path / "environments",
        "VOXWEFT_CACHE_DIR": tmp_path / "cache",
        "VOXWEFT_OFFLINE": "1",
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, str(value))

    def voxweft(*arguments: str) -> str:
        done = subprocess.run(
            [python, "-m", "voxweft", *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    complete = "import importlib.util as u, sys; print(u.find_spec('venv'), sys.flags.isolated, sys.prefix)"
    printed = subprocess.run([python, "-c", complete], capture_output=True, text=True, check=True).stdout.split()
    assert printed == ["None", "1", str(python.parent)]
    assert voxweft("engines", "install", "embedded").splitlines()[0].endswith("on the host's torch 2.9.0")
    assert "embedded: ok; its worker runs on Python" in voxweft("engines", "check", "embedded")
    shown = json.loads(voxweft("engines", "show", "embedded", "--json"))
    assert (shown["location"]["kind"], shown["location"]["torch"]) == ("own", "2.9.0")
    assert shown["location"]["interpreter"] == str(python)
    assert "on the host's torch 2.9.0" in voxweft("engines", "show", "embedded")
    voxweft("say", "Hello.", "-e", "embedded", "-o", "hello.wav")
    with wave.open(str(tmp_path / "hello.wav")) as file:
        assert abs(file.getnframes() - 24_000) <= 1
