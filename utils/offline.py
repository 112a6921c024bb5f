"""Refuse network traffic beyond this machine, provably: an audit hook sees every connection Python makes."""

from __future__ import annotations

import ipaddress
import sys

_REFUSED_EVENTS = frozenset({"socket.connect", "socket.getnameinfo", "socket.sendmsg", "socket.sendto"})
"""Their last argument is an address; that of a look-up event the first, a host."""
_LOOKUP_EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"})
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})


class EgressRefusedError(ConnectionError):
    """Something tried to reach the network from a process that must not."""


def is_local(host: object) -> bool:
    """Whether a host as given to a socket stays on this machine. Names other than localhost's don't."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)
    if name.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_egress(who: str) -> None:
    """Install the hook in this process, for good (audit hooks can't be taken away). `who` stands in the message."""

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in _REFUSED_EVENTS:
            address = args[-1]
            # A Unix socket's address is a path, which can't leave the machine.
            if isinstance(address, tuple) and not is_local(address[0]):
                raise EgressRefusedError(f"{who} tried to connect to {address[0]}, which is refused")
        elif event in _LOOKUP_EVENTS:
            host = args[0]
            if not is_local(host):
                raise EgressRefusedError(f"{who} tried to look up {host!r}, which is refused")

    sys.addaudithook(hook)
