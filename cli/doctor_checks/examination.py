"""Everything that the doctor looks at, in order."""

from __future__ import annotations

from ...utils.settings import Settings, SettingsError, read_settings
from ...utils.streaming.contract.registry import EngineRegistry
from . import disk, folders, host, torch
from .engines import Engines
from .finding import Finding


def examine(settings: Settings | None = None) -> list[Finding]:
    """Look at Python, packages, disks and engines, each engine by starting its worker; return what was found.

    `settings` are the user's by default. One that can't be understood is the last finding: what follows depends on it.
    """
    findings = [*host.findings(), *torch.findings()]
    if settings is None:
        try:
            settings = read_settings()
        except SettingsError as error:
            mend = "correct or unset it"
            return [*findings, Finding(subject="settings", state="broken", detail=str(error), mend=mend)]
    return [
        *findings,
        *disk.findings(settings),
        *folders.findings(settings),
        *Engines(EngineRegistry(settings.engine_folders), settings).findings(),
    ]
