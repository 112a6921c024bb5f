"""Announce the server by zeroconf (multicast DNS), so that Home Assistant finds it (extra `zeroconf`)."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator

from zeroconf import Error as ZeroconfError
from zeroconf import InterfaceChoice, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ... import __version__
from ..service.log import LOG

_log = logging.getLogger(LOG)
SERVICE_TYPE = "_wyoming._tcp.local."
_MAX_LABEL_BYTES = 63
"""The longest label of a DNS name (RFC 1035, section 2.3.4)."""


@contextlib.asynccontextmanager
async def announced(host: str, port: int) -> AsyncIterator[None]:
    """Announce the server during the block, on the interfaces where it listens.

    Home Assistant tells servers apart by their names, so the name is that of the machine. If the network doesn't allow
    it, the log has one line, and the server works without.
    """
    addresses = [host] if not _is_any(host) else _own_addresses()
    try:
        zeroconf = AsyncZeroconf(
            interfaces=[host] if not _is_any(host) else InterfaceChoice.All,
            ip_version=IPVersion.All if ":" in host else IPVersion.V4Only,
        )
    except (OSError, ZeroconfError) as error:
        _log.warning("Wyoming: not announced: %s", error)
        yield
        return
    try:
        machine = socket.gethostname().partition(".")[0] or "server"
        name = f"voxweft-{machine}".encode()[:_MAX_LABEL_BYTES].decode("utf-8", "ignore")
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{name}.{SERVICE_TYPE}",
            port=port,
            parsed_addresses=addresses,
            properties={"version": __version__},
            server=f"{name}.local.",
        )
        try:
            await zeroconf.async_register_service(info, allow_name_change=True)
            _log.info("Wyoming: announced as %s at %s", info.name, ", ".join(addresses))
        except (OSError, ZeroconfError) as error:
            _log.warning("Wyoming: not announced: %s", error)
        yield
    finally:
        with contextlib.suppress(OSError, ZeroconfError):
            await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _own_addresses() -> list[str]:
    """Return this machine's addresses in its networks. A link-local one of IPv6 would need the name of the link."""
    from ifaddr import get_adapters  # required by zeroconf

    found = []
    for adapter in get_adapters():
        for ip in adapter.ips:
            address = ipaddress.ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if not address.is_loopback and not address.is_link_local:
                found.append(str(address))
    return found
