"""`voxweft cache`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from . import console, options

if TYPE_CHECKING:
    from ..utils.cache.store import CacheStats, SegmentCache

app = typer.Typer(help="Show, verify or clear the segment cache.", no_args_is_help=True)


def _open() -> SegmentCache:
    from ..utils.cache.store import SegmentCache
    from ..utils.settings import read_settings

    settings = read_settings()
    return SegmentCache(settings.cache_dir, settings.cache_bytes)


@app.command()
def stats(as_json: options.Json = False) -> None:
    """Show the folder and the size of the cache."""
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
            f"{folder}: {console.count(figures.entries, 'segment')}, {_mib(figures.bytes)}, {_limit(figures)}",
            soft_wrap=True,
        )


@app.command()
def verify(as_json: options.Json = False) -> None:
    """Read every entry, remove damaged ones, and rebuild the index."""
    with console.guarded():
        import msgspec

        with _open() as cache:
            report = cache.verify()
        if as_json:
            print(msgspec.json.encode(report).decode())  # noqa: T201
            return
        console.out.print(f"{console.count(report.entries, 'segment')} intact, {_mib(report.bytes)}", soft_wrap=True)
        for keys, state in (
            (report.damaged, "damaged, removed"),
            (report.newer, "of a newer release, kept"),
            (report.unreadable, "unreadable, kept"),
        ):
            if keys:
                console.out.print(f"{console.count(len(keys), 'segment')} {state}: {', '.join(keys)}", soft_wrap=True)


@app.command()
def clear(as_json: options.Json = False) -> None:
    """Remove all entries."""
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


def _limit(figures: CacheStats) -> str:
    if not figures.max_bytes:
        return "turned off (VOXWEFT_CACHE_BYTES=0)"
    limit = f"maximum {_mib(figures.max_bytes)}"
    return f"{limit}; not writable: {figures.disabled}" if figures.disabled else limit
