"""All figures of the server in one flat object: when the first of speech comes, and what load does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from .bench import rounded

Figures = dict[str, float]
Progress = Callable[[str], None]


class ServerSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int = 7
    clients: int = 50
    seconds: float = 60.0
    vanishing: int = 200


QUICK = ServerSizes(rounds=3, seconds=10.0, vanishing=50)


def run_server(folder: Path | None, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure the server and return its figures by name.

    `folder` holds Kokoro's model, which speaks the phrase of `first_byte_ratio` and `ws_extra_ms`; without it they are
    left out. ValueError if the extra `server`, or Kokoro, isn't installed. `progress` is told what is measured next.
    """
    from voxweft.server.installed import check_installed

    check_installed()
    return measure_server(folder, QUICK if quick else ServerSizes(), progress)


def measure_server(folder: Path | None, sizes: ServerSizes, progress: Progress) -> Figures:
    """Measure so much; see `run_server`."""
    from .server_load import measure_load

    figures: Figures = {}
    if folder is not None:
        from .kokoro_isolated import check_engine
        from .server_first import measure_first

        check_engine()
        progress("when the first of a phrase is at the client")
        figures |= measure_first(folder.resolve(), rounds=sizes.rounds)
    progress(f"{sizes.clients} clients for {sizes.seconds:g} s, then {sizes.vanishing} that vanish")
    figures |= measure_load(clients=sizes.clients, seconds=sizes.seconds, vanishing=sizes.vanishing)
    return rounded(figures)
