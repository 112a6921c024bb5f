"""The download helper: resumed, verified, limited, with clear errors. Everything in this process."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import msgspec
import pytest
from fake_hub import FILES, REPO, REVISION, FakeHub, ProgressLog, content, model_spec, serving, tree

from voxweft.helpers.model_hub.download import Download
from voxweft.helpers.model_hub.errors import disk_error
from voxweft.utils.models.download_order import DownloadOrder, TransferLimits
from voxweft.utils.models.layout import PARTIAL, select_files
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, WeightFile
from voxweft.utils.streaming.contract.errors import DownloadError

QUICK = TransferLimits(stall_s=0.3, attempts=3, backoff_s=0.01)
SECRET = "hf_" + "thisisnobodystoken"

pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with the small model; the library's own settings have its address."""
    for name in ("HF_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", "/nowhere")
    with serving(FILES) as served:
        use_endpoint(served.endpoint, monkeypatch)
        yield served


def use_endpoint(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the endpoint as HF_ENDPOINT does when the library is imported."""
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def get(
    home: Path,
    spec: EngineSpec | None = None,
    log: ProgressLog | None = None,
    *,
    check: bool = False,
    limits: TransferLimits = QUICK,
) -> Path:
    """Download a model as the helper does."""
    weights = (spec or model_spec()).weights["one"]
    folder = home / "model"
    order = DownloadOrder(
        repo=weights.repo,
        revision=weights.revision,
        folder=str(folder),
        lock=str(home / "lock"),
        files=select_files(weights, None),
        check=check,
        limits=limits,
    )
    Download(order, log or ProgressLog()).run()
    return folder


def part(home: Path) -> Path:
    (found,) = (home / "model" / PARTIAL).glob("*-model.pth")
    return found


def test_a_check_finds_damage_of_the_right_size(hub: FakeHub, home: Path) -> None:
    folder = get(home)
    damaged = bytearray(FILES["model.pth"])
    damaged[1000] ^= 1
    (folder / "model.pth").write_bytes(damaged)
    get(home)
    assert tree(folder) != FILES, "without a check the size is enough"
    get(home, check=True)
    assert tree(folder) == FILES
    assert len(hub.content_requests("model.pth")) == 2
    assert len(hub.content_requests("anna.pt")) == 1


def test_digests_of_eight_digits_and_undeclared_sizes(hub: FakeHub, home: Path) -> None:
    spec = model_spec()
    weights = spec.weights["one"]
    short = [WeightFile(path=file.path, sha256=file.sha256[:8]) for file in (*weights.files, *weights.voices)]
    weights = msgspec.structs.replace(weights, files=tuple(short[:2]), voices=tuple(short[2:]))
    log = ProgressLog()
    hub.cuts["model.pth"] = [50_000]
    folder = get(home, msgspec.structs.replace(spec, weights={"one": weights}), log)
    assert tree(folder) == FILES
    assert log.fractions == sorted(log.fractions)
    assert hub.content_requests("model.pth")[1].range == "bytes=50000-"


def test_an_interrupted_connection_is_resumed_at_the_same_byte(hub: FakeHub, home: Path) -> None:
    hub.cuts["model.pth"] = [100_000, 0, 33_333]
    folder = get(home, limits=TransferLimits(stall_s=5.0, attempts=5, backoff_s=0.01))
    assert tree(folder) == FILES
    ranges = [request.range for request in hub.content_requests("model.pth")]
    assert ranges == ["", "bytes=100000-", "bytes=100000-", "bytes=133333-"]


def test_too_many_interruptions_fail_and_the_next_download_resumes(hub: FakeHub, home: Path) -> None:
    hub.cuts["model.pth"] = [100_000, 10, 10, 10]
    with pytest.raises(
        DownloadError, match=r"(?s)^model\.pth: the connection closed.*3 times in a row.*again to resume"
    ) as caught:
        get(home)
    assert "Traceback" not in str(caught.value)
    assert part(home).read_bytes() == FILES["model.pth"][:100_020]
    assert not ((home / "model") / "model.pth").exists()
    hub.cuts.clear()
    assert tree(get(home)) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=100020-"


def test_attempts_with_progress_are_not_counted(hub: FakeHub, home: Path) -> None:
    big = content("big", 1_600_000)
    files = FILES | {"model.pth": big}
    hub.files["model.pth"] = big
    hub.cuts["model.pth"] = [300_000] * 5
    assert tree(get(home, model_spec(files))) == files


def test_a_server_that_ignores_ranges(hub: FakeHub, home: Path) -> None:
    hub.cuts["model.pth"] = [100_000]
    hub.ignores_ranges = True
    assert tree(get(home)) == FILES


def test_a_partial_file_that_is_too_long_starts_over(hub: FakeHub, home: Path) -> None:
    hub.cuts["model.pth"] = [1000, 10, 10, 10]
    with pytest.raises(DownloadError):
        get(home)
    part(home).write_bytes(bytes(700_000))
    hub.cuts.clear()
    assert tree(get(home)) == FILES
    assert hub.content_requests("model.pth")[-1].range == ""


def test_transient_statuses_are_retried(hub: FakeHub, home: Path) -> None:
    hub.statuses["config.json"] = [503, 429]
    assert tree(get(home)) == FILES
    hub.statuses["voices/anna.pt"] = [500] * 3
    ((home / "model") / "voices" / "anna.pt").unlink()
    with pytest.raises(DownloadError, match=r"voices/anna\.pt: 127\.0\.0\.1:\d+ returned 500 .*3 times in a row"):
        get(home)


def test_a_file_that_the_hub_does_not_have(hub: FakeHub, home: Path) -> None:
    del hub.files["model.pth"]
    with pytest.raises(DownloadError, match=rf"doesn't have model\.pth of {REPO} at commit {REVISION} \(404\)"):
        get(home)
    assert sum(request.path.endswith("model.pth") for request in hub.requests) == 1, "a 404 is not retried"


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_model_needs_a_token(hub: FakeHub, home: Path, status: int) -> None:
    hub.statuses["voices/anna.pt"] = [status]
    with pytest.raises(
        DownloadError, match=rf"\({status}\): authentication required.*https://huggingface\.co/{REPO}.*hf auth login"
    ):
        get(home)


def test_a_token_is_sent_only_where_required_and_never_printed(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    log = ProgressLog()
    hub.statuses["voices/bert.pt"] = [401]
    hub.statuses["model.pth"] = [403]
    with pytest.raises(DownloadError, match="your token has no access") as caught:
        get(home, log=log)
    assert SECRET not in str(caught.value) + str(caught.value.__cause__) + "".join(log.messages)
    sent = [(request.path.removeprefix(f"/{REPO}/resolve"), request.authorization) for request in hub.requests]
    bearer = f"Bearer {SECRET}"
    assert sent == [
        (f"/{REVISION}/voices/anna.pt", ""),
        (f"/cdn/{REVISION}/voices/anna.pt", ""),
        (f"/{REVISION}/voices/bert.pt", ""),
        (f"/{REVISION}/voices/bert.pt", bearer),
        (f"/cdn/{REVISION}/voices/bert.pt", ""),
        (f"/{REVISION}/config.json", bearer),
        (f"/cdn/{REVISION}/config.json", ""),
        (f"/{REVISION}/model.pth", bearer),
    ], "the host that the hub redirects to gets none"
    assert {request.host.partition(":")[0] for request in hub.requests} == {"127.0.0.1", "localhost"}


def test_a_file_with_a_wrong_hash_is_deleted_and_named(hub: FakeHub, home: Path) -> None:
    right = model_spec().weights["one"].files[1].sha256
    hub.files["model.pth"] = content("another", len(FILES["model.pth"]))
    with pytest.raises(DownloadError, match=rf"^model\.pth has the SHA-256 [0-9a-f]{{64}} instead of {right}"):
        get(home)
    folder = home / "model"
    assert not (folder / "model.pth").exists()
    assert [path.name for path in (folder / PARTIAL).glob("*")] == []
    hub.files["model.pth"] = FILES["model.pth"]
    assert tree(get(home)) == FILES


def test_another_size_is_refused_before_the_transfer(hub: FakeHub, home: Path) -> None:
    hub.files["model.pth"] = b"<html>Please log in</html>"
    hub.headers["Content-Type"] = "text/html"
    with pytest.raises(DownloadError, match=r"offers 26 bytes \(text/html\), expected 600000.*login page"):
        get(home)
    assert len(hub.content_requests("model.pth")) == 1


def test_a_compressed_response_is_refused(hub: FakeHub, home: Path) -> None:
    hub.headers["Content-Encoding"] = "gzip"
    with pytest.raises(DownloadError, match="compressed, which wasn't requested"):
        get(home)


def test_redirects_are_limited_and_stay_on_http(hub: FakeHub, home: Path) -> None:
    for address, message in (
        ("file:///etc", "redirects to 'file:///etc/cdn/.*isn't a safe address"),
        ("ftp://x", "isn't a safe address"),
    ):
        hub.redirects_to = address
        with pytest.raises(DownloadError, match=message):
            get(home)
    hub.requests.clear()
    hub.redirects_to = f"{hub.endpoint}/{REPO}/resolve/{REVISION}/voices/anna.pt?"
    with pytest.raises(DownloadError, match="redirects more than 5 times"):
        get(home)
    assert len(hub.requests) == 6


def test_a_hub_that_can_not_be_reached(home: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    use_endpoint("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9 can't be reached .*3 times in a row.*Check the network"):
        get(home)
    use_endpoint("gopher://127.0.0.1", monkeypatch)
    with pytest.raises(DownloadError, match="HF_ENDPOINT must begin with https://"):
        get(home)


def test_a_stalled_transfer_ends(hub: FakeHub, home: Path) -> None:
    hub.stalls["model.pth"] = 70_000
    with pytest.raises(DownloadError, match=r"^model\.pth: stalled: no data for 0\.3 s, 3 times in a row"):
        get(home)
    assert [request.range for request in hub.content_requests("model.pth")] == ["", "bytes=70000-", "bytes=140000-"]
    hub.stalls.clear()
    assert tree(get(home)) == FILES
    assert hub.content_requests("model.pth")[-1].range == "bytes=210000-"


def test_the_offline_switch_of_the_library_is_respected(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match=r"^HF_HUB_OFFLINE is set"):
        get(home)
    assert hub.requests == []


def test_a_home_that_cannot_be_written_to(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"^can't write to .*file.*VOXWEFT_MODELS_HOME"):
        get(tmp_path / "file" / "home")
    assert hub.requests == []


def test_a_disk_that_is_too_small(hub: FakeHub, home: Path) -> None:
    spec = model_spec()
    large = WeightFile(path="model.pth", sha256="0" * 64, n_bytes=1 << 60)
    spec = msgspec.structs.replace(
        spec, weights={"one": msgspec.structs.replace(spec.weights["one"], files=(large,), voices=())}
    )
    with pytest.raises(DownloadError, match=r"^not enough space in .*: 1099511627776 MiB needed, \d+ MiB free"):
        get(home, spec)
    assert hub.requests == []


@pytest.mark.linux
@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_disk_that_fills_up(hub: FakeHub, home: Path) -> None:
    partial = (home / "model") / PARTIAL
    partial.mkdir(parents=True)
    sha256 = model_spec().weights["one"].files[1].sha256
    (partial / f"{sha256[:16]}-model.pth").symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"^no space is left in .*VOXWEFT_MODELS_HOME.*; what was downloaded"):
        get(home)


def test_disk_errors_name_the_fix() -> None:
    assert "no space is left in /x" in str(disk_error(OSError(errno.EDQUOT, "Disk quota exceeded"), "/x"))
    assert "(Read-only file system)" in str(disk_error(OSError(errno.EROFS, "Read-only file system"), "/x"))
