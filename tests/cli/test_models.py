"""`voxweft models`: pull, list, path and remove, with a hub on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fake_hub import FILES, REVISION, FakeHub, model_spec, serving, tree
from fixtures_jobs import LIMIT_S, Command, Finished
from streaming_kit import eventually

pytestmark = pytest.mark.usefixtures("no_hang")


class Models:
    """`voxweft models` with one engine that has weights."""

    def __init__(self, folder: Path, hub: FakeHub) -> None:
        self.home = folder / "home"
        self.folder = self.home / "TTS" / "somevoice"
        engine = folder / "engines" / "somevoice"
        engine.mkdir(parents=True)
        (engine / "adapter.py").write_text("", encoding="utf-8")
        (engine / "engine.toml").write_text(_toml(), encoding="utf-8")
        self.command = Command(
            folder,
            VOXWEFT_ENGINES=str(folder / "engines"),
            VOXWEFT_MODELS_HOME=str(self.home),
            HF_HOME=str(folder / "huggingface"),
            HF_ENDPOINT=hub.endpoint,
            COLUMNS="400",
        )
        # The hub is on loopback; neither a proxy nor the user's settings may redirect requests to it.
        for name in list(self.command.environment):
            if name.lower().endswith("_proxy") or (name.startswith("HF_") and name not in ("HF_HOME", "HF_ENDPOINT")):
                del self.command.environment[name]

    def __call__(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Finished:
        """Run it in this process."""
        return self.command.here("models", *arguments, stdin=stdin, **environment)

    def fine(self, *arguments: str) -> Finished:
        """Run it in this process, and assert that it succeeds."""
        return self.command.fine_here("models", *arguments)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start it in a separate process."""
        return subprocess.Popen(
            [sys.executable, "-m", "voxweft", "models", *arguments],
            env=self.command.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def _toml() -> str:
    spec = msgspec.to_builtins(model_spec())
    spec["models"] = list(spec["models"])
    plain = ("schema", "name", "title", "task", "adapter", "adapter_version", "license", "deterministic")
    lines = [f"{name} = {json.dumps(spec[name])}" for name in (*plain, "native_sample_rate", "models", "default_model")]
    lines.append("[weights.one]")
    lines += [
        f"{name} = {json.dumps(spec['weights']['one'][name])}" for name in ("repo", "revision", "folder", "license")
    ]
    for name in ("files", "voices"):
        tables = [
            f"{{ {', '.join(f'{k} = {json.dumps(v)}' for k, v in f.items())} }}" for f in spec["weights"]["one"][name]
        ]
        lines.append(f"{name} = [{', '.join(tables)}]")
    return "\n".join(lines) + "\n"


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serving(FILES) as served:
        yield served


@pytest.fixture
def models(tmp_path: Path, hub: FakeHub) -> Models:
    return Models(tmp_path, hub)


def test_pull_path_list_and_remove(models: Models, hub: FakeHub) -> None:
    missing = models("path", "somevoice")
    assert (missing.code, missing.out) == (1, "")
    assert "error: the files of model 'one' of engine 'somevoice' are missing. Searched:" in missing.err
    assert "`voxweft models pull somevoice` (0.6 MiB from someone/Voice-1M, license MIT)" in missing.err
    listed = json.loads(models.fine("list", "--json").out)
    assert listed["models"] == []
    own = [row for row in listed["missing"] if row["engine"] == "somevoice"]
    assert own == [{"engine": "somevoice", "model": "one", "n_bytes": 611_008, "license": "MIT"}]

    pulled = models.fine("pull", "somevoice")
    assert (pulled.out, pulled.err) == (f"{models.folder}: 0.6 MiB, 2 voices\n", "")
    assert tree(models.folder) == FILES
    assert models.fine("path", "somevoice", "-m", "one").out == f"{models.folder}\n"
    listed = json.loads(models.fine("list", "--json").out)
    assert [row for row in listed["models"] if row["engine"] == "somevoice"] == [
        {
            "engine": "somevoice",
            "model": "one",
            "path": str(models.folder),
            "n_bytes": 611_008,
            "n_voices": 2,
            "origin": "pulled",
            "complete": True,
        }
    ]
    assert "somevoice" not in [row["engine"] for row in listed["missing"]]
    (row,) = (line for line in models.fine("list").out.splitlines() if line.startswith("somevoice"))
    assert [cell.strip() for cell in row.split("│")] == [
        "somevoice",
        "one",
        "0.6 MiB",
        "2",
        "pulled",
        str(models.folder),
    ]

    kept = models("remove", "somevoice", stdin=b"n\n")
    assert (kept.code, tree(models.folder)) == (1, FILES)
    assert f"remove the model downloaded to {models.folder}?" in kept.err
    assert models.fine("remove", "somevoice", "--yes").out == "freed 0.6 MiB\n"
    assert not models.folder.exists()
    again = models("remove", "somevoice", "--yes")
    assert (again.code, again.out) == (2, "")
    assert "error: nothing of model 'one' was downloaded" in again.err
    assert models("remove", "somevoice", stdin=b"n\n").err == again.err, "nothing to remove, so nothing to confirm"


def test_pull_replaces_a_damaged_file(models: Models, hub: FakeHub) -> None:
    models.fine("pull", "somevoice", "--voices", "bert")
    assert set(tree(models.folder)) == {"config.json", "model.pth", "voices/bert.pt"}
    damaged = models.folder / "model.pth"
    damaged.write_bytes(bytes(len(FILES["model.pth"])))
    models.fine("pull", "somevoice", "--voices", " anna, bert,")
    assert tree(models.folder) == FILES
    assert len(hub.content_requests("bert.pt")) == 1


def test_unknown_names(models: Models, hub: FakeHub) -> None:
    for arguments, message in (
        (("pull", "somevoise"), "there is no engine 'somevoise'; did you mean 'somevoice"),
        (("pull", "espeak"), "engine 'espeak' declares no model files"),
        (("pull", "somevoice", "-m", "two"), "engine 'somevoice' has no model 'two' to download"),
        (("pull", "somevoice", "--voices", "ann"), "there is no voice 'ann' to download; did you mean 'anna"),
        (("path", "espeak"), "engine 'espeak' declares no model files"),
        (("remove", "somevoice", "-m", "two", "-y"), "engine 'somevoice' declares no files of model 'two'; it has one"),
    ):
        done = models(*arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert f"error: {message}" in done.err
    assert hub.requests == []


def test_failed_download(models: Models, hub: FakeHub) -> None:
    del hub.files["config.json"]
    done = models("pull", "somevoice")
    assert (done.code, done.out) == (1, "")
    assert f"doesn't have config.json of someone/Voice-1M at commit {REVISION} (404)" in done.err
    assert "Traceback" not in done.err


def test_offline(models: Models, hub: FakeHub) -> None:
    with models.start("pull", "somevoice", VOXWEFT_OFFLINE="1") as process:
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (1, b"")
    assert b"error: VOXWEFT_OFFLINE is set" in err
    assert b"models pull somevoice" in err
    assert hub.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_pull_is_resumed(models: Models, hub: FakeHub, number: signal.Signals, code: int) -> None:
    hub.stalls["model.pth"] = 70_000
    partial = models.folder / ".partial"
    with models.start("pull", "somevoice") as process:
        assert hub.stalled.wait(LIMIT_S)
        eventually(lambda: sum(part.stat().st_size for part in partial.glob("*-model.pth")) == 70_000, "it came")
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (code, b"")
    if number == signal.SIGINT:
        assert err.decode().splitlines() == [
            "partial downloads are kept; run the same command again to resume",
            "interrupted",
        ]
    (row,) = (row for row in json.loads(models.fine("list", "--json").out)["models"] if row["engine"] == "somevoice")
    assert (row["complete"], row["n_bytes"], row["n_voices"]) == (False, 70_000 + 8 + 11_000, 2)
    hub.stalls.clear()
    models.fine("pull", "somevoice")
    assert tree(models.folder) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=70000-"
