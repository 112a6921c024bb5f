"""Install packages: in the earlier versions if possible, and without the recommended ones if necessary."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

from ...utils.streaming.contract.errors import EnvironmentBuildError
from ..errors import NoSolutionError
from .installer_process import InstallRequest, OnProgress
from .uv_installer import install


def fill(
    target: Sequence[str],
    folder: Path,
    request: InstallRequest,
    recommended: tuple[str, ...],
    pins: tuple[str, ...],
    on_progress: OnProgress,
) -> tuple[str, ...]:
    """Install the request, with the previous versions if possible; return the names of packages that were left out."""
    if pins:
        try:
            pinned = request._replace(constraints=(*request.constraints, *pins))
            return _install(target, folder, pinned, recommended, on_progress)
        except NoSolutionError:
            on_progress("the versions of the last build are unavailable or don't fit; installing others", None)
    return _install(target, folder, request, recommended, on_progress)


def _install(
    target: Sequence[str],
    folder: Path,
    request: InstallRequest,
    recommended: tuple[str, ...],
    on_progress: OnProgress,
) -> tuple[str, ...]:
    """Install the requirements, and the recommended packages that are available; return the names of the others.

    Everything is resolved together: a package that is installed alone could change others to versions that don't fit.
    """

    def add(requirements: Sequence[str]) -> None:
        wanted = request._replace(requirements=(*request.requirements, *requirements))
        install(target, folder, wanted, on_progress)

    if not recommended:
        add(())
        return ()
    try:
        add(recommended)
    except EnvironmentBuildError:
        add(())
    else:
        return ()
    installed: list[str] = []
    left_out = []
    for requirement in recommended:
        # A single one was just tried.
        if len(recommended) > 1:
            with contextlib.suppress(EnvironmentBuildError):
                add((*installed, requirement))
                installed.append(requirement)
                continue
        name = Requirement(requirement).name
        on_progress(f"{name} is unavailable and left out", None)
        left_out.append(name)
    return tuple(left_out)
