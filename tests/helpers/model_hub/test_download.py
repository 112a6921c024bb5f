"""The download helper: resumed, verified, limited, with clear errors. Everything in this process."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
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
    certificate,
    content,
    model_spec,
    put,
    serving,
    tree,
    weight_file,
)

from voxweft.helpers.model_hub import transfer
from voxweft.helpers.model_hub.client import HubClient
from voxweft.helpers.model_hub.copies import take_copy
from voxweft.helpers.model_hub.download import Download
from voxweft.helpers.model_hub.errors import disk_error
from voxweft.helpers.model_hub.transfer import Transfer
from voxweft.utils.models.download_order import DownloadOrder, TransferLimits
from voxweft.utils.models.layout import PARTIAL, select_files, with_source
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, WeightFile
from voxweft.utils.streaming.contract.errors import DownloadError

QUICK = TransferLimits(stall_s=0.3, attempts=3, backoff_s=0.01)
SECRET = "hf_" + "thisisnobodystoken"

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
pytestmark = pytest.mark.usefixtures("no_hang")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with the small model; the library's own settings have its address."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
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
    copies: dict[str, tuple[str, ...]] | None = None,
    hub_cache: Path | None = None,
) -> Path:
    """Download a model as the helper does."""
    weights = (spec or model_spec()).weights["one"]
    folder = home / "model"
    order = DownloadOrder(
        folder=str(folder),
        home=str(home),
        hub_cache=str(hub_cache or ""),
        lock=str(home / "lock"),
        files=select_files(weights, None),
        copies=copies or {},
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


def test_digests_of_eight_digits_and_undeclared_sizes(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hub states the size of large files, which is then their limit.
    monkeypatch.setattr(transfer, "MAX_UNDECLARED_BYTES", 1000)
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


def test_a_gated_repository(hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated = {REPO}
    hub.tokens = {SECRET: {REPO}, "hf_" + "another": set()}
    terms = rf"Accept the terms at https://huggingface\.co/{REPO} "
    refused = rf"refuses voices/anna\.pt of {REPO}"
    with pytest.raises(DownloadError, match=rf"{refused} \(401\): there is no token\. {terms}and set HF_TOKEN"):
        get(home)
    monkeypatch.setenv("HF_TOKEN", "hf_" + "nobodys")
    with pytest.raises(DownloadError, match=rf"{refused} \(401\): your token isn't valid\. {terms}and set HF_TOKEN"):
        get(home)
    monkeypatch.setenv("HF_TOKEN", "hf_" + "another")
    with pytest.raises(DownloadError, match=rf"{refused} \(403\): your token has no access\. {terms}with the account"):
        get(home)
    assert not [path for path in tree(home) if path.startswith("model/")], "nor any other weights"
    monkeypatch.setenv("HF_TOKEN", SECRET)
    assert tree(get(home)) == FILES


@pytest.mark.parametrize("place", ["HUGGING_FACE_HUB_TOKEN", "file"])
def test_where_tokens_are_found(
    hub: FakeHub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    hub.gated = {REPO}
    hub.tokens = {SECRET: {REPO}}
    if place == "file":
        (tmp_path / "token").write_text(f"{SECRET}\n", encoding="ascii")
        monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    else:
        monkeypatch.setenv(place, SECRET)
    assert tree(get(home)) == FILES


@pytest.mark.parametrize("token", ["hf_\u20ac" + "secret", "hf_\x07" + "secret"])
def test_a_token_that_no_header_can_hold(hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    hub.gated = {REPO}
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(DownloadError, match="token has characters that no token has; copy it again") as caught:
        get(home)
    assert "secret" not in str(caught.value)


def test_another_host_that_refuses_is_not_taken_for_the_hub(
    hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    hub.redirects_to = f"http://localhost:{hub.port}/{REPO}/resolve/{REVISION}/config.json?"
    hub.gated = {"nobody/here"}
    hub.statuses["config.json"] = [403]
    with pytest.raises(DownloadError, match=r"^localhost:\d+ refuses voices/anna\.pt of .* \(403\)$"):
        get(home)
    assert {request.authorization for request in hub.requests} == {""}


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
def test_a_disk_that_fills_up(hub: FakeHub, tmp_path: Path) -> None:
    weights = model_spec().weights["one"]
    part = tmp_path / "part"
    part.symlink_to("/dev/full")
    transfer = Transfer(HubClient(1.0), with_source(weights, weights.files[1]), part, QUICK, lambda *_: None)
    with pytest.raises(DownloadError, match=r"^no space is left in .*VOXWEFT_MODELS_HOME.*; what was downloaded"):
        transfer.run()


@needs_links
def test_nothing_is_written_through_a_link_out_of_home(hub: FakeHub, home: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    home.mkdir()
    (home / "model").symlink_to(theirs)
    with pytest.raises(DownloadError, match=r"is a link out of .*remove the link"):
        get(home)
    (home / "model").unlink()
    (home / "model").mkdir()
    (home / "model" / "voices").symlink_to(theirs)
    with pytest.raises(DownloadError, match=r"voices is a link out of"):
        get(home)
    (home / "model" / "voices").unlink()
    partial = home / "model" / PARTIAL
    partial.mkdir()
    (theirs / "mine.pth").write_bytes(b"mine")
    file = model_spec().weights["one"].files[1]
    (partial / f"{file.sha256[:16]}-model.pth").symlink_to(theirs / "mine.pth")
    assert tree(get(home)) == FILES
    assert tree(theirs) == {"mine.pth": b"mine"}
    assert hub.content_requests("model.pth")[-1].range == ""


@needs_links
def test_home_itself_may_be_a_link(hub: FakeHub, home: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    home.symlink_to(tmp_path / "disk")
    get(home)
    assert tree(tmp_path / "disk" / "model") == FILES


def test_disk_errors_name_the_fix() -> None:
    assert "no space is left in /x" in str(disk_error(OSError(errno.EDQUOT, "Disk quota exceeded"), "/x"))
    assert "(Read-only file system)" in str(disk_error(OSError(errno.EROFS, "Read-only file system"), "/x"))


def several_places(url: str, **changes: object) -> EngineSpec:
    """Return an engine whose model's files are from two repositories and from an address."""
    vocoder, dictionary = content("vocoder", 30_000), content("dictionary", 20_000)
    digest = hashlib.sha256(dictionary).hexdigest()
    values: dict[str, object] = {
        "files": (
            weight_file("config.json", FILES["config.json"]),
            msgspec.structs.replace(weight_file("model.pth", FILES["model.pth"]), source="sub/other name.pth"),
            msgspec.structs.replace(
                weight_file("vocoder/model.pth", vocoder), repo=OTHER_REPO, revision=OTHER_REVISION, source="model.pth"
            ),
            WeightFile(path="dictionary.zip", sha256=digest, n_bytes=len(dictionary), url=url),
        ),
        "voices": (),
    }
    return model_spec(**(values | changes))


PLACES = {
    "config.json": FILES["config.json"],
    "model.pth": FILES["model.pth"],
    "vocoder/model.pth": content("vocoder", 30_000),
    "dictionary.zip": content("dictionary", 20_000),
}


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A host outside the hub, over TLS; this process trusts its certificate."""
    if sys.platform != "linux" or shutil.which("openssl") is None:
        pytest.skip("needs openssl, and a system that finds its authorities by SSL_CERT_FILE")
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    with serving({}, made) as served:
        served.addresses["v1/dictionary.zip"] = PLACES["dictionary.zip"]
        yield served


def address(releases: FakeHub) -> str:
    return f"{releases.endpoint}/v1/dictionary.zip"


@pytest.mark.linux
def test_files_of_several_places(hub: FakeHub, releases: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    hub.tokens = {SECRET: {REPO, OTHER_REPO}}
    hub.gated = {OTHER_REPO}
    hub.files = {"config.json": FILES["config.json"], "sub/other name.pth": FILES["model.pth"]}
    hub.other_files = {"model.pth": PLACES["vocoder/model.pth"]}
    releases.statuses["v1/dictionary.zip"] = [503]
    assert tree(get(home, several_places(address(releases)))) == PLACES
    assert f"/{OTHER_REPO}/resolve/{OTHER_REVISION}/model.pth" in [request.path for request in hub.requests]
    assert f"/{REPO}/resolve/{REVISION}/sub/other%20name.pth" in [request.path for request in hub.requests]
    assert [(request.path, request.authorization) for request in releases.requests] == [
        ("/v1/dictionary.zip", ""),
        ("/v1/dictionary.zip", ""),
        ("/cdn/addresses/v1/dictionary.zip", ""),
    ], "an address gets no token"
    assert {request.host.partition(":")[0] for request in releases.requests} == {"127.0.0.1", "localhost"}


@pytest.mark.linux
def test_faults_of_an_address(hub: FakeHub, releases: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = several_places(address(releases))
    hub.files["sub/other name.pth"] = FILES["model.pth"]
    hub.other_files = {"model.pth": PLACES["vocoder/model.pth"]}
    right = releases.addresses["v1/dictionary.zip"]
    for status, message in (
        (404, r"127\.0\.0\.1:\d+ doesn't have https://.*\(404\); update"),
        (403, r"refuses https://"),
    ):
        monkeypatch.setenv("HF_TOKEN", SECRET)
        releases.statuses["v1/dictionary.zip"] = [status]
        with pytest.raises(DownloadError, match=message) as caught:
            get(home, spec)
        assert "HF_TOKEN" not in str(caught.value)
    releases.addresses["v1/dictionary.zip"] = content("another", len(right))
    with pytest.raises(DownloadError, match=r"^dictionary\.zip has the SHA-256 \w+ instead of \w+ and was deleted"):
        get(home, spec)
    releases.addresses["v1/dictionary.zip"] = right[:-1]
    with pytest.raises(DownloadError, match=r"offers 19999 bytes .*expected 20000"):
        get(home, spec)
    releases.addresses["v1/dictionary.zip"] = right
    for target in (hub.endpoint, f"https://me:{SECRET}@localhost:{releases.port}"):
        releases.redirects_to = target
        with pytest.raises(DownloadError, match="isn't a safe address"):
            get(home, spec)
    releases.redirects_to = f"{releases.endpoint}/v1/dictionary.zip?"
    with pytest.raises(DownloadError, match="redirects more than 5 times"):
        get(home, spec)
    assert not (home / "model" / "dictionary.zip").exists()
    assert {request.authorization for request in releases.requests} == {""}
    releases.redirects_to = ""
    releases.cuts["v1/dictionary.zip"] = [7_000]
    assert tree(get(home, spec)) == PLACES
    assert releases.requests[-1].range == "bytes=7000-"


def test_an_address_without_encryption_is_refused(hub: FakeHub, home: Path) -> None:
    hub.files["sub/other name.pth"] = FILES["model.pth"]
    hub.other_files = {"model.pth": PLACES["vocoder/model.pth"]}
    with pytest.raises(DownloadError, match=r"the url of dictionary\.zip must begin with https://"):
        get(home, several_places(f"{hub.endpoint}/v1/dictionary.zip"))
    assert "/v1/dictionary.zip" not in [request.path for request in hub.requests]


@pytest.mark.linux
def test_a_certificate_that_nobody_knows(
    hub: FakeHub, releases: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    file = several_places(address(releases)).weights["one"].files[-1]
    with pytest.raises(DownloadError, match=r"the certificate of 127\.0\.0\.1:\d+ is invalid"):
        HubClient(1.0).open(file, 0)


class TestCopies:
    """Files that are on this machine already."""

    def test_a_verified_copy_is_linked(self, hub: FakeHub, home: Path) -> None:
        other = put(home / "other", {"model.pth": FILES["model.pth"]})
        log = ProgressLog()
        folder = get(home, log=log, copies={"model.pth": (str(home / "nowhere"), str(other / "model.pth"))})
        assert tree(folder) == FILES
        assert (folder / "model.pth").samefile(other / "model.pth")
        assert hub.content_requests("model.pth") == []
        assert "model.pth is here already" in log.messages
        assert log.fractions == sorted(log.fractions)
        assert log.fractions[-1] == 1.0
        assert not (folder / PARTIAL).exists()

    def test_a_damaged_copy_is_not_used(self, hub: FakeHub, home: Path) -> None:
        damaged = put(home / "other", {"model.pth": bytes(len(FILES["model.pth"]))})
        folder = get(home, copies={"model.pth": (str(damaged / "model.pth"),)})
        assert tree(folder) == FILES
        assert len(hub.content_requests("model.pth")) == 1
        assert (damaged / "model.pth").read_bytes() == bytes(len(FILES["model.pth"])), "and stays as it is"

    @needs_links
    def test_a_link_out_of_home_is_no_copy(self, hub: FakeHub, home: Path, tmp_path: Path) -> None:
        theirs = put(tmp_path / "theirs", FILES)
        (home / "other").mkdir(parents=True)
        (home / "other" / "model.pth").symlink_to(theirs / "model.pth")
        copies = (str(home / "other" / "model.pth"), str(home / "other" / ".." / ".." / "theirs" / "model.pth"))
        get(home, copies={"model.pth": copies})
        assert len(hub.content_requests("model.pth")) == 1
        assert (theirs / "model.pth").stat().st_nlink == 1

    @needs_links
    def test_a_file_of_the_hubs_own_cache(self, hub: FakeHub, home: Path, tmp_path: Path) -> None:
        cache = put(tmp_path / "hub", {"models--a--b/blobs/e0": FILES["model.pth"]})
        snapshot = cache / "models--a--b" / "snapshots" / REVISION
        snapshot.mkdir(parents=True)
        (snapshot / "model.pth").symlink_to("../../blobs/e0")
        copies = {"model.pth": (str(snapshot / "model.pth"),)}
        folder = get(home, copies=copies, hub_cache=cache)
        assert hub.content_requests("model.pth") == []
        assert not (folder / "model.pth").is_symlink(), "the cache may be emptied"
        assert tree(folder) == FILES

    def test_the_same_content_twice_in_one_model(self, hub: FakeHub, home: Path) -> None:
        files = {"a.bin": FILES["model.pth"], "b.bin": FILES["model.pth"]}
        hub.files = dict(files)
        places = tuple(str(home / "model" / name) for name in files)
        folder = get(home, model_spec(files), copies=dict.fromkeys(files, places))
        assert tree(folder) == files
        assert (folder / "a.bin").samefile(folder / "b.bin")
        (folder / "b.bin").unlink()
        (folder / "b.bin").write_bytes(b"damaged")
        get(home, model_spec(files), copies=dict.fromkeys(files, places))
        assert tree(folder) == files
        assert len([request for request in hub.requests if request.path.startswith("/cdn")]) == 1

    def test_without_links_it_is_copied(self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_links(*_: object, **__: object) -> None:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(os, "link", no_links)
        source = put(tmp_path, {"a": FILES["model.pth"]}) / "a"
        file = model_spec().weights["one"].files[1]
        assert take_copy(file, [source], tmp_path / "b")
        assert not (tmp_path / "b").samefile(source)
        assert (tmp_path / "b").read_bytes() == FILES["model.pth"]
