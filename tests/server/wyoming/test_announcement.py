"""The announcement by zeroconf, as Home Assistant looks for it, on loopback only."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("zeroconf")

from fixtures_server import open_runtime, serving
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from voxweft.server.wyoming.announcement import SERVICE_TYPE, announced

PORT = 48_210


async def found_and_gone() -> AsyncServiceInfo:
    """Return what a browser on loopback finds, once it is withdrawn."""
    states: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()

    def on_change(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        states.put_nowait((state_change, name))

    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as watching:
        browser = AsyncServiceBrowser(watching.zeroconf, SERVICE_TYPE, handlers=[on_change])
        async with announced("127.0.0.1", PORT):
            change, name = await states.get()
            assert change is ServiceStateChange.Added
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            assert await info.async_request(watching.zeroconf, 10_000)
        while (await states.get()) != (ServiceStateChange.Removed, name):
            pass
        await browser.async_cancel()
    return info


def test_home_assistant_finds_the_address_and_the_port() -> None:
    info = asyncio.run(asyncio.wait_for(found_and_gone(), 60))
    assert info.type == "_wyoming._tcp.local."
    assert info.name.startswith("voxweft-")
    assert (info.parsed_addresses(), info.port) == (["127.0.0.1"], PORT)


def test_offline_mode_announces_nothing(tmp_path: Path) -> None:
    with (
        open_runtime(tmp_path, offline=True) as runtime,
        pytest.raises(ValueError, match="leave out --wyoming-announce"),
        serving(runtime, wyoming="127.0.0.1:0", wyoming_announce=True),
    ):
        pass
