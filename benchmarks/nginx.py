"""nginx with its defaults before a server: nothing is set but where the server is."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_LIMIT_S = 10.0
_KEPT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx keeps in temporary files, by default in a folder of root's."""


def find_nginx() -> str | None:
    """Return nginx's program, or None. Debian installs it where only root looks."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextmanager
def default_proxy(program: str, upstream_port: int) -> Iterator[int]:
    """Run nginx before a server on this machine, and yield its port.

    RuntimeError if it doesn't start.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-nginx-") as name:
        folder = Path(name)
        kept = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{upstream_port}; }} }}"
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/errors.log;\n"
            f"events {{}}\nhttp {{ access_log off; {kept} {server} }}\n",
            encoding="utf-8",
        )
        process = subprocess.Popen([program, "-c", configuration, "-p", folder, "-e", folder / "errors.log"])
        try:
            _await_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(_START_LIMIT_S)


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("nginx didn't start")
