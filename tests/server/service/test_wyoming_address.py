"""Addresses for Wyoming, and the networks that may connect."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

from voxweft.server.service.settings import ServerSettings
from voxweft.server.service.wyoming_address import is_allowed, parse_address, parse_networks


@pytest.mark.parametrize(
    ("text", "host", "port", "uri"),
    [
        ("127.0.0.1:10200", "127.0.0.1", 10200, "tcp://127.0.0.1:10200"),
        ("10300", "127.0.0.1", 10300, "tcp://127.0.0.1:10300"),
        ("[::1]:0", "::1", 0, "tcp://[::1]:0"),
        ("localhost:65535", "localhost", 65535, "tcp://localhost:65535"),
    ],
)
def test_addresses(text: str, host: str, port: int, uri: str) -> None:
    address = parse_address(text)
    assert (address.host, address.port, address.uri) == (host, port, uri)


@pytest.mark.parametrize("text", ["", ":1", "a:", "::1:10200", "[::1]", "[1.2.3.4]:5", "a:65536", "a:-1", "a:x", "a:١"])
def test_what_isn_t_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="give HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize(
    ("peer", "networks", "allowed"),
    [
        ("127.0.0.1", (), True),
        ("::1", (), True),
        ("::ffff:127.0.0.1", (), True),
        ("192.168.1.7", (), False),
        ("192.168.1.7", ("192.168.1.0/24",), True),
        ("192.168.2.7", ("192.168.1.0/24",), False),
        ("::ffff:192.168.1.7", ("192.168.1.0/24",), True),
        ("::ffff:192.168.2.7", ("192.168.1.0/24",), False),
        ("192.168.1.7", ("::ffff:192.168.1.0/120",), True),
        ("::c0a8:107", ("192.168.1.0/24",), False),
        ("10.0.0.1", ("192.168.1.0/24", "10.0.0.1"), True),
        ("10.0.0.2", ("10.0.0.1",), False),
        ("fd00::5", ("fd00::/8",), True),
        ("fd00::5", ("0.0.0.0/0",), False),
        ("fe80::5%eth0", ("fe80::/10",), True),
        ("fe80::5%eth0", ("fd00::/8",), False),
        ("1.2.3.4", ("::/0",), False),
        ("-", ("0.0.0.0/0",), False),
    ],
)
def test_who_may_connect(peer: str, networks: tuple[str, ...], allowed: bool) -> None:
    assert is_allowed(peer, parse_networks(networks)) is allowed


@pytest.mark.parametrize("text", ["", "home", "192.168.1.0/33", "192.168.1.5/24", "1.2.3.4:5"])
def test_what_isn_t_a_network(text: str) -> None:
    with pytest.raises(ValueError, match="invalid network"):
        parse_networks((text,))


@pytest.mark.parametrize("address", ["0.0.0.0:10200", "[::]:10200", "192.168.1.2:10200", "home.example:10200"])
def test_other_machines_need_a_network(address: str) -> None:
    with pytest.raises(ValueError, match="no token; name the networks that may connect"):
        ServerSettings(wyoming=address).check()
    ServerSettings(wyoming=address, wyoming_allow=("192.168.1.0/24",)).check()


def test_options_of_wyoming_need_its_address() -> None:
    with pytest.raises(ValueError, match="need --wyoming"):
        ServerSettings(wyoming_announce=True).check()
    for address in ("127.0.0.1:0", "[::1]:10200", "localhost:10200"):
        ServerSettings(wyoming=address).check()
