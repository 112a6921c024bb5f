"""`voxweft models`: pull, list, path and remove, with a hub on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import re
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

from voxweft.utils.streaming.contract.engine_spec import WeightFile

pytestmark = pytest.mark.usefixtures("no_hang")


class Models:
    """`voxweft models` with one engine that has weights."""

    def __init__(self, folder: Path, hub: FakeHub, **weights: object) -> None:
        self.home = folder / "home"
        self.folder = self.home / "TTS" / "somevoice"
        engine = folder / "engines" / "somevoice"
        engine.mkdir(parents=True)
        (engine / "adapter.py").write_text("", encoding="utf-8")
        (engine / "engine.toml").write_text(_toml(**weights), encoding="utf-8")
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

    def on_terminal(self, typed: bytes, *arguments: str, **environment: str) -> tuple[str, int]:
        """Run it in a separate process on a terminal; type an answer, and return what it showed and its exit code."""
        terminal, side = os.openpty()
        variables = self.command.environment | {"TERM": "xterm", "COLUMNS": "200"} | environment
        command = [sys.executable, "-m", "voxweft", "models", *arguments]
        with subprocess.Popen(command, env=variables, stdin=side, stdout=side, stderr=side) as process:
            os.close(side)
            os.write(terminal, typed + b"\n")
            shown = b""
            with contextlib.suppress(OSError):  # Linux: the other side was closed
                while block := os.read(terminal, 4096):
                    shown += block
        os.close(terminal)
        return shown.decode(), process.returncode

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start it in a separate process."""
        return subprocess.Popen(
            [sys.executable, "-m", "voxweft", "models", *arguments],
            env=self.command.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def _toml(**weights: object) -> str:
    spec = msgspec.to_builtins(model_spec(**weights))
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
    facts = {"languages": [], "license": "MIT", "commercial": True, "gated": False}
    place = {"engine": "somevoice", "model": "one", "n_bytes": 611_008}
    assert own == [place | facts | {"sources": ["someone/Voice-1M"]}]

    pulled = models.fine("pull", "somevoice")
    assert pulled.out == f"{models.folder}: 0.6 MiB, 2 voices\n"
    assert pulled.err == ("downloading model 'one' of engine 'somevoice': 0.6 MiB from someone/Voice-1M, license MIT\n")
    assert models.fine("pull", "somevoice").err == "", "there is nothing to download"
    assert tree(models.folder) == FILES
    assert models.fine("path", "somevoice", "-m", "one").out == f"{models.folder}\n"
    listed = json.loads(models.fine("list", "--json").out)
    assert [row for row in listed["models"] if row["engine"] == "somevoice"] == [
        place
        | {"path": str(models.folder), "shared_bytes": 0, "n_voices": 2, "origin": "pulled", "complete": True}
        | facts
    ]
    assert "somevoice" not in [row["engine"] for row in listed["missing"]]
    (row,) = (line for line in models.fine("list").out.splitlines() if line.startswith("somevoice"))
    assert [cell.strip() for cell in row.split("│")] == [
        "somevoice",
        "one",
        "",
        "MIT",
        "0.6 MiB, 2 voices",
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
        assert err.decode().splitlines()[1:] == [
            "partial downloads are kept; run the same command again to resume",
            "interrupted",
        ]
    (row,) = (row for row in json.loads(models.fine("list", "--json").out)["models"] if row["engine"] == "somevoice")
    assert (row["complete"], row["n_bytes"], row["n_voices"]) == (False, 70_000 + 8 + 11_000, 2)
    hub.stalls.clear()
    models.fine("pull", "somevoice")
    assert tree(models.folder) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=70000-"


def test_files_without_a_digest_are_trusted_on_request(tmp_path: Path, hub: FakeHub) -> None:
    files = tuple(WeightFile(path=path, sha256="") for path in ("config.json", "model.pth"))
    models = Models(tmp_path, hub, license="CC-BY-NC-4.0", files=files, voices=(), revision="main")
    (row,) = (line for line in models.fine("list").out.splitlines() if line.startswith("somevoice"))
    assert "size not stated" in row
    command = ("pull", "somevoice", "--trust-on-first-use", "--accept-license", "cc-by-nc-4.0")
    refused = models("pull", "somevoice")
    assert (refused.code, f"`voxweft models {' '.join(command)}`" in refused.err) == (1, True), refused.err
    assert (models(*command[:3]).code, hub.requests) == (1, []), "the license isn't accepted"
    pulled = models.fine(*command)
    assert "nobody states what config.json, model.pth must contain: what comes is recorded" in pulled.err
    assert tree(models.folder) == {path: FILES[path] for path in ("config.json", "model.pth")}
    models.fine("remove", "somevoice", "-y")
    models.fine("pull", "somevoice")
    assert "/main/" not in hub.requests[-1].path, "from then on, it is that commit"


class TestLicenses:
    """Weights that may not be used in every way."""

    @pytest.fixture
    def models(self, tmp_path: Path, hub: FakeHub) -> Models:
        return Models(tmp_path, hub, license="CC-BY-NC-4.0")

    def test_a_license_must_be_named(self, models: Models, hub: FakeHub) -> None:
        refused = models("pull", "somevoice")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == (
            "error: the license of model 'one' of engine 'somevoice' must be accepted before its download: "
            "CC-BY-NC-4.0 (no commercial use), https://huggingface.co/someone/Voice-1M; read it, then run "
            "`voxweft models pull somevoice --accept-license cc-by-nc-4.0`\n"
        )
        wrong = models("pull", "somevoice", "--accept-license", "mit")
        assert (wrong.code, wrong.out) == (2, "")
        assert "is CC-BY-NC-4.0 (no commercial use), not 'mit'; read https://huggingface.co/" in wrong.err
        assert (hub.requests, models.home.exists()) == ([], False)
        pulled = models.fine("pull", "somevoice", "--accept-license", "CC-BY-NC-4.0")
        assert pulled.err.endswith("from someone/Voice-1M, license CC-BY-NC-4.0 (no commercial use)\n")
        assert tree(models.folder) == FILES
        models.fine("remove", "somevoice", "-y")
        models.fine("pull", "somevoice")
        assert tree(models.folder) == FILES, "it is asked once"

    def test_it_is_not_downloaded_for_commercial_use(self, models: Models, hub: FakeHub) -> None:
        arguments = ("pull", "somevoice", "--accept-license", "cc-by-nc-4.0")
        done = models(*arguments, VOXWEFT_COMMERCIAL="1")
        assert (done.code, done.out, hub.requests) == (2, "", [])
        assert "the license of model 'one' of engine 'somevoice', CC-BY-NC-4.0, forbids commercial use" in done.err

    def test_a_variable_accepts_it(self, models: Models, hub: FakeHub) -> None:
        assert models("pull", "somevoice", VOXWEFT_ACCEPT_LICENSES="mit,cc-by-nc-sa-4.0").code == 1
        assert models("pull", "somevoice", VOXWEFT_ACCEPT_LICENSES="mit, cc-by-nc-4.0").code == 0
        assert not (models.home / "licenses.json").exists()

    @pytest.mark.skipif(sys.platform == "win32", reason="terminals as Unix has them")
    def test_on_a_terminal_it_asks(self, models: Models, hub: FakeHub) -> None:
        for answer, code in ((b"n", 1), (b"y", 0)):
            shown, exit_code = models.on_terminal(answer, "pull", "somevoice")
            assert exit_code == code, shown
            assert "has the license CC-BY-NC-4.0 (no commercial use): https://huggingface.co/someone/Voice-1M" in shown
            assert models.folder.exists() == (code == 0)
        assert tree(models.folder) == FILES

    def test_the_lists_say_it(self, models: Models) -> None:
        (row,) = (line for line in models.fine("list").out.splitlines() if line.startswith("somevoice"))
        assert "CC-BY-NC-4.0 (no commercial use)" in row
        assert row.rstrip().endswith("voxweft models pull somevoice --accept-license cc-by-nc-4.0")
        (row,) = (
            row for row in json.loads(models.fine("list", "--json").out)["missing"] if row["engine"] == "somevoice"
        )
        assert (row["license"], row["commercial"]) == ("CC-BY-NC-4.0", False)
        listed = models.command.fine_here("engines").out
        assert "MIT; weights: CC-BY-NC-4.0 (no commercial use)" in listed
        listed = json.loads(models.command.fine_here("engines", "--json").out)["engines"]
        (row,) = (row for row in listed if row["name"] == "somevoice")
        (model,) = row["models"]
        assert (model["name"], model["license"], model["commercial"]) == ("one", "CC-BY-NC-4.0", False)
        assert row["license"] == "MIT"


@pytest.mark.skipif(sys.platform == "win32", reason="terminals as Unix has them")
def test_the_list_fits_a_terminal_of_100_columns(models: Models) -> None:
    shown, code = models.on_terminal(b"", "list", COLUMNS="100")
    lines = re.sub(r"\x1b\[[0-9;]*m|\r", "", shown).splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 100
    (row,) = (line for line in lines if line.startswith("somevoice"))
    assert [cell.strip() for cell in row.split("│")] == ["somevoice", "one", "", "MIT", "0.6 MiB", "not downloaded"]
    assert lines[-1] == "to download one: voxweft models pull ENGINE -m MODEL"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_shared_files_are_counted_once(models: Models, tmp_path: Path) -> None:
    models.fine("pull", "somevoice")
    other = models.home / "other.pth"
    other.hardlink_to(models.folder / "model.pth")
    (row,) = (line for line in models.fine("list").out.splitlines() if line.startswith("somevoice"))
    assert "0.6 MiB (0.6 MiB shared), 2 voices" in row
    removed = models.fine("remove", "somevoice", "-y").out
    assert removed == "freed 0.0 MiB; 0.6 MiB are shared with other models and stay\n"
    assert other.read_bytes() == FILES["model.pth"]
