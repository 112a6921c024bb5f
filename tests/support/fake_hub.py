"""A small local server that speaks what a download from the Hugging Face hub asks, and fails as it is told to."""

from __future__ import annotations

import hashlib
import http.server
import re
import socketserver
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from voxweft.utils.streaming.contract.engine_spec import EngineSpec, WeightFile, Weights

REPO = "someone/Voice-1M"
REVISION = "0123456789abcdef0123456789abcdef01234567"
_CHUNK_BYTES = 4096


class HubRequest(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    host: str
    range: str
    authorization: str


class FakeHub:
    """Serves `files` of one repository at one commit: large ones by a redirect to another host name, as the hub does.

    What goes wrong is told by path: `cuts` (the connection ends after so many bytes of the answer, once each),
    `stalls` (it stays silent after so many bytes until `release`), `statuses` (answered instead, one after the other).
    `ignores_ranges` answers every request from the beginning on. `redirects_to` replaces the other host's address.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.cuts: dict[str, list[int]] = defaultdict(list)
        self.stalls: dict[str, int] = {}
        self.statuses: dict[str, list[int]] = defaultdict(list)
        self.ignores_ranges = False
        self.redirects_to = ""
        self.headers: dict[str, str] = {}
        self.requests: list[HubRequest] = []
        self.stalled = threading.Event()
        self.release = threading.Event()
        self.port = 0

    @property
    def endpoint(self) -> str:
        """What HF_ENDPOINT must be."""
        return f"http://127.0.0.1:{self.port}"

    def content_requests(self, path: str) -> list[HubRequest]:
        """The requests for a file's content, in order."""
        return [request for request in self.requests if request.path.endswith(path) and request.path.startswith("/cdn/")]


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[FakeHub]:
    """A hub on loopback for as long as the block lasts."""
    hub = FakeHub(files)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(hub, self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients leave as they please."""

    with Server(("127.0.0.1", 0), Handler) as server:
        hub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            hub.release.set()
            server.shutdown()
            thread.join()


def _answer(hub: FakeHub, request: http.server.BaseHTTPRequestHandler) -> None:
    headers = request.headers
    hub.requests.append(
        HubRequest(
            request.command,
            request.path,
            headers.get("Host", ""),
            headers.get("Range", ""),
            headers.get("Authorization", ""),
        )
    )
    request.close_connection = True
    match = re.fullmatch(rf"/(?:{re.escape(REPO)}/resolve|cdn)/{REVISION}/(.+)", request.path.partition("?")[0])
    path = match[1] if match else ""
    if hub.statuses[path]:
        _say(request, hub.statuses[path].pop(0))
    elif path not in hub.files:
        _say(request, 404)
    elif request.path.startswith("/cdn/"):
        _content(hub, request, path)
    else:
        elsewhere = hub.redirects_to or f"http://localhost:{hub.port}"
        etag = hashlib.sha256(hub.files[path]).hexdigest()
        _say(request, 302, Location=f"{elsewhere}/cdn/{REVISION}/{path}", X_Repo_Commit=REVISION, X_Linked_Etag=etag)


def _say(request: http.server.BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", "0")
    request.end_headers()


def _content(hub: FakeHub, request: http.server.BaseHTTPRequestHandler, path: str) -> None:
    data = hub.files[path]
    begin = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    start = int(begin[1]) if begin and not hub.ignores_ranges else 0
    if start and start >= len(data):
        _say(request, 416, Content_Range=f"bytes */{len(data)}")
        return
    request.send_response(206 if start else 200)
    headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Content-Length": str(len(data) - start)}
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    for name, value in (headers | hub.headers).items():
        request.send_header(name, value)
    request.end_headers()
    body = data[start:]
    if hub.cuts[path]:
        request.wfile.write(body[: hub.cuts[path].pop(0)])
    elif path in hub.stalls:
        request.wfile.write(body[: hub.stalls[path]])
        request.wfile.flush()
        hub.stalled.set()
        hub.release.wait()
    else:
        for position in range(0, len(body), _CHUNK_BYTES):
            request.wfile.write(body[position : position + _CHUNK_BYTES])


def content(name: str, n_bytes: int) -> bytes:
    """Bytes that differ from name to name and repeat nowhere soon."""
    blocks = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(n_bytes // 32 + 1))
    return b"".join(blocks)[:n_bytes]


FILES = {
    "config.json": b'{"a": 1}',
    "model.pth": content("model", 600_000),
    "voices/anna.pt": content("anna", 5_000),
    "voices/bert.pt": content("bert", 6_000),
}
"""A small model as a hub has it."""


def weight_file(path: str, data: bytes, digits: int = 64) -> WeightFile:
    """The declaration of a file."""
    return WeightFile(path=path, sha256=hashlib.sha256(data).hexdigest()[:digits], n_bytes=len(data))


def model_spec(files: Mapping[str, bytes] = FILES, /, name: str = "somevoice", **changes: object) -> EngineSpec:
    """An engine whose one model `one` has these files; those under `voices/` are its voices."""
    declared = [weight_file(path, data) for path, data in files.items()]
    values: dict[str, object] = {
        "repo": REPO,
        "revision": REVISION,
        "folder": "TTS/somevoice",
        "license": "MIT",
        "files": tuple(file for file in declared if not file.path.startswith("voices/")),
        "voices": tuple(file for file in declared if file.path.startswith("voices/")),
    }
    weights = Weights(**(values | changes))  # type: ignore[arg-type]
    return EngineSpec(
        schema=1,
        name=name,
        title="An engine with weights",
        task="speech",
        adapter="adapter:Some",
        adapter_version=1,
        license="MIT",
        deterministic=True,
        native_sample_rate=24000,
        models=("one",),
        default_model="one",
        weights={"one": weights},
    )


class ProgressLog:
    """Records the progress of a download."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.fractions: list[float] = []

    def __call__(self, message: str, fraction: float | None) -> None:
        self.messages.append(message)
        if fraction is not None:
            self.fractions.append(fraction)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        path = folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
