"""Check the Python that Voxweft runs on, and the packages that its core needs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

from packaging.requirements import Requirement

from ...utils.environments.command import install
from ...utils.environments.installed import Installed
from .finding import Finding

CORE = (
    "msgspec>=0.19",
    "numpy>=1.26",
    "xxhash>=3.4",
    "soxr>=0.5",
    "anyascii>=0.3.2",
    "pillow>=10.1",
    "av>=17.1",
    "langcodes>=3.4",
    "psutil>=5.9",
    "platformdirs>=4.0",
    "typer>=0.19",
    "rich>=13.7",
    "packaging>=23.2",
    "filelock>=3.12",
    "huggingface_hub>=0.30",
    "truststore>=0.10",
    "uv>=0.11.20",
    "PyYAML>=6.0",
    "lxml>=5.2",
    "markdown-it-py>=3.0",
    "mdit-py-plugins>=0.4",
    "regex>=2024.4.16",
    "num2words>=0.5.13",
    "babel>=2.14",
    "emoji>=2.10",
    "opencc-python-reimplemented>=0.1.7",
    "ttconv>=1.2",
    "tomli>=2.0; python_version < '3.11'",
)
"""As in `pyproject.toml`, without the packages of engines: in ComfyUI the package has no metadata to read them from."""


def findings() -> list[Finding]:
    """Return the findings on the host's Python and its packages."""
    return [
        Finding(subject="Python", state="good", detail=f"{platform.python_version()} at {sys.executable}"),
        _packages(Installed.of_host()),
    ]


def _packages(installed: Installed) -> Finding:
    wanted = [requirement for requirement in map(Requirement, CORE) if _applies(requirement)]
    missing = [requirement for requirement in wanted if installed.get(requirement.name) is None]
    old = list(_unfit(wanted, installed))
    if not missing and not old:
        found = filter(None, (installed.get(requirement.name) for requirement in wanted))
        detail = ", ".join(f"{distribution.name} {distribution.version}" for distribution in found)
        return Finding(subject="packages", state="good", detail=detail)
    problems = [f"missing: {', '.join(requirement.name for requirement in missing)}"] if missing else []
    problems += [f"{requirement.name} {version} is too old or too new" for requirement, version in old]
    lines = [f"{requirement.name}{requirement.specifier}" for requirement in (*missing, *(pair[0] for pair in old))]
    return Finding(
        subject="packages",
        state="broken",
        detail="; ".join(problems),
        why=f"Voxweft needs {', '.join(lines)}",
        fix=install(sys.executable, installed, *lines),
    )


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def _unfit(wanted: list[Requirement], installed: Installed) -> Iterator[tuple[Requirement, str]]:
    for requirement in wanted:
        distribution = installed.get(requirement.name)
        if distribution is not None and not requirement.specifier.contains(distribution.version, prereleases=True):
            yield requirement, distribution.version
