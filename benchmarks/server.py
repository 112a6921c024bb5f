"""Measure the server: first audio, and behavior under load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from .bench import rounded

Figures = dict[str, float]
Progress = Callable[[str], None]


class ServerSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the measurements."""

    rounds: int = 7
    clients: int = 50
    seconds: float = 60.0
    vanishing: int = 200
    beside_s: float = 10.0


QUICK = ServerSizes(rounds=3, seconds=10.0, vanishing=50, beside_s=4.0)


def run_server(folder: Path | None, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure the server and return its figures by name.

    Args:
        folder: The folder of Kokoro's model, for `first_byte_ratio` and `ws_extra_ms`; None skips them.
        quick: Measure less.
        progress: Called with the name of each step.

    Raises:
        ValueError: The extra `server` or Kokoro isn't installed.
    """
    from voxweft.server.installed import check_installed

    check_installed()
    return measure_server(folder, QUICK if quick else ServerSizes(), progress)


def measure_server(folder: Path | None, sizes: ServerSizes, progress: Progress) -> Figures:
    """Measure with these sizes; see `run_server`."""
    from .server_disturbance import measure_disturbance
    from .server_load import measure_load

    figures: Figures = {}
    if folder is not None:
        from .kokoro_isolated import check_engine
        from .server_first import measure_first

        check_engine()
        progress("first audio of a phrase at the client")
        figures |= measure_first(folder.resolve(), rounds=sizes.rounds)
    progress(f"{sizes.clients} clients for {sizes.seconds:g} s, then {sizes.vanishing} that disconnect")
    figures |= measure_load(clients=sizes.clients, seconds=sizes.seconds, vanishing=sizes.vanishing)
    progress("clients beside one with the worst texts, and beside idle sockets")
    figures |= measure_disturbance(seconds=sizes.beside_s)
    return rounded(figures)
