"""The build of PyTorch for an environment of its own: for this machine's GPU or its CPU, or the one of the index."""

from __future__ import annotations

import http.client
import urllib.request

from ...utils.environments.uv_program import uv_environment

_INDEX = "https://download.pytorch.org/whl/"
_LIMIT_S = 5.0
_OWN_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_NO_INDEX", "UV_OFFLINE", "UV_TORCH_BACKEND")
"""uv's settings of a user who has chosen where packages come from."""


def usual_build() -> str:
    """Return `auto` if PyTorch's own index answers and the user has set no other; else '', the index's build.

    With `auto`, uv takes the build for this machine's GPU, or the one for the CPU, a tenth of the size.
    """
    if any(uv_environment().get(name) for name in _OWN_INDEX):
        return ""
    try:
        with urllib.request.urlopen(urllib.request.Request(_INDEX, method="HEAD"), timeout=_LIMIT_S):
            return "auto"
    except (OSError, http.client.HTTPException):
        return ""
