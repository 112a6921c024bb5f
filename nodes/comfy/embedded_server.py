"""Voxweft's own server beside ComfyUI: off unless VOXWEFT_SERVER says where it shall listen.

The variable is read here and not with the others: at ComfyUI's start nothing is imported that isn't needed.
"""

from __future__ import annotations

import logging
import os
import threading

VARIABLE = "VOXWEFT_SERVER"

_log = logging.getLogger(__name__)


def serve_beside() -> None:
    """Start the server in the background, if it is wanted. What goes wrong is a warning: ComfyUI goes on."""
    wanted = os.environ.get(VARIABLE, "").strip()
    if wanted:
        threading.Thread(target=_serve, args=(wanted,), name="voxweft-server-start", daemon=True).start()


def _serve(wanted: str) -> None:
    try:
        host, port = address_of(wanted)
        from ...server.installed import check_installed

        check_installed()
        from ...server.service.settings import ServerSettings
        from ...server.serving import serve_in_thread
        from ...utils.streaming.runtime import shared_runtime

        runtime = shared_runtime()
        settings = ServerSettings(host=host, port=port, token=runtime.settings.server_token).check()
        started = serve_in_thread(runtime, settings)
    except Exception as error:  # noqa: BLE001  a guest that can't serve leaves its host alone
        _log.warning("Voxweft doesn't serve at %s: %s", wanted, error)
    else:
        _log.info("Voxweft serves on http://%s:%d/", f"[{host}]" if ":" in host else host, started.port)


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8880`, or of a port alone (on this machine). ValueError for anything else."""
    host, separator, port = text.rpartition(":")
    host = host.strip("[]") if separator else "127.0.0.1"
    if not host or not port.isdecimal() or not 0 < int(port) <= 65535:
        raise ValueError(f"{VARIABLE} is {text!r}; expected an address such as 127.0.0.1:8880, or a port")
    return host, int(port)
