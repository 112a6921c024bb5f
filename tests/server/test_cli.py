"""`voxweft serve` as a process, and its error when packages are missing."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_jobs import Command, all_gone, workers_of

from voxweft.server import installed


def test_serves_until_sigterm(tmp_path: Path) -> None:
    command = Command(tmp_path, VOXWEFT_SERVER_TOKEN="a-token-of-the-tests")
    with command.started("serve", "--port", "0") as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        url = f"http://127.0.0.1:{found[1]}/v1/audio/speech"
        body = {"input": "A secret.", "model": "espeak", "response_format": "wav"}
        assert httpx.post(url, json=body, timeout=60).status_code == 401
        bearer = {"Authorization": "Bearer a-token-of-the-tests"}
        assert httpx.post(url, json=body, headers=bearer, timeout=60).content[:4] == b"RIFF"
        workers = workers_of(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
        all_gone(workers)
        log = process.stderr.read().decode()
    assert len(re.findall(r"POST /v1/audio/speech (?:401|200) in", log)) == 2
    assert "secret" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("host", ["0.0.0.0", "::1"])
def test_a_literal_address_needs_no_network(tmp_path: Path, host: str) -> None:
    command = Command(tmp_path, VOXWEFT_SERVER_TOKEN="a-token-of-the-tests", VOXWEFT_OFFLINE="1")
    with command.started("serve", "--port", "0", "--host", host) as process:
        assert process.stderr is not None
        found = re.search(r":(\d+)/", process.stderr.readline().decode())
        assert found
        address = "[::1]" if host == "::1" else "127.0.0.1"
        assert httpx.get(f"http://{address}:{found[1]}/health", timeout=60).json() == {"status": "ok"}


def test_a_named_engine_is_the_default(tmp_path: Path) -> None:
    with Command(tmp_path).started("serve", "--port", "0", "-e", "tone") as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        url = f"http://127.0.0.1:{found[1]}"
        named = {"input": "Hello.", "model": "tone", "response_format": "wav"}
        expected = httpx.post(f"{url}/v1/audio/speech", json=named, timeout=60).content
        for model in ("", "tts-1"):
            body = {**named, "model": model}
            assert httpx.post(f"{url}/v1/audio/speech", json=body, timeout=60).content == expected
        assert [row["engine"] for row in httpx.get(f"{url}/stats", timeout=60).json()["voices"]] == ["tone"]


def test_an_engine_that_cannot_serve_is_refused_at_start(tmp_path: Path) -> None:
    command = Command(tmp_path, VOXWEFT_ENVIRONMENTS_HOME=str(tmp_path), VOXWEFT_ENVIRONMENT="own")
    unknown = command.here("serve", "--port", "0", "-e", "nope")
    assert (unknown.code, "there is no engine 'nope'" in unknown.err) == (2, True)
    not_ready = command.here("serve", "--port", "0", "-e", "kokoro")
    assert (not_ready.code, "voxweft engines install kokoro" in not_ready.err) == (1, True)
    without_model = Command(tmp_path, VOXWEFT_MODELS_HOME=str(tmp_path), VOXWEFT_ENVIRONMENT="host").here(
        "serve", "--port", "0", "-e", "kokoro"
    )
    assert without_model.code == 1


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = Command(tmp_path).here("serve", "--port", str(port))
    message = f"error: port {port} is in use; choose another with --port, or 0 for a free one\n"
    assert (done.code, done.err) == (1, message)


def test_invalid_options_exit_with_2(tmp_path: Path) -> None:
    command = Command(tmp_path)
    refused = command.here("serve", "--host", "0.0.0.0")
    assert (refused.code, "VOXWEFT_SERVER_TOKEN" in refused.err) == (2, True)
    (tmp_path / "empty").touch()
    assert command.here("serve", "--token-file", str(tmp_path / "empty")).code == 2


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_PACKAGES", {"sys": "sys", "no_such_module_here": "no-such-package"})
    with pytest.raises(ValueError, match=r"aren't installed: no-such-package; fix: pip install no-such-package$"):
        installed.check_installed()


def test_the_command_line_imports_none_of_them() -> None:
    code = (
        "import sys\n"
        "import voxweft.cli.serve, voxweft.server, voxweft.server.service.settings, voxweft.server.installed\n"
        "heavy = {'fastapi', 'starlette', 'uvicorn', 'pydantic', 'websockets', 'prometheus_client'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
