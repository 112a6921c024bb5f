"""Downloads: complete or resumable, verified, limited, one at a time, never when offline, with clear errors."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from fake_hub import (
    FILES,
    OTHER_REPO,
    OTHER_REVISION,
    REPO,
    REVISION,
    FakeHub,
    ProgressLog,
    content,
    model_spec,
    put,
    serving,
    tree,
    weight_file,
)
from paths import SUPPORT
from streaming_kit import MakeRuntime, child_pids, eventually, is_running, speak

from voxweft.utils.models.download_order import TransferLimits
from voxweft.utils.models.layout import PARTIAL
from voxweft.utils.models.licenses import terms_of
from voxweft.utils.models.store import ModelStore
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, WeightFile
from voxweft.utils.streaming.contract.errors import (
    DownloadError,
    LicenseNotAcceptedError,
    ModelMissingError,
    SegmentError,
)
from voxweft.utils.streaming.loading.fetch import fetch
from voxweft.utils.streaming.runtime import Runtime

QUICK = TransferLimits(stall_s=0.3, attempts=3, backoff_s=0.01)
PATIENT = TransferLimits(stall_s=30.0, attempts=3, backoff_s=0.01)
SECRET = "hf_" + "thisisnobodystoken"

pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with the small model; the library's own settings have its address."""
    for name in (
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HF_TOKEN_PATH",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    before = child_pids()
    with serving(FILES) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        yield served
        # No helper outlives its download.
        eventually(lambda: child_pids() <= before, "every helper is gone", 5.0)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore((), home=tmp_path / "home", digests=tmp_path / "digests.json")


def get(store: ModelStore, spec: EngineSpec | None = None, log: ProgressLog | None = None, **options: object) -> Path:
    options = {"limits": QUICK, "on_progress": log or ProgressLog()} | options
    return asyncio.run(fetch(spec or model_spec(), "", store, **options))  # type: ignore[arg-type]


def parts(store: ModelStore) -> list[Path]:
    return list((store.download_folder(model_spec(), "") / PARTIAL).glob("*-model.pth"))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  it is another thread's or process's doing
        await asyncio.sleep(0.01)


def test_a_download_is_complete_and_found(hub: FakeHub, store: ModelStore) -> None:
    log = ProgressLog()
    spec = model_spec()
    folder = get(store, spec, log)
    assert folder == store.download_folder(spec, "one") == store.home / "TTS" / "somevoice"
    assert tree(folder) == FILES
    assert not (folder / PARTIAL).exists()
    located = store.locate(spec, "")
    assert located.path == str(folder)
    assert [name for name, _ in located.voices] == ["anna", "bert"]
    assert log.fractions == sorted(log.fractions)
    assert log.fractions[-1] == 1.0
    assert "downloading model.pth (0.6 of 0.6 MiB)" in log.messages
    assert [request.path.rpartition("/")[2] for request in hub.requests if request.path.startswith("/cdn")] == [
        "anna.pt",
        "bert.pt",
        "config.json",
        "model.pth",
    ], "what makes the model findable comes last"
    assert all(f"/{REVISION}/" in request.path for request in hub.requests)


def test_existing_files_are_not_downloaded_again(hub: FakeHub, store: ModelStore) -> None:
    folder = get(store)
    n_requests = len(hub.requests)
    get(store)
    get(store, offline=True)
    assert len(hub.requests) == n_requests
    (folder / "config.json").unlink()
    (folder / "model.pth").write_bytes(b"too short")
    get(store)
    new_requests = hub.requests[n_requests:][::2]
    assert [request.path.rpartition("/")[2] for request in new_requests] == ["config.json", "model.pth"]
    assert tree(folder) == FILES


def test_some_voices_first_and_the_others_later(hub: FakeHub, store: ModelStore) -> None:
    folder = get(store, voices=["bert"])
    assert set(tree(folder)) == {"config.json", "model.pth", "voices/bert.pt"}
    get(store)
    assert tree(folder) == FILES
    assert len(hub.content_requests("model.pth")) == 1


def test_an_unknown_voice(hub: FakeHub, store: ModelStore) -> None:
    with pytest.raises(ValueError, match=r"no voice 'ana' to download; did you mean 'anna'\?"):
        get(store, voices=["bert", "ana"])
    assert hub.requests == []


def test_a_cancel_ends_the_helper_and_keeps_the_partial_file(hub: FakeHub, store: ModelStore) -> None:
    hub.stalls["model.pth"] = 70_000
    before = child_pids()
    helpers: set[int] = set()

    async def begin_and_cancel() -> None:
        task = asyncio.create_task(fetch(model_spec(), "one", store, on_progress=ProgressLog(), limits=PATIENT))
        await until(hub.stalled.is_set)
        helpers.update(child_pids() - before)
        await until(lambda: [part.stat().st_size for part in parts(store)] == [70_000])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not any(map(is_running, helpers)), "it is gone when the cancelled call is over"

    asyncio.run(begin_and_cancel())
    assert helpers
    hub.stalls.clear()
    assert tree(get(store)) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=70000-"


def test_two_callers_share_one_download(hub: FakeHub, store: ModelStore) -> None:
    hub.stalls["voices/anna.pt"] = 100
    second = ProgressLog()

    async def both() -> list[Path]:
        first = asyncio.create_task(fetch(model_spec(), "", store, on_progress=ProgressLog(), limits=PATIENT))
        await until(hub.stalled.is_set)
        other = asyncio.create_task(fetch(model_spec(), "", store, on_progress=second, limits=PATIENT))
        await until(lambda: "waiting for another download of the same files" in second.messages)
        hub.release.set()
        hub.stalls.clear()
        return await asyncio.gather(first, other)

    assert [tree(folder) for folder in asyncio.run(both())] == [FILES, FILES]
    # The first request stalled after a part; no file that existed was requested again.
    assert {path: len(hub.content_requests(path)) for path in FILES} == dict.fromkeys(FILES, 1) | {"voices/anna.pt": 2}
    assert all(0 <= fraction <= 1 for fraction in second.fractions)


def test_the_second_caller_continues_when_the_first_is_cancelled(hub: FakeHub, store: ModelStore) -> None:
    hub.stalls["voices/anna.pt"] = 100
    second = ProgressLog()

    async def both() -> Path:
        first = asyncio.create_task(fetch(model_spec(), "", store, on_progress=ProgressLog(), limits=PATIENT))
        await until(hub.stalled.is_set)
        other = asyncio.create_task(fetch(model_spec(), "", store, on_progress=second, limits=PATIENT))
        await until(lambda: "waiting for another download of the same files" in second.messages)
        hub.stalls.clear()
        first.cancel()
        return await other

    assert tree(asyncio.run(both())) == FILES


def test_a_failure_in_the_helper_has_its_message(hub: FakeHub, store: ModelStore) -> None:
    hub.cuts["model.pth"] = [100_000, 10, 10, 10]
    with pytest.raises(
        DownloadError, match=r"^model\.pth: the connection closed.*3 times in a row.*again to resume"
    ) as caught:
        get(store)
    assert "\n" not in str(caught.value), "no traceback"
    with pytest.raises(ModelMissingError):
        store.locate(model_spec(), "")
    hub.cuts.clear()
    assert tree(get(store)) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=100020-"
    hub.files["config.json"] = content("another", len(FILES["config.json"]))
    (store.download_folder(model_spec(), "") / "config.json").unlink()
    with pytest.raises(DownloadError, match=r"^config\.json has the SHA-256 \w+ instead of \w+ and was deleted"):
        get(store)


@pytest.mark.parametrize("place", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME"])
def test_a_gated_model_with_a_token(
    hub: FakeHub, store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    hub.gated, hub.tokens = {REPO}, {SECRET: {REPO}}
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(DownloadError, match=rf"there is no token\. Accept the terms at https://huggingface\.co/{REPO}"):
        get(store)
    (tmp_path / "token").write_text(SECRET, encoding="ascii")
    values = {"HF_HOME": str(tmp_path), "HF_TOKEN_PATH": str(tmp_path / "token")}
    if place not in values:
        (tmp_path / "token").unlink()
    monkeypatch.setenv(place, values.get(place, SECRET))
    assert tree(get(store)) == FILES
    assert {request.authorization for request in hub.requests if request.path.startswith("/cdn")} == {""}


def another_engine(name: str = "second") -> EngineSpec:
    """Return an engine with a model of its own that has the same weights in another repository."""
    shared = msgspec.structs.replace(
        weight_file("weights.bin", FILES["model.pth"], 16), repo=OTHER_REPO, revision=OTHER_REVISION
    )
    files = (weight_file("settings.json", b"{}"), shared)
    return model_spec(name=name, folder=f"TTS/{name}", files=files, voices=())


def test_the_same_content_is_downloaded_once_for_all_engines(hub: FakeHub, store: ModelStore) -> None:
    hub.files["settings.json"] = b"{}"
    second = another_engine()
    first_folder = get(store)
    folder = get(store, second, others=[model_spec()])
    assert tree(folder) == {"settings.json": b"{}", "weights.bin": FILES["model.pth"]}
    assert (folder / "weights.bin").samefile(first_folder / "model.pth")
    assert not [request for request in hub.requests if OTHER_REPO in request.path]
    assert store.remove(model_spec(), "").shared_bytes == len(FILES["model.pth"])
    assert store.locate(second, "").path == str(folder)
    (folder / "weights.bin").unlink()
    with pytest.raises(DownloadError, match=rf"doesn't have weights\.bin of {OTHER_REPO}"):
        get(store, second, others=[model_spec()])
    hub.other_files["weights.bin"] = FILES["model.pth"]
    assert tree(get(store, second, others=[model_spec()]))["weights.bin"] == FILES["model.pth"]


def test_two_models_of_one_engine_share_files(hub: FakeHub, store: ModelStore) -> None:
    one = model_spec()
    weights = msgspec.structs.replace(one.weights["one"], folder="TTS/two")
    both = msgspec.structs.replace(one, models={"one": ModelSpec(), "two": ModelSpec()})
    both = msgspec.structs.replace(both, weights={"one": one.weights["one"], "two": weights})
    get(store, both)
    n_requests = len(hub.requests)
    folder = asyncio.run(fetch(both, "two", store, on_progress=ProgressLog(), limits=QUICK))
    assert tree(folder) == FILES
    assert len(hub.requests) == n_requests


def test_files_of_the_hubs_cache_are_linked(hub: FakeHub, store: ModelStore, tmp_path: Path) -> None:
    store = ModelStore((), home=store.home, digests=tmp_path / "digests.json", hub_cache=tmp_path / "hub")
    snapshot = tmp_path / "hub" / f"models--{OTHER_REPO.replace('/', '--')}" / "snapshots" / OTHER_REVISION
    put(snapshot, {"weights.bin": FILES["model.pth"]})
    hub.files["settings.json"] = b"{}"
    assert (get(store, another_engine()) / "weights.bin").samefile(snapshot / "weights.bin")
    assert not [request for request in hub.requests if OTHER_REPO in request.path]


def test_a_license_is_accepted_before_the_download(hub: FakeHub, store: ModelStore, tmp_path: Path) -> None:
    spec = model_spec(license="CC-BY-NC-4.0")
    with pytest.raises(
        LicenseNotAcceptedError, match=r"run `voxweft models pull somevoice --accept-license cc-by-nc-4\.0`"
    ):
        get(store, spec)
    assert (hub.requests, store.home.exists()) == ([], False)
    allowing = ModelStore((), home=store.home, digests=tmp_path / "d", accepted_licenses=["CC-BY-NC-4.0"])
    folder = get(allowing, spec)
    get(store, spec)
    (folder / "config.json").unlink()
    with pytest.raises(LicenseNotAcceptedError):
        get(store, spec)
    store.licenses.accept(terms_of(spec, ""))
    assert tree(get(store, spec)) == FILES


def test_a_job_never_accepts_a_license(hub: FakeHub, tmp_path: Path, make_runtime: MakeRuntime) -> None:
    def with_weights(runtime: Runtime) -> Runtime:
        weights = model_spec(license="CC-BY-NC-4.0").weights
        tone = msgspec.structs.replace(
            runtime.registry.get("tone"), models={"one": ModelSpec()}, default_model="one", weights=weights
        )
        runtime.registry.specs["tone"] = tone
        return runtime

    places = {"models_home": tmp_path / "home", "hub_cache": None, "model_folders": ()}
    runtime = with_weights(make_runtime(**places))
    sentence = "must be accepted before its download.*run `voxweft models pull tone --accept-license cc-by-nc-4.0`"
    with pytest.raises(SegmentError, match=sentence):
        list(runtime.stream(speak(["Hello."])))
    assert hub.requests == []
    accepting = with_weights(make_runtime(**places, accepted_licenses=("cc-by-nc-4.0",)))
    assert list(accepting.stream(speak(["Hello."])))
    assert tree(tmp_path / "home" / "TTS" / "somevoice") == FILES
    assert list(runtime.stream(speak(["Hello."]))), "weights that are there are used"


def test_the_license_and_the_sources_are_logged_before_a_download(
    hub: FakeHub, store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    get(store)
    get(store)
    assert caplog.messages == [f"downloading model 'one' of engine 'somevoice': 0.6 MiB from {REPO}, license MIT"]


def test_offline_nothing_is_requested(hub: FakeHub, store: ModelStore) -> None:
    with pytest.raises(ModelMissingError) as caught:
        get(store, offline=True)
    message = str(caught.value)
    assert message.startswith("VOXWEFT_OFFLINE is set, so voices/anna.pt of model 'one' isn't downloaded")
    assert "`voxweft models pull somevoice`" in message
    assert f"copy the folder from a machine that has it to {store.home / 'TTS' / 'somevoice'}" in message
    assert hub.requests == []
    assert not store.home.exists()


def unstated(*paths: str, revision: str = "main") -> EngineSpec:
    """Return an engine with files that nobody states the content of, on a branch."""
    files = tuple(msgspec.structs.replace(weight_file(path, FILES[path]), sha256="", n_bytes=0) for path in paths)
    own = WeightFile(path="own.yaml", sha256="", needed=False)
    return model_spec(files=(*files, own), voices=(), revision=revision)


def test_files_are_trusted_on_first_use_and_checked_ever_after(hub: FakeHub, store: ModelStore) -> None:
    spec = unstated("config.json", "model.pth")
    told: list[str] = []
    with pytest.raises(ModelMissingError, match="voxweft models pull somevoice --trust-on-first-use"):
        get(store, spec)
    assert hub.requests == []
    folder = get(store, spec, trust=True, on_download=told.append)
    assert "nobody states what config.json, model.pth must contain" in told[-1]
    assert tree(folder) == {path: FILES[path] for path in ("config.json", "model.pth")}
    known = store.weights(spec, "")
    assert known is not None
    assert [(file.revision, file.sha256, file.n_bytes) for file in known.files[:2]] == [
        (REVISION, weight_file(path, FILES[path]).sha256, len(FILES[path])) for path in ("config.json", "model.pth")
    ]

    # The branch moves on, and a file is damaged: it is restored from the commit that came first, without asking.
    hub.branches["main"] = OTHER_REVISION
    (folder / "model.pth").write_bytes(b"x" * len(FILES["model.pth"]))
    get(store, spec, check=True)
    assert tree(folder) == {path: FILES[path] for path in ("config.json", "model.pth")}

    # Other content under that commit is refused, also with the option.
    hub.files["model.pth"] = b"y" * len(FILES["model.pth"])
    (folder / "model.pth").unlink()
    with pytest.raises(DownloadError, match=r"model\.pth has the SHA-256"):
        get(store, spec, trust=True)


def test_trusted_files_of_a_repository_come_from_one_commit(hub: FakeHub, store: ModelStore) -> None:
    both = unstated("config.json", "model.pth")
    get(store, unstated("config.json"), trust=True)
    hub.branches["main"] = OTHER_REVISION  # which has no files
    folder = get(store, both, trust=True)
    assert tree(folder) == {path: FILES[path] for path in ("config.json", "model.pth")}
    assert {request.path.split("/")[4] for request in hub.requests if "resolve" in request.path} == {"main", REVISION}
    record = store.home / "trusted.json"
    record.write_text("{")
    (folder / "model.pth").unlink()
    with pytest.raises(ModelMissingError, match="Nobody states"):
        get(store, both)
    hub.branches["main"] = REVISION
    with pytest.raises(DownloadError, match="delete it to trust its files again"):
        get(store, both, trust=True)


def test_a_job_never_trusts_by_itself(hub: FakeHub, store: ModelStore, make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    runtime.store = store
    runtime.registry.specs["somevoice"] = unstated("config.json", "model.pth")
    with pytest.raises(ModelMissingError, match="Nobody states"):
        runtime.run(runtime._fetch(runtime.registry.get("somevoice"), "", lambda _message, _fraction: None))
    assert hub.requests == []


def test_a_model_whose_digests_nobody_states_is_copied_by_the_user(hub: FakeHub, store: ModelStore) -> None:
    config, weights = (weight_file(path, FILES[path]) for path in ("config.json", "model.pth"))
    own = msgspec.structs.replace(config, path="own.yaml", sha256="", needed=False)
    spec = model_spec(files=(config, msgspec.structs.replace(weights, sha256=""), own), voices=())
    with pytest.raises(ModelMissingError) as caught:
        get(store, spec)
    for part in (
        "Nobody states what model.pth must contain",
        f"/{REPO}/resolve/{REVISION}/model.pth",
        str(store.download_folder(spec, "")),
    ):
        assert part in str(caught.value)
    assert hub.requests == []

    folder = put(store.download_folder(spec, ""), {path: FILES[path] for path in ("config.json", "model.pth")})
    first = store.locate(spec, "")
    assert get(store, spec) == folder == Path(first.path)
    (folder / "own.yaml").write_text("a user's own")
    assert store.locate(spec, "").fingerprint not in ("", first.fingerprint)


@pytest.mark.parametrize(
    "path",
    [
        "../outside.pth",
        "/etc/passwd",
        "a/../../b",
        "a\\..\\b",
        "C:/x",
        "",
        "a//b",
        "./a",
        ".partial/x",
        "a/b. ",
        "a\0b",
    ],
)
def test_a_path_out_of_the_folder_is_refused(hub: FakeHub, store: ModelStore, path: str) -> None:
    with pytest.raises(ValueError, match=r"isn't allowed|can't be right"):
        get(store, model_spec(FILES | {path: b"x"}))
    with pytest.raises(ValueError, match="isn't allowed"):
        get(store, model_spec(folder=path))
    assert hub.requests == []
    assert not store.home.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"revision": "main"}, "must be a commit"),
        ({"repo": "../../x"}, "isn.t a repository"),
        ({"repo": "a/b?c"}, "isn.t a repository"),
        ({"files": ()}, "declares no files"),
        ({"files": (WeightFile(path="a", sha256="123"),)}, "invalid digest or size"),
        ({"files": (WeightFile(path="a", sha256="0" * 64), WeightFile(path="A", sha256="0" * 64))}, "twice"),
    ],
)
def test_unpinned_weights_are_refused(store: ModelStore, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        get(store, model_spec(**changes))


def test_an_engine_without_files(store: ModelStore) -> None:
    spec = msgspec.structs.replace(model_spec(), weights={})
    with pytest.raises(ValueError, match="engine 'somevoice' declares no"):
        get(store, spec)
    with pytest.raises(ValueError, match="has no model 'two' to download"):
        asyncio.run(fetch(model_spec(), "two", store, on_progress=ProgressLog()))


def test_this_process_makes_no_connection_itself(hub: FakeHub, store: ModelStore, tmp_path: Path) -> None:
    """The parent may be a host whose audit hook refuses everything: the helper is another process."""
    code = (
        "import asyncio, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from fake_hub import model_spec\n"
        "from voxweft.utils.streaming.loading.fetch import fetch\n"
        "from voxweft.utils.models.store import ModelStore\n"
        "connected = []\n"
        "sys.addaudithook(lambda event, args: event == 'socket.connect' and connected.append(args[1]))\n"
        "home = Path(sys.argv[1])\n"
        "store = ModelStore((), home=home, digests=home / 'd')\n"
        "asyncio.run(fetch(model_spec(), '', store, on_progress=lambda *_: None))\n"
        "network = {'huggingface_hub', 'truststore', 'urllib.request'} & set(sys.modules)\n"
        "print(connected, sorted(network))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home"), str(SUPPORT)],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == "[] []"
    assert tree(tmp_path / "home" / "TTS" / "somevoice") == FILES


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_a_killed_parent_takes_the_helper_with_it(hub: FakeHub, tmp_path: Path) -> None:
    hub.stalls["model.pth"] = 70_000
    code = (
        "import asyncio, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from fake_hub import model_spec\n"
        "from voxweft.utils.streaming.loading.fetch import fetch\n"
        "from voxweft.utils.models.store import ModelStore\n"
        "home = Path(sys.argv[1])\n"
        "store = ModelStore((), home=home, digests=home / 'd')\n"
        "asyncio.run(fetch(model_spec(), '', store, on_progress=lambda *_: None))\n"
    )
    before = child_pids()
    arguments = [str(tmp_path / "home"), str(SUPPORT)]
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as parent:
        assert hub.stalled.wait(30)
        helpers = child_pids() - before - {parent.pid}
        assert helpers
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not any(map(is_running, helpers)), "the helper is gone")
