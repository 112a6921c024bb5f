"""A local server with the download protocol of the Hugging Face hub, and with configurable failures."""

from __future__ import annotations

import hashlib
import http.server
import re
import socketserver
import ssl
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, WeightFile, Weights

REPO = "someone/Voice-1M"
REVISION = "0123456789abcdef0123456789abcdef01234567"
OTHER_REPO = "another/Vocoder"
OTHER_REVISION = "89abcdef0123456789abcdef0123456789abcdef"
_CHUNK_BYTES = 4096
_LARGE_BYTES = 1000
"""The hub states digest and size of files that its repositories only refer to."""


class HubRequest(NamedTuple):
    """A received request."""

    method: str
    path: str
    host: str
    range: str
    authorization: str


class FakeHub:
    """Serves `files` of one repository at one commit, by redirects to another host name, like the hub.

    The other host refuses a request with an Authorization header, as object stores do.

    Attributes:
        other_files: The files of another repository, OTHER_REPO at OTHER_REVISION.
        addresses: The contents of files outside the hub, by path of the address; they are redirected, too.
        gated: The repositories whose files need a token.
        branches: The commits of branches.
        tokens: The repositories that each valid token has access to.
        cuts: By path, the numbers of bytes after which the connection ends, one per request.
        stalls: By path, the number of bytes after which the response waits for `release`.
        statuses: By path, the status codes to return instead, one per request.
        ignores_ranges: Send the whole file for every request.
        redirects_to: The address of the other host; empty for the default.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.other_files: dict[str, bytes] = {}
        self.addresses: dict[str, bytes] = {}
        self.gated: set[str] = set()
        self.branches = {"main": REVISION}
        self.tokens: dict[str, set[str]] = {}
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
        self.scheme = "http"

    @property
    def endpoint(self) -> str:
        """The value for HF_ENDPOINT."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def other_host(self) -> str:
        """The address that requests are redirected to: the same server under another name."""
        return f"{self.scheme}://localhost:{self.port}"

    def content_of(self, place: str) -> bytes | None:
        """Return the content at a place of the other host: REVISION/path or addresses/path."""
        kind, _, path = place.partition("/")
        files = {REVISION: self.files, OTHER_REVISION: self.other_files, "addresses": self.addresses}
        return files.get(kind, {}).get(path)

    def refusal(self, repo: str, authorization: str) -> int:
        """Return the status with which the hub refuses a request; 0 if it doesn't."""
        token = authorization.removeprefix("Bearer ")
        if (token and token not in self.tokens and self.tokens) or (repo in self.gated and not token):
            return 401
        return 403 if repo in self.gated and repo not in self.tokens.get(token, ()) else 0

    def content_requests(self, path: str) -> list[HubRequest]:
        """Return the requests for a file's content, in order."""
        return [
            request for request in self.requests if request.path.endswith(path) and request.path.startswith("/cdn/")
        ]


@contextmanager
def serving(files: Mapping[str, bytes], certificate: Path | None = None) -> Iterator[FakeHub]:
    """Run a hub on loopback during the block, over TLS if it has a certificate (with its key, in one file)."""
    hub = FakeHub(files)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(hub, self)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that disconnect."""

    with Server(("127.0.0.1", 0), Handler) as server:
        hub.port = server.server_address[1]
        if certificate is not None:
            hub.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
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
    asked = unquote(request.path.partition("?")[0])
    route, _, place = asked.removeprefix("/").partition("/")
    if route == "cdn":
        data = hub.content_of(place)
        path = place.partition("/")[2]
        if headers.get("Authorization"):
            _send_status(request, 400)
        elif hub.statuses[path]:
            _send_status(request, hub.statuses[path].pop(0))
        elif data is None:
            _send_status(request, 404)
        else:
            _send_content(hub, request, path, data)
        return
    match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", asked)
    repo, place, path = "", f"addresses/{route}/{place}", f"{route}/{place}"
    if match:
        repo, revision, path = match.groups()
        place = f"{hub.branches.get(revision, revision)}/{path}"
    data = hub.content_of(place)
    status = hub.statuses[path].pop(0) if hub.statuses[path] else hub.refusal(repo, headers.get("Authorization", ""))
    if status:
        _send_status(request, status)
    elif data is None or repo not in ("", {REVISION: REPO, OTHER_REVISION: OTHER_REPO}.get(place[:40])):
        _send_status(request, 404)
    else:
        location = f"{hub.redirects_to or hub.other_host}/cdn/{quote(place)}"
        etag = hashlib.sha256(data).hexdigest()
        large = {"X_Linked_Etag": f'"{etag}"', "X_Linked_Size": str(len(data))} if len(data) > _LARGE_BYTES else {}
        _send_status(request, 302, Location=location, X_Repo_Commit=place[:40], **large)


def _send_status(request: http.server.BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", "0")
    request.end_headers()


def _send_content(hub: FakeHub, request: http.server.BaseHTTPRequestHandler, path: str, data: bytes) -> None:
    requested = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    start = int(requested[1]) if requested and not hub.ignores_ranges else 0
    if start and start >= len(data):
        _send_status(request, 416, Content_Range=f"bytes */{len(data)}")
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
    """Return pseudo-random bytes, different for each name."""
    blocks = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(n_bytes // 32 + 1))
    return b"".join(blocks)[:n_bytes]


FILES = {
    "config.json": b'{"a": 1}',
    "model.pth": content("model", 600_000),
    "voices/anna.pt": content("anna", 5_000),
    "voices/bert.pt": content("bert", 6_000),
}
"""The files of a small model."""


def weight_file(path: str, data: bytes, digits: int = 64) -> WeightFile:
    """Return the declaration of a file."""
    return WeightFile(path=path, sha256=hashlib.sha256(data).hexdigest()[:digits], n_bytes=len(data))


def model_spec(files: Mapping[str, bytes] = FILES, /, name: str = "somevoice", **changes: object) -> EngineSpec:
    """Return an engine whose model `one` has these files; files in `voices/` are its voices."""
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
        models={"one": ModelSpec()},
        default_model="one",
        weights={"one": weights},
    )


def certificate(folder: Path) -> Path:
    """Return a certificate for this machine's loopback addresses, with its key, made by `openssl`."""
    made = folder / "loopback.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subject = ["-subj", "/CN=localhost", "-addext", names]
    subprocess.run(["openssl", "req", "-x509", *kind, *subject, *files], check=True, capture_output=True)
    made.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return made


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
    """Return the contents of all files in a folder, by relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        path = folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
