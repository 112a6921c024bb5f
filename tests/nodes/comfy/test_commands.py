"""The commands in error messages run unchanged, even if the pack is only a folder."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pack_folder import FAKES, ROOT, copy_pack, surroundings
from paths import SUPPORT

from voxweft.nodes.comfy.commands import program, runnable, runnable_commands

SPEAK = """
import sys
sys.path[:0] = sys.argv[1:3]
import server  # the host's
from node_pack import Pack, failure_of
from pathlib import Path

pack = Pack(Path(sys.argv[3]))
engine = pack.run("VoxweftEngine", name="needy")[0]
print(failure_of(pack, "VoxweftSpeak", text="Hello.", engine=engine))
"""


def needy_engine(folder: Path) -> Path:
    """Return a copy of eSpeak NG's folder that needs a package that is not installed."""
    engine = folder / "needy"
    engine.mkdir()
    original = ROOT / "engines" / "espeak"
    spec = (original / "engine.toml").read_text(encoding="utf-8")
    spec = spec.replace('name = "espeak"', 'name = "needy"').replace(
        '"espeakng-loader>=0.2.4"', '"package-not-installed"'
    )
    (engine / "engine.toml").write_text(spec, encoding="utf-8")
    for file in original.glob("*.py"):
        (engine / file.name).write_bytes(file.read_bytes())
    return engine


def test_commands_start_with_python_and_the_folder() -> None:
    fix = "not ready: kokoro is missing; fix: voxweft engines install kokoro"
    assert runnable(fix) == f"not ready: kokoro is missing; fix: {program()} engines install kokoro"
    assert runnable("Get it with `voxweft models pull kokoro`") == f"Get it with `{program()} models pull kokoro`"
    for text in ("Voxweft speaks", "the package voxweft", "voxweft/engines/kokoro", "no command"):
        assert runnable(text) == text
    if sys.platform != "win32":
        assert shlex.split(program()) == [sys.executable, str(ROOT)]


def test_an_error_keeps_its_type_and_traceback() -> None:
    error = LookupError("fix: voxweft engines install kokoro")
    with pytest.raises(LookupError) as caught, runnable_commands():
        raise error
    assert caught.value is error
    assert str(error) == f"fix: {program()} engines install kokoro"
    with pytest.raises(KeyError, match="unchanged"), runnable_commands():
        raise KeyError("unchanged")


def test_a_missing_engine_shows_the_command_that_installs_it(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch isn't installed (it is with the extra 'test')")
    pack = copy_pack(tmp_path / "custom nodes" / "vox weft-pack")
    environment = os.environ | surroundings(tmp_path) | {"VOXWEFT_ENGINES": str(needy_engine(tmp_path))}
    command = [sys.executable, "-c", SPEAK, str(FAKES), str(SUPPORT), str(pack)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "package-not-installed is missing" in ran.stdout
    assert ran.stdout.strip().endswith("engines install needy")
    if sys.platform != "win32":
        assert f"{shlex.quote(sys.executable)} {shlex.quote(str(pack))} engines install needy" in ran.stdout


@pytest.mark.parametrize("name", ["voxweft", "vox weft-pack"])
def test_the_folder_runs_as_a_program(tmp_path: Path, name: str) -> None:
    pack = copy_pack(tmp_path / name)
    for arguments, expected in ((["--version"], "0."), (["engines", "--help"], "install")):
        command = [sys.executable, str(pack), *arguments]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert expected in ran.stdout


def test_the_folder_runs_its_own_code(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path / "copy")
    entry = pack / "__init__.py"
    entry.write_text(
        entry.read_text(encoding="utf-8").replace('__version__ = "', '__version__ = "99.'), encoding="utf-8"
    )
    command = [sys.executable, str(pack), "--version"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.startswith("99."), "not the code of an installed copy"
