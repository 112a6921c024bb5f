"""Run all checks, in order."""

from __future__ import annotations

from ...utils.errors import SettingsError
from ...utils.settings import Settings, read_settings
from ...utils.streaming.contract.registry import EngineRegistry
from . import disk, folders, host, torch
from .engines import Engines
from .finding import Finding


def examine(settings: Settings | None = None) -> list[Finding]:
    """Check Python, packages, disks and engines (by starting each worker), and return the findings.

    `settings` are the user's by default. An invalid setting is the last finding, since the other checks need them.
    """
    findings = [*host.findings(), *torch.findings()]
    if settings is None:
        try:
            settings = read_settings()
        except SettingsError as error:
            fix = "correct or unset it"
            return [*findings, Finding(subject="settings", state="broken", detail=str(error), fix=fix)]
    return [
        *findings,
        *disk.findings(settings),
        *folders.findings(settings),
        *Engines(EngineRegistry(settings.engine_folders), settings).findings(),
    ]
