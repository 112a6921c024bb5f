"""`voxweft engines`: install, use, update, check and remove environments, with wheels from a local folder."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pytest
from fixtures_jobs import LIMIT_S, Command, Finished, all_gone, read_wav, wait_for, workers_of
from wheelhouse import Wheelhouse, contents, installers_cache, real_wheels, variables

__all__ = ["installers_cache", "real_wheels"]

pytestmark = pytest.mark.usefixtures("no_hang")

TOML = """schema = 1
name = "{name}"
title = "A loom [/]"
task = "speech"
adapter = "adapter:Loom"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 16000
{more}
"""
NEEDS = 'requirements = ["loom-part>=1"]\ndistributions = ["loom-part"]'
ADAPTER = """from __future__ import annotations

import loom_part
import numpy as np

from voxweft.utils.streaming import AudioChunk, LoadedModel, StreamingAdapter


class Loom(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=16000)

    def stream(self, segment, cancelled):
        yield AudioChunk(samples=np.full(1600, loom_part.LEVEL, np.float32), sample_rate=16000)
"""
# A build backend that needs no other package; its build of a wheel never ends.
SLOW_BACKEND = """import pathlib, time


def build_wheel(folder, settings=None, metadata=None):
    pathlib.Path({marker!r}).touch()
    time.sleep(600)
"""
SLOW_PROJECT = """[build-system]
requires = []
build-backend = "slow_backend"
backend-path = ["."]

[project]
name = "slow-part"
dynamic = ["version"]
"""


class Loom:
    """A user with an engine whose package is in a folder of wheels and not in the host's Python."""

    def __init__(self, folder: Path, real: Path, cache: Path) -> None:
        self.folder = folder
        self.house = Wheelhouse(folder / "wheels")
        for wheel in real.iterdir():
            os.link(wheel, self.house.folder / wheel.name)
        self.part("1.0", level=0.25)
        self.home = folder / "environments"
        self.engine()
        (folder / "desk").mkdir()
        self.command = Command(
            folder / "desk",
            VOXWEFT_ENGINES=str(folder / "engines"),
            VOXWEFT_ENVIRONMENTS_HOME=str(self.home),
            **variables(self.house.folder, cache),
        )

    def part(self, version: str, *, level: float) -> None:
        """Publish a version of the package."""
        self.house.add("loom-part", version, modules={"loom_part.py": f"LEVEL = {level}\n"})

    def engine(self, more: str = NEEDS, adapter: str = ADAPTER, name: str = "loom") -> Path:
        """Write the engine's folder."""
        folder = self.folder / "engines" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "engine.toml").write_text(TOML.format(name=name, more=more), encoding="utf-8")
        (folder / "adapter.py").write_text(adapter, encoding="utf-8")
        return folder

    def __call__(self, *arguments: str, **environment: str) -> Finished:
        """Run `voxweft engines` in this process."""
        return self.command.here("engines", *arguments, **environment)

    def fine(self, *arguments: str, **environment: str) -> Finished:
        """Run it, and assert that it succeeds."""
        return self.command.fine_here("engines", *arguments, **environment)

    def shown(self, **environment: str) -> dict[str, Any]:
        """Return the output of `show --json`."""
        return json.loads(self.fine("show", "loom", "--json", **environment).out)

    def build(self) -> Path:
        """Return the folder of the current build."""
        return Path(self.shown()["environment"]["folder"])

    def kept(self) -> dict[str, tuple[int, str]]:
        """Return the files of the engine's environment."""
        return {name: what for name, what in contents(self.home / "loom").items() if name != "uv.toml"}

    def level(self) -> float:
        """Return the level of the engine's speech, which its package decides."""
        self.command.fine_here("say", "Hello.", "-e", "loom", "-o", "out.wav")
        return float(np.max(read_wav(self.command.folder / "out.wav")[1]) / 32768)


@pytest.fixture
def loom(tmp_path: Path, real_wheels: Path, installers_cache: Path) -> Loom:
    return Loom(tmp_path, real_wheels, installers_cache)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, real_wheels: Path, installers_cache: Path) -> Loom:
    """An installed environment, for tests that don't change it."""
    loom = Loom(tmp_path_factory.mktemp("built"), real_wheels, installers_cache)
    loom.fine("install", "loom")
    return loom


@pytest.fixture
def installed(built: Loom) -> Iterator[Loom]:
    """An installed environment; the test may change the engine, but not the environment."""
    before = built.kept()
    yield built
    built.engine()
    assert built.kept() == before


def listed(loom: Loom, name: str = "loom", **environment: str) -> dict[str, Any]:
    rows = json.loads(loom.fine("--json", **environment).out)["engines"]
    return next(row for row in rows if row["name"] == name)


def test_install_use_and_remove(loom: Loom) -> None:
    before = listed(loom)
    assert before["location"] is None
    assert before["missing"]["fix"] == "voxweft engines install loom"
    assert [problem["kind"] for problem in before["host_problems"]] == ["missing"]
    assert before["state"].startswith("not ready: loom-part is missing; fix: voxweft engines install loom")
    assert "not ready: loom-part is missing" in loom.fine().out
    none = loom.command.here("say", "Hello.", "-e", "loom", "-o", "out.wav")
    assert none.code == 1
    assert "voxweft engines install loom" in none.err
    assert loom.shown()["environment"] is None

    done = loom.fine("install", "loom")
    shown = loom.shown()
    own = shown["environment"]
    first, where, decided = done.out.splitlines()
    python = ".".join(map(str, sys.version_info[:3]))
    assert first.startswith(f"loom: built with {own['installer']}: Python {python}, {len(own['versions'])} packages, ")
    assert where == f"  folder: {own['folder']}"
    assert decided == "  output depends on: loom-part 1.0"
    messages = done.err.splitlines()
    assert messages[0].startswith(f"creating an environment with Python {python} and uv ")
    assert len(messages) == len(set(messages)) > 2
    assert "not ready" not in done.err

    assert own["installer"].startswith("uv ")
    assert own["versions"]["loom-part"] == "1.0"
    assert Path(own["lock_file"]).read_text().splitlines() == [f"{n}=={v}" for n, v in sorted(own["versions"].items())]
    assert own["n_bytes"] >= own["shared_bytes"] > 1 << 20, "numpy's files are those of the cache"
    location = {"kind": "own", "interpreter": own["interpreter"], "python": python, "overlay": "", "torch": ""}
    assert shown["location"] == location
    assert "loom-part 1.0" in loom.fine("show", "loom").out
    assert listed(loom)["location"] == shown["location"]
    (row,) = (line for line in loom.fine().out.splitlines() if line.startswith("loom"))
    assert f"ready in its own environment (Python {python}); not in the host's Python: loom-part is missing" in row
    assert loom.level() == 0.25

    kept = loom.command.here("engines", "remove", "loom", stdin=b"n\n")
    assert kept.code == 1
    assert f"remove {own['folder']}?" in kept.err
    assert loom.build() == Path(own["folder"])
    removed = loom.fine("remove", "loom", "--yes").out
    assert removed.startswith("freed ")
    assert " MiB are shared with other folders" in removed, "the installer's cache keeps its files"
    assert not Path(own["folder"]).exists()
    assert listed(loom)["missing"] == before["missing"]
    again = loom("remove", "loom", "--yes")
    assert (again.code, again.out) == (1, "")
    assert "engine 'loom' has no environment of its own to remove" in again.err


def test_versions_stay_until_an_update(loom: Loom) -> None:
    loom.fine("install", "loom")
    folder = loom.build()
    loom.part("1.1", level=0.5)
    loom.house.add("loom-thread")
    same = loom.fine("install", "loom")
    assert same.out.startswith("loom: the environment is up to date: Python ")
    assert loom.build() == folder
    added = loom.fine("install", "loom", "--with", "loom-thread", "--quiet")
    assert added.err == ""
    assert added.out.splitlines()[1:] == ["  loom-thread 1.0 added"]
    assert loom.shown()["environment"]["extra"] == ["loom-thread"]
    assert loom.level() == 0.25
    changed = loom.fine("update", "loom", "-q")
    assert changed.out.splitlines()[1:] == ["  loom-part 1.0 -> 1.1"]
    assert loom.shown()["environment"]["versions"]["loom-thread"] == "1.0"
    assert loom.level() == 0.5, "no cache entry of the other version is used"
    assert loom.fine("update", "loom", "-q").out.splitlines()[1:] == ["  no versions changed"]
    assert len(list((loom.home / "loom").glob("*/pyvenv.cfg"))) == 1, "older builds are removed"


def test_check_finds_damage_and_prints_the_fix(loom: Loom) -> None:
    loom.fine("install", "loom")
    well = loom.fine("check")
    assert well.out.startswith("loom: ok; its worker runs on Python ")
    assert well.out.endswith(f" ({loom.shown()['environment']['interpreter']}), loom-part 1.0\n")
    (module,) = loom.build().rglob("loom_part.py")
    module.unlink()
    ill = loom("check")
    assert ill.code == 1
    assert ill.out.splitlines() == [
        "loom: loom-part 1.0 is damaged: loom_part.py is missing",
        "  fix: voxweft engines install loom",
    ]
    assert loom("check", "loom").code == 1
    loom.fine("install", "loom")
    loom.fine("check", "loom")


def test_check_prints_why_a_worker_does_not_start(loom: Loom) -> None:
    loom.fine("install", "loom")
    loom.engine(name="other")
    loom.fine("install", "other")
    (module,) = loom.build().rglob("msgspec/__init__.py")
    damaged = "raise RuntimeError('not [/] today')\n#"
    n_bytes = module.stat().st_size
    module.unlink()  # it is the cache's file, too
    module.write_text(damaged.ljust(n_bytes))
    done = loom("check")
    assert done.code == 1
    assert "not [/] today" in done.out
    last = done.out.splitlines()[-2:]
    assert last[0] == "  to install its packages again: voxweft engines update loom"
    assert last[1].startswith("other: ok; "), "the next engine is still checked"


def test_environment_of_a_removed_engine(loom: Loom) -> None:
    nothing = loom.fine("check")
    assert (nothing.out, nothing.err) == ("", "no engine has its own environment\n")
    loom.fine("install", "loom")
    done = loom.fine("check", VOXWEFT_ENGINES="")
    assert (done.out, done.err) == ("", "loom: the engine no longer exists; fix: voxweft engines remove loom\n")
    loom.fine("remove", "loom", "-y", VOXWEFT_ENGINES="")
    assert not (loom.home / "loom").exists()


def test_an_engine_that_the_host_can_run_uses_the_host_by_default(loom: Loom) -> None:
    loom.engine(more='requirements = ["numpy"]', adapter=ADAPTER.replace("import loom_part\n", ""))
    done = loom.fine("install", "loom")
    assert "engine 'loom' still runs in the host's Python, which meets its requirements" in done.err
    assert "VOXWEFT_ENVIRONMENT=loom=own" in done.err
    assert loom.shown()["location"]["kind"] == "host"
    assert "in the host's Python: " in loom.fine("show", "loom").out
    assert loom.shown(VOXWEFT_ENVIRONMENT="loom=own")["location"]["kind"] == "own"
    chosen = loom.fine("install", "loom", VOXWEFT_ENVIRONMENT="own")
    assert "runs in the host's Python" not in chosen.err


def test_a_setting_keeps_an_engine_from_its_environment(loom: Loom) -> None:
    done = loom.fine("install", "loom", VOXWEFT_ENVIRONMENT="host")
    assert "engine 'loom' is not ready: loom-part is missing" in done.err
    assert "unset VOXWEFT_ENVIRONMENT" in done.err


def test_a_failed_build_keeps_the_old_environment(installed: Loom) -> None:
    loom, before = installed, installed.kept()
    loom.engine(more='requirements = ["loom-part>=1", "no-such-thing-here"]\ndistributions = ["loom-part"]')
    done = loom("install", "loom")
    assert (done.code, done.out) == (1, "")
    assert "error: no versions satisfy all requirements" in done.err
    assert "no-such-thing-here" in done.err
    assert "Traceback" not in done.err
    assert loom.kept() == before
    loom.engine()
    loom.fine("check", "loom")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("install", "lomm"), 2, "there is no engine 'lomm'; did you mean 'loom"),
        (("update", "loom"), 1, "engine 'loom' has no environment to update; fix: voxweft engines install loom"),
        (("install", "loom", "--with", "--index-url=x"), 2, "invalid --with '--index-url=x' ("),
        (("install", "loom", "--with", "a @ https://x/a.whl\n-rb"), 2, "(it isn't one line); give a requirement"),
        (("install", "loom", "--language", "xx"), 2, "engine 'loom' has no packages of language 'xx'; it has: none"),
        (
            ("install", "loom", "--host-torch"),
            1,
            "engine 'loom' can't use the host's torch: it doesn't use torch; leave",
        ),
        (("install", "loom", "--python", "/nowhere/python"), 1, "'/nowhere/python' isn't a working Python"),
        (
            ("install", "named"),
            2,
            "engine 'named' runs on the Python that its engine.toml names (/x/python)",
        ),
        (("remove", "lomm"), 2, "there is no engine 'lomm'; did you mean 'loom"),
        (("check", "lomm"), 2, "there is no engine 'lomm'; did you mean 'loom"),
        (("check", "loom"), 1, ""),
        (("show", "lomm"), 2, "there is no engine 'lomm'; did you mean 'loom"),
        (("--json", "show", "loom"), 2, "--json belongs after 'show'"),
    ],
)
def test_bad_input(loom: Loom, arguments: tuple[str, ...], code: int, message: str) -> None:
    loom.engine(more='interpreter = "/x/python"', name="named")
    done = loom(*arguments)
    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err
    assert not list(loom.home.glob("*/*/pyvenv.cfg"))


def test_a_given_python(loom: Loom) -> None:
    loom.fine("install", "loom", "--python", sys.executable)
    shown = loom.shown()
    assert shown["environment"]["installer"].startswith("uv")
    assert shown["location"]["kind"] == "own"
    loom.fine("check", "loom")


def test_recommended_packages_may_be_missing(loom: Loom) -> None:
    loom.house.add("loom-dye")
    environment = '[environment]\nrecommended = ["loom-dye", "no-such-thing-here"]'
    loom.engine(more=f"{NEEDS}\n{environment}")
    done = loom.fine("install", "loom")
    assert done.out.splitlines()[-1] == "  skipped, not available: no-such-thing-here"
    shown = loom.shown()["environment"]
    assert shown["left_out"] == ["no-such-thing-here"]
    assert "loom-dye" in shown["versions"]
    bare = loom.fine("update", "loom", "--no-recommended", "-q")
    assert bare.out.splitlines()[1:] == ["  loom-dye 1.0 removed"]


def test_offline_install_from_uvs_cache(loom: Loom) -> None:
    """In a separate process: offline mode lasts until its process ends."""
    settings = loom.folder / "uv.toml"
    settings.touch()
    del loom.command.environment["UV_OFFLINE"]
    loom.command.environment |= {"UV_CONFIG_FILE": str(settings), "UV_DEFAULT_INDEX": "http://127.0.0.1:9/"}
    loom.command.fine("engines", "install", "loom", "-q", VOXWEFT_OFFLINE="1")
    loom.engine(more='requirements = ["no-such-thing-here"]')
    done = loom.command("engines", "install", "loom", "-q", VOXWEFT_OFFLINE="1")
    assert (done.code, done.out) == (1, "")
    assert "network was disabled" in done.err
    assert "the package index can't be reached" in done.err


@pytest.fixture
def slow(installed: Loom) -> Iterator[Path]:
    """A package whose build never ends; the file appears when it begins."""
    marker = installed.folder / "began"
    marker.unlink(missing_ok=True)
    files = {"pyproject.toml": SLOW_PROJECT, "slow_backend.py": SLOW_BACKEND.format(marker=str(marker))}
    files["PKG-INFO"] = "Metadata-Version: 2.1\nName: slow-part\nVersion: 1.0\n"
    with tarfile.open(installed.house.folder / "slow_part-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"slow_part-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    yield marker
    assert marker.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_keeps_the_old_environment(installed: Loom, slow: Path, number: signal.Signals, code: int) -> None:
    loom, before = installed, installed.kept()
    loom.engine(more='requirements = ["loom-part>=1", "slow-part"]\ndistributions = ["loom-part"]')
    with loom.command.started("engines", "install", "loom") as process:
        wait_for(process, slow.exists, "the build of the package has begun")
        programs = workers_of(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (code, b"")
    if number == signal.SIGINT:
        assert err.decode().splitlines()[-2:] == [
            "nothing was changed; uv keeps finished downloads in its cache",
            "interrupted",
        ]
    all_gone(programs)
    assert loom.kept() == before


def test_a_second_build_waits(installed: Loom) -> None:
    loom = installed
    lock = filelock.FileLock(loom.home / ".locks" / "loom.lock")
    with lock, loom.command.started("engines", "install", "loom") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"waiting for another build of the same environment\n"
        lock.release()
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, err
    assert out.decode().startswith("loom: the environment is up to date")
