"""The address for Wyoming, and the networks whose machines may connect to it: the protocol has no token."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

DEFAULT_WYOMING_PORT = 10200
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Address(NamedTuple):
    """A host, without brackets, and a port."""

    host: str
    port: int

    @property
    def uri(self) -> str:
        """The address as Wyoming's programs write it: `tcp://127.0.0.1:10200`."""
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Return the address of `HOST:PORT`, `[IPV6]:PORT` or a port alone, which is on 127.0.0.1. ValueError otherwise."""
    host, separator, port = text.strip().rpartition(":")
    host = host if separator else "127.0.0.1"
    is_bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if is_bracketed else host
    is_valid = bool(host) and is_bracketed == (":" in host)
    if not (is_valid and port.isascii() and port.isdecimal() and int(port) <= 65535):
        raise ValueError(
            f"invalid Wyoming address '{text}'; give HOST:PORT, such as 127.0.0.1:{DEFAULT_WYOMING_PORT} or "
            f"[::1]:{DEFAULT_WYOMING_PORT}"
        )
    return Address(host, int(port))


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return networks, such as 192.168.1.0/24, or addresses. ValueError for an invalid one."""
    networks = []
    for text in texts:
        try:
            network: Network = ipaddress.ip_network(text.strip())
        except ValueError as error:
            raise ValueError(
                f"invalid network '{text}': {error}; give one such as 192.168.1.0/24 or fd00::/8"
            ) from None
        networks.append(_unmapped_network(network))
    return tuple(networks)


def is_allowed(host: str, networks: Sequence[Network]) -> bool:
    """Whether a peer may connect: this machine always, another one if it is in one of the networks."""
    try:
        peer = ipaddress.ip_address(plain_address(host))
    except ValueError:
        return False
    return peer.is_loopback or any(peer.version == network.version and peer in network for network in networks)


def plain_address(host: str) -> str:
    """Return a peer's address as users write it.

    A socket that listens on IPv6 sees a peer of IPv4 as ::ffff:a.b.c.d. A scope says which link, not who.
    """
    try:
        peer = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    return str(peer.ipv4_mapped or ipaddress.IPv6Address(int(peer)))


def _unmapped_network(network: Network) -> Network:
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.IPv4Network((mapped, network.prefixlen - 96))
    return network
