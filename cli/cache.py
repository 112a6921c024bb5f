"""`voxweft cache`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import console, options

if TYPE_CHECKING:
    from ..utils.cache.store import CacheStats, SegmentCache

app = typer.Typer(help="Look at, check or empty the segment cache.", no_args_is_help=True)


def _open() -> SegmentCache:
    from ..utils.cache.store import SegmentCache
    from ..utils.settings import read_settings

    settings = read_settings()
    return SegmentCache(settings.cache_dir, settings.cache_bytes)


@app.command()
def stats(as_json: options.Json = False) -> None:
    """Say where the cache is and how full."""
    with console.guarded():
        import msgspec

        from ..utils.settings import read_settings

        with _open() as cache:
            figures = cache.stats()
        folder = str(read_settings().cache_dir)
        if as_json:
            data = {"folder": folder, **msgspec.to_builtins(figures)}
            print(msgspec.json.encode(data).decode())  # noqa: T201
            return
        console.out.print(
            f"{folder}: {console.count(figures.entries, 'segment')}, {_mib(figures.bytes)}, {_bound(figures)}",
            soft_wrap=True,
        )


@app.command()
def verify(as_json: options.Json = False) -> None:
    """Read every entry, drop damaged ones, and build the index anew."""
    with console.guarded():
        import msgspec

        with _open() as cache:
            report = cache.verify()
        if as_json:
            print(msgspec.json.encode(report).decode())  # noqa: T201
            return
        console.out.print(f"{console.count(report.entries, 'segment')} intact, {_mib(report.bytes)}", soft_wrap=True)
        for keys, what in (
            (report.damaged, "damaged, removed"),
            (report.newer, "of a later release, left alone"),
            (report.unreadable, "can't be read, left alone"),
        ):
            if keys:
                console.out.print(f"{console.count(len(keys), 'segment')} {what}: {', '.join(keys)}", soft_wrap=True)


@app.command()
def clear(as_json: options.Json = False) -> None:
    """Remove every entry."""
    with console.guarded():
        import msgspec

        with _open() as cache:
            removed = cache.clear()
        if as_json:
            print(msgspec.json.encode({"removed": removed}).decode())  # noqa: T201
            return
        console.out.print(f"removed {console.count(removed, 'segment')}")


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 20):.1f} MiB"


def _bound(figures: CacheStats) -> str:
    if not figures.max_bytes:
        return "turned off (VOXWEFT_CACHE_BYTES=0)"
    bound = f"may grow to {_mib(figures.max_bytes)}"
    return f"{bound}; nothing is written: {figures.disabled}" if figures.disabled else bound
