"""Which addresses may be connected to: public ones, and those of the kind that the seeds have.

The guard stands where a socket is made, so it sees the very address that is connected to, after
DNS, for IP literals, and for the hops of redirects alike.
"""

import asyncio
import errno
import re
import socket
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from crawler.fetch.names import Lookups
from crawler.urls import name_of

# IANA hands out global addresses from here only; `is_global` says yes to more, fec0::/10 for one.
_GLOBAL_UNICAST = ip_network("2000::/3")
_IPV4_COMPATIBLE = ip_network("::/96")  # RFC 4291, 2.5.5.1
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
# RFC 1918, and the unique local addresses of RFC 4193.
_PRIVATE = [
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
# Names that are looked up at once.
_AT_ONCE = 32
_REFUSAL = "the address guard refuses "
_REFUSED = re.compile(re.escape(_REFUSAL) + r"([^\s,\]]+)")


class AddressRefusedError(OSError):
    """The guard does not let a connection be made to `address`."""

    def __init__(self, address: str) -> None:
        # An errno and a text: aiohttp's errors repeat these two, and nothing else of the cause.
        super().__init__(errno.EACCES, f"{_REFUSAL}{address}")
        self.address = address


class Kind(StrEnum):
    """The kinds of address that are not public, and that a seed opens when its own is one."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    LINK_LOCAL = "link-local"


class Guard:
    """Says which addresses may be connected to. Never changes.

    `networks` (CIDR) and addresses of the `kinds` are let through besides the public addresses.
    """

    def __init__(self, networks: Iterable[str], kinds: Iterable[Kind]) -> None:
        self._networks = [ip_network(network) for network in networks]
        self._kinds = frozenset(kinds)

    def allows(self, address: str) -> bool:
        """Return whether `address`, an IPv4 or IPv6 address in any form, may be connected to."""
        try:
            written = ip_address(address)  # a zone, as in fe80::1%eth0, changes nothing below
        except ValueError:
            return False
        meant = _meant(written)
        return (
            _is_public(meant)
            or _kind(meant) in self._kinds
            or any(written in network or meant in network for network in self._networks)
        )

    def check(self, address: str) -> None:
        """Raise AddressRefusedError where `address` may not be connected to."""
        if not self.allows(address):
            raise AddressRefusedError(address)


async def kinds_of_seeds(hosts: Iterable[str], seconds: float) -> frozenset[Kind]:
    """Return the kinds of all the addresses of `hosts`, host keys such as `http://localhost:8000`.

    A name that cannot be resolved within `seconds` has no kind. A built site's folder needs no
    socket, so its host is not to be among them.
    """
    names = {name_of(host).strip("[]").rstrip(".") for host in hosts}
    lookups, turns = Lookups(seconds), asyncio.Semaphore(_AT_ONCE)

    async def kinds_of(name: str) -> set[Kind]:
        async with turns:  # the time of each counts from its turn
            return await _kinds_of_name(name, lookups)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(kinds_of(name)) for name in names]
    return frozenset[Kind]().union(*(task.result() for task in tasks))


def refusal_in(error: BaseException) -> AddressRefusedError | None:
    """Return the refusal that made a request fail with `error`, or None.

    Where a name has several addresses and none answers, aiohttp reports some of the failures as
    one text: a refusal among them counts.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressRefusedError):
            return cause
        if cause.__cause__ is None and (told := _REFUSED.search(str(cause))):
            return AddressRefusedError(told[1])
        cause = cause.__cause__
    return None


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 `address` carries, or `address`."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or address.sixtofour or _teredo(address) or _low(address) or address


def _teredo(address: IPv6Address) -> IPv4Address | None:
    return address.teredo[1] if address.teredo else None


def _low(address: IPv6Address) -> IPv4Address | None:
    if address.is_loopback or address.is_unspecified:
        return None
    carries = address in _NAT64 or address in _IPV4_COMPATIBLE
    return IPv4Address(int(address) & 0xFFFF_FFFF) if carries else None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    known = address.version == 4 or address in _GLOBAL_UNICAST
    return known and address.is_global and not address.is_multicast


def _kind(address: IPv4Address | IPv6Address) -> Kind | None:
    # Connecting to 0.0.0.0 or :: leads to this machine, as loopback does.
    if address.is_loopback or address.is_unspecified:
        return Kind.LOOPBACK
    if address.is_link_local:
        return Kind.LINK_LOCAL
    return Kind.PRIVATE if any(address in network for network in _PRIVATE) else None


async def _kinds_of_name(name: str, lookups: Lookups) -> set[Kind]:
    kinds = {_kind(_meant(ip_address(address))) for address in await _addresses(name, lookups)}
    return {kind for kind in kinds if kind}


async def _addresses(name: str, lookups: Lookups) -> list[str]:
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return ["127.0.0.1"]
    try:
        return [str(ip_address(name))]
    except ValueError:
        pass
    try:
        found = await lookups.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]
