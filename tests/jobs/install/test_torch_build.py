"""The usual build of PyTorch, by whether its index answers. A local server stands in for the index."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from voxweft.jobs.install import torch_build
from voxweft.jobs.install.torch_build import usual_build


class _Index(BaseHTTPRequestHandler):
    status = 200

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Index]]:
    for name in torch_build._OWN_INDEX:
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    kind = type("_OneIndex", (_Index,), {})
    server = HTTPServer(("127.0.0.1", 0), kind)
    monkeypatch.setattr(torch_build, "_INDEX", f"http://127.0.0.1:{server.server_port}/whl/")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kind
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_index_that_answers_is_used(index: type[_Index]) -> None:
    assert usual_build() == "auto"


def test_an_index_that_refuses_is_not_used(index: type[_Index]) -> None:
    index.status = 403
    assert usual_build() == ""


def test_an_index_out_of_reach_is_not_used(index: type[_Index], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_build, "_INDEX", "http://127.0.0.1:1/whl/")
    assert usual_build() == ""


@pytest.mark.parametrize("name", torch_build._OWN_INDEX)
def test_the_users_own_index_takes_precedence(index: type[_Index], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://mirror.example.org/simple")
    assert usual_build() == ""
