"""Promises about the addresses that may be connected to."""

import socket
import threading
from collections.abc import AsyncGenerator, Iterable
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp import ClientConnectionError, ClientSession, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer, unused_port
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.guard import AddressRefusedError, Guard, Kind, kinds_of_seeds, refusal_in
from crawler.fetch.pool import Pool

CLOSED = Guard([], [])
ON_LOOPBACK = Guard([], [Kind.LOOPBACK])


class Names(AbstractResolver):
    """Says of every name that it has `addresses`."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._addresses
        ]

    async def close(self) -> None: ...


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    """Serve `here` to every request, on this port of loopback."""

    async def here(_: web.Request) -> web.Response:
        return web.Response(text="here")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", here)
    async with TestServer(app, host="127.0.0.1") as server:
        assert server.port
        yield server.port


async def ask(url: str, guard: Guard, *addresses: str) -> str:
    connector = Pool(guard, 1, resolver=Names(*addresses))
    async with ClientSession(connector=connector) as session, session.get(url) as response:
        return await response.text()


async def failure_of(url: str, guard: Guard, *addresses: str) -> ClientConnectionError:
    with pytest.raises(ClientConnectionError) as caught:
        await ask(url, guard, *addresses)
    return caught.value


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert CLOSED.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.8.8.8", id="all of loopback"),
        pytest.param("::1", id="IPv6 loopback"),
        pytest.param("0.0.0.0", id="this machine"),  # noqa: S104
        pytest.param("::", id="this machine by IPv6"),
        pytest.param("10.0.0.1", id="RFC 1918"),
        pytest.param("192.168.1.1", id="RFC 1918, home"),
        pytest.param("fd00::1", id="ULA"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("fe80::1%eth0", id="link-local with a zone"),
        pytest.param("100.64.0.1", id="carrier-grade NAT"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("ff0e::1", id="IPv6 multicast"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("64:ff9b:1::1", id="local NAT64"),
        pytest.param("::ffff:0:7f00:1", id="SIIT"),
        pytest.param("2002:a00:1::", id="6to4"),
        pytest.param("2001:0:102:304::f5ff:fffe", id="Teredo"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64"),
        pytest.param("::10.0.0.1", id="IPv4-compatible"),
        pytest.param("/run/docker.sock", id="no address"),
        pytest.param("127.1", id="a short form"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not CLOSED.allows(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_within_an_ipv6_address_is_judged_as_itself(address: IPv4Address) -> None:
    low = int(address)
    wrapped = [
        0xFFFF << 32 | low,
        0x0064_FF9B << 96 | low,
        low,
        0x2002 << 112 | low << 80,
        0x2001_0000 << 96 | low ^ 0xFFFF_FFFF,
    ]

    verdicts = {CLOSED.allows(str(IPv6Address(form))) for form in wrapped}

    assert verdicts == {CLOSED.allows(str(address))}


@pytest.mark.parametrize(
    ("kind", "opened", "closed"),
    [
        pytest.param(
            Kind.LOOPBACK,
            ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"],  # noqa: S104
            ["10.0.0.1", "169.254.169.254"],
            id="loopback",
        ),
        pytest.param(
            Kind.PRIVATE,
            ["10.0.0.1", "172.31.0.1", "192.168.0.1", "fd00::1", "2002:a00:1::", "::10.0.0.1"],
            ["127.0.0.1", "169.254.169.254", "fe80::1", "100.64.0.1", "198.51.100.1"],
            id="private",
        ),
        pytest.param(
            Kind.LINK_LOCAL,
            ["169.254.1.1", "fe80::1%2"],
            ["127.0.0.1", "10.0.0.1"],
            id="link-local",
        ),
    ],
)
def test_a_seed_opens_the_addresses_of_its_own_kind_only(
    kind: Kind, opened: list[str], closed: list[str]
) -> None:
    guard = Guard([], [kind])

    assert [address for address in opened if not guard.allows(address)] == []
    assert [address for address in closed if guard.allows(address)] == []


def test_an_allowed_network_is_open_in_every_form_of_its_addresses() -> None:
    guard = Guard(["10.1.0.0/16", "fd00:1::/32"], [])

    assert guard.allows("10.1.2.3")
    assert guard.allows("::ffff:10.1.2.3")
    assert guard.allows("fd00:1::1")
    assert not guard.allows("10.2.0.1")
    assert not guard.allows("fd00:2::1")


def test_an_allowed_network_may_be_one_of_addresses_that_carry_others() -> None:
    guard = Guard(["64:ff9b::/96"], [])

    assert guard.allows("64:ff9b::10.1.2.3")
    assert not guard.allows("10.1.2.3")


async def test_a_server_of_an_allowed_kind_answers(port: int) -> None:
    assert await ask(f"http://127.0.0.1:{port}/", ON_LOOPBACK) == "here"


async def test_a_literal_address_is_refused_before_anything_is_sent(port: int) -> None:
    error = await failure_of(f"http://127.0.0.1:{port}/", CLOSED)

    refusal = refusal_in(error)

    assert refusal is not None
    assert refusal.address == "127.0.0.1"


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["10.0.0.1"], id="one"),
        pytest.param(["10.0.0.1", "10.0.0.2"], id="two of one family"),
        pytest.param(["fd00::1", "10.0.0.1"], id="two families"),
    ],
)
async def test_a_name_is_refused_where_all_its_addresses_are(addresses: list[str]) -> None:
    error = await failure_of("http://docs.test/", CLOSED, *addresses)

    refusal = refusal_in(error)

    assert refusal is not None
    assert refusal.address in addresses


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["fd00::1", "127.0.0.1"]],
    ids=["refused first", "refused last", "two families"],
)
async def test_a_name_answers_at_the_address_that_is_allowed(
    port: int, addresses: list[str]
) -> None:
    assert await ask(f"http://docs.test:{port}/", ON_LOOPBACK, *addresses) == "here"


async def test_a_refusal_is_found_among_other_failures() -> None:
    url = f"http://docs.test:{unused_port()}/"
    error = await failure_of(url, ON_LOOPBACK, "127.0.0.1", "fd00::1")

    refusal = refusal_in(error)

    assert refusal is not None
    assert refusal.address == "fd00::1"


async def test_a_failure_without_a_refusal_holds_none() -> None:
    error = await failure_of(f"http://127.0.0.1:{unused_port()}/", ON_LOOPBACK)

    assert refusal_in(error) is None


def test_a_refusal_says_so_for_a_person() -> None:
    assert "the address guard refuses fd00::1" in str(AddressRefusedError("fd00::1"))


@pytest.mark.parametrize(
    ("host", "kinds"),
    [
        pytest.param("http://localhost:8000", {Kind.LOOPBACK}, id="localhost"),
        pytest.param("http://site.localhost", {Kind.LOOPBACK}, id="a name under localhost"),
        pytest.param("http://localhost.", {Kind.LOOPBACK}, id="localhost, fully qualified"),
        pytest.param("http://127.0.0.1:1", {Kind.LOOPBACK}, id="loopback"),
        pytest.param("http://[::1]:8000", {Kind.LOOPBACK}, id="IPv6 loopback"),
        pytest.param("http://[::ffff:a00:1]", {Kind.PRIVATE}, id="mapped"),
        pytest.param("https://192.168.1.1", {Kind.PRIVATE}, id="private"),
        pytest.param("http://[fe80::1]", {Kind.LINK_LOCAL}, id="link-local"),
        pytest.param("https://1.1.1.1", set(), id="public"),
    ],
)
async def test_a_seed_with_a_literal_address_has_its_kind(host: str, kinds: set[Kind]) -> None:
    assert await kinds_of_seeds([host], 5) == kinds


def names(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[str]], at_once: int = 1) -> None:
    """Let DNS know the names in `known`, and answer when `at_once` questions are there."""
    together = threading.Barrier(at_once)

    def getaddrinfo(name: str, *_: object, **__: object) -> Iterable[tuple[object, ...]]:
        together.wait(timeout=5)
        name.encode("idna")  # as the real one does
        if name not in known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, 0, 0, "", (address, 0)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def test_a_name_has_the_kinds_of_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, {"wiki.test": ["10.0.0.1", "1.1.1.1", "fe80::1%eth0"]})

    assert await kinds_of_seeds(["http://wiki.test"], 5) == {Kind.PRIVATE, Kind.LINK_LOCAL}


async def test_names_are_looked_up_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, {"a.test": ["10.0.0.1"], "b.test": ["127.0.0.1"]}, at_once=2)

    kinds = await kinds_of_seeds(["http://a.test", "https://a.test", "http://b.test"], 5)

    assert kinds == {Kind.PRIVATE, Kind.LOOPBACK}


@pytest.mark.parametrize(
    "name", ["gone.test", "x" * 64 + ".test"], ids=["unknown", "a label that is too long"]
)
async def test_a_name_that_cannot_be_resolved_has_no_kind(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names(monkeypatch, {})

    assert await kinds_of_seeds([f"http://{name}"], 5) == frozenset()
