"""Block network traffic beyond this machine with an audit hook, which sees every connection Python makes."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable

from .errors import EgressRefusedError

_REFUSED_EVENTS = frozenset({"socket.connect", "socket.getnameinfo", "socket.sendmsg", "socket.sendto"})
"""The address is the last argument of these events; the host is the first one of look-up events."""
_LOOKUP_EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"})
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})


def is_local(host: object) -> bool:
    """Whether a host, as given to a socket, is this machine. Only localhost's names are resolved as local."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)
    if name.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_egress(who: str, on_refused: Callable[[str], None] = lambda _message: None) -> None:
    """Install the hook in this process, permanently: audit hooks can't be removed. `who` is named in the message.

    `on_refused` gets the message of each refusal, since a library may swallow the exception.
    """

    def refuse(attempt: str) -> None:
        message = f"{who} tried to {attempt}, but network access is off"
        on_refused(message)
        raise EgressRefusedError(message)

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in _REFUSED_EVENTS:
            address = args[-1]
            # A Unix socket's address is a path, which is local.
            if isinstance(address, tuple) and not is_local(address[0]):
                refuse(f"connect to '{address[0]}'")
        elif event in _LOOKUP_EVENTS:
            host = args[0]
            if not is_local(host):
                refuse(f"look up {host!r}")

    sys.addaudithook(hook)
