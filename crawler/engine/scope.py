"""What is to be done with a URL: follow it, check it, or skip it and say why."""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from crawler.engine.ports import has_bad_port
from crawler.fetch.folder import is_at
from crawler.model import Scope
from crawler.settings import Settings
from crawler.urls import host_of, is_http


class Decision(NamedTuple):
    """A scope, with the reason where it is to skip."""

    scope: Scope
    reason: str | None = None


def is_bound(scope: Scope, settings: Settings) -> bool:
    """Return whether robots.txt binds a request of `scope`."""
    return settings.robots == "all" or (settings.robots == "follow" and scope is Scope.FOLLOW)


class Scoping:
    """Decides by the seeds and the settings; `adopt` alone adds to what is inside."""

    def __init__(
        self, inside: Iterable[str], settings: Settings, folders: Collection[str] = ()
    ) -> None:
        """Take the URL prefixes that are inside, such as `https://example.org/`.

        `folders` are those that seeds' folders answer.
        """
        self._inside = tuple(dict.fromkeys(inside))
        self._hosts = {host_of(prefix) for prefix in self._inside}
        self._folders = tuple(dict.fromkeys(folders))
        self._hostless = [
            base for base in self._folders if f"{host_of(base)}/" not in self._folders
        ]
        self._deepest = settings.deepest
        self._external = settings.external
        self._include = [re.compile(pattern) for pattern in settings.include]
        self._exclude = [re.compile(pattern) for pattern in settings.exclude]

    def is_inside(self, url: str) -> bool:
        """Return whether canonical `url` belongs to the seeds' sites."""
        return url.startswith(self._inside)

    def adopt(self, url: str) -> None:
        """Take the host of `url` in, where it is not: a seed has moved there."""
        if self.is_inside(url):
            return
        self._inside += (host_of(url) + "/",)
        self._hosts.add(host_of(url))

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that seeds live on."""
        return frozenset(self._hosts)

    def owns(self, host: str) -> bool:
        """Return whether a seed lives on `host`."""
        return host in self._hosts

    def is_hostless(self, url: str) -> bool:
        """Return whether a folder answers canonical `url`, and the web the root of its host.

        Then the host has no say in it, by a robots.txt or by being ill.
        """
        return any(is_at(url, base) for base in self._hostless)

    def decide(self, url: str, depth: int) -> Decision:
        """Return what is to be done with canonical `url` at `depth`."""
        if not is_http(url):
            return Decision(Scope.SKIP, "invalid-url")
        if any(pattern.search(url) for pattern in self._exclude):
            return Decision(Scope.SKIP, "excluded")
        if self._include and not any(pattern.search(url) for pattern in self._include):
            return Decision(Scope.SKIP, "not-included")
        if self.is_inside(url):
            return Decision(Scope.FOLLOW if depth <= self._deepest else Scope.CHECK)
        return self._decide_external(url)

    def _decide_external(self, url: str) -> Decision:
        if any(is_at(url, base) for base in self._folders):
            return Decision(Scope.CHECK)
        if self._external == "skip":
            return Decision(Scope.SKIP, "external")
        if has_bad_port(host_of(url)):
            return Decision(Scope.SKIP, "bad-port")
        return Decision(Scope.CHECK)
