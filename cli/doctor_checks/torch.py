"""The host's torch and torchaudio, which engines import together: looked at without importing either."""

from __future__ import annotations

import sys

from ...utils.environments.command import install
from ...utils.environments.installed import Installed
from ...utils.environments.torch_pair import TorchPair, torch_pair
from .finding import Finding


def findings() -> list[Finding]:
    """Return whether the host's torch and torchaudio belong together; nothing unless both are there."""
    installed = Installed.of_host()
    pair = torch_pair(installed)
    if pair is None:
        return []
    if not pair.fault:
        detail = f"{_said(pair)}{f', for CUDA {pair.torch_cuda}' if pair.torch_cuda else ''}"
        return [Finding(subject="torch", state="good", detail=detail)]
    # A warning: only engines that need torch suffer, each of which says so, and can have an environment of its own.
    return [
        Finding(
            subject="torch",
            state="warning",
            detail=f"{_said(pair)} don't belong together",
            why=pair.fault,
            mend=install(sys.executable, installed, *pair.mend.split()[1:]),
        )
    ]


def _said(pair: TorchPair) -> str:
    return f"torch {pair.torch} and torchaudio {pair.torchaudio}"
