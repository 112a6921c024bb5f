"""Check that the host's torch and torchaudio match, without importing either."""

from __future__ import annotations

import sys

from ...utils.environments.command import install
from ...utils.environments.installed import Installed
from ...utils.environments.torch_pair import TorchPair, torch_pair
from .finding import Finding


def findings() -> list[Finding]:
    """Return whether the host's torch and torchaudio match; no finding unless both are installed."""
    installed = Installed.of_host()
    pair = torch_pair(installed)
    if pair is None:
        return []
    if not pair.fault:
        detail = f"{_versions(pair)}{f', for CUDA {pair.torch_cuda}' if pair.torch_cuda else ''}"
        return [Finding(subject="torch", state="good", detail=detail)]
    # Only a warning: it affects only engines that need torch. Each reports it, and can have its own environment.
    return [
        Finding(
            subject="torch",
            state="warning",
            detail=f"{_versions(pair)} do not match",
            why=pair.fault,
            fix=install(sys.executable, installed, *pair.fix.split()[1:]),
        )
    ]


def _versions(pair: TorchPair) -> str:
    return f"torch {pair.torch} and torchaudio {pair.torchaudio}"
