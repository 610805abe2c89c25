"""The proxy that all requests go through, where there is one."""

import re

import aiohttp
from yarl import URL

from crawler.access import Secret
from crawler.fetch.guard import AddressRefusedError, Guard
from crawler.urls import host_of, name_of

_LOCAL = re.compile(r"(?:.+\.)?localhost\.?")


class Proxy:
    """An HTTP proxy, its password kept apart from its URL, which errors repeat. Never changes.

    The proxy looks names up, so the address guard sees its address alone: of what is asked for,
    addresses written as such and names of this machine are looked at here.
    """

    def __init__(self, written: Secret, guard: Guard) -> None:
        url = URL(written.reveal())
        password = aiohttp.encode_basic_auth(url.user, url.password or "") if url.user else None
        self.headers = {"Proxy-Authorization": password} if password else {}
        self.url = url.with_user(None)
        self._guard = guard

    def check(self, url: str) -> None:
        """Raise AddressRefusedError where the host of `url` is an address that is not allowed."""
        name = name_of(host_of(url)).strip("[]")
        address = "127.0.0.1" if _LOCAL.fullmatch(name) else name
        if (address.replace(".", "").isdigit() or ":" in address) and not self._guard.allows(
            address
        ):
            raise AddressRefusedError(name)
