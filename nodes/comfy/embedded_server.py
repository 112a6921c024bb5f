"""The embedded server: Voxweft's HTTP server in ComfyUI's process. Off unless VOXWEFT_SERVER has an address.

The variable is read here and not with the other settings, so that ComfyUI's start imports nothing it does not need.
"""

from __future__ import annotations

import logging
import os
import threading

VARIABLE = "VOXWEFT_SERVER"

_log = logging.getLogger(__name__)


def start_if_enabled() -> None:
    """Start the server in the background if VOXWEFT_SERVER is set. A failure is logged as a warning."""
    address = os.environ.get(VARIABLE, "").strip()
    if address:
        threading.Thread(target=_serve, args=(address,), name="voxweft-server-start", daemon=True).start()


def _serve(address: str) -> None:
    try:
        host, port = parse_address(address)
        from ...server.installed import check_installed

        check_installed()
        from ...server.service.settings import ServerSettings
        from ...server.serving import serve_in_thread
        from ...utils.streaming.runtime import shared_runtime

        runtime = shared_runtime()
        settings = ServerSettings(host=host, port=port, token=runtime.settings.server_token).check()
        started = serve_in_thread(runtime, settings)
    except Exception as error:  # noqa: BLE001  a failure here must not stop ComfyUI
        _log.warning("the embedded Voxweft server did not start at %s: %s", address, error)
    else:
        _log.info(
            "the embedded Voxweft server listens on http://%s:%d/", f"[{host}]" if ":" in host else host, started.port
        )


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of an address such as `127.0.0.1:8880`, or of a port (on 127.0.0.1). Else ValueError."""
    host, separator, port = text.rpartition(":")
    host = host.strip("[]") if separator else "127.0.0.1"
    if not host or not port.isdecimal() or not 0 < int(port) <= 65535:
        raise ValueError(f"{VARIABLE} is {text!r}; expected an address such as 127.0.0.1:8880, or a port")
    return host, int(port)
