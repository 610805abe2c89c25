"""What single hosts are told and granted: headers, a password, a pace; secrets stay unseen."""

import math
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from crawler.errors import UsageError
from crawler.kinds import check_kind, check_kinds
from crawler.urls import canonical, host_of

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")
# What only the crawler itself can know.
_OURS = {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade"}

STATUSES = "a list of statuses (403) and words ('timeout')"
"What such a value must be, for people."


class Secret:
    """A text that is shown as `***` wherever it might be printed, logged or stored.

    `${NAME}` in it stands for a variable of the environment.
    """

    __slots__ = ("_text",)

    def __init__(self, written: str, /) -> None:
        check_kind("a secret", written, str)
        self._text = written

    def reveal(self) -> str:
        """Return the text, for who sends it; UsageError where a variable is not set."""
        return _VARIABLE.sub(_value_of, self._text)

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


class Header:
    """A header to be sent, written as `Name: value`; the value is a secret."""

    __slots__ = ("name", "value")

    def __init__(self, written: str, /) -> None:
        check_kind("a header", written, str)
        name, colon, value = written.partition(":")
        self.name = name.strip() if colon else ""
        self.value = Secret(value.strip())
        if not _HEADER_NAME.fullmatch(self.name):
            raise UsageError("a header is written as 'Name: value'")
        if self.name.lower() in _OURS:
            raise UsageError(f"the header {self.name} is set by the crawler itself")
        check_sent(f"the header {self.name}", self.value.reveal())

    def __repr__(self) -> str:
        return f"{self.name}: {self.value}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Header) and (self.name, self.value) == (other.name, other.value)

    def __hash__(self) -> int:
        return hash((self.name, self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """How one host is treated: a table `[hosts."https://docs.example.org"]` of the TOML.

    `origin` is scheme, name and port: what is secret goes nowhere else. `accept` are statuses that
    are no fault there.
    """

    origin: str
    header: tuple[Header, ...] = ()
    auth: Secret | None = None
    per_host: int | None = None
    delay: float | None = None
    accept: tuple[int | str, ...] = ()

    @classmethod
    def of(cls, origin: str, table: object) -> Self:
        """Return the settings in a table of a TOML file; UsageError, in a sentence, for none."""
        if not isinstance(table, dict):
            raise UsageError("is no table")
        refuse_unknown(table, ("headers", "auth", "per-host", "delay", "accept"))
        headers, auth = table.get("headers", {}), table.get("auth")
        accept, per_host, delay = (table.get(key) for key in ("accept", "per-host", "delay"))
        if not isinstance(headers, dict) or not all(
            isinstance(value, str) for value in headers.values()
        ):
            raise UsageError("headers is a table of texts")
        return cls(
            origin=origin,
            header=tuple(Header(f"{name}: {value}") for name, value in headers.items()),
            auth=None if auth is None else Secret(str(auth)),
            per_host=_whole("per-host", per_host),
            delay=_number("delay", delay),
            accept=() if accept is None else statuses_in("accept", accept),
        )

    def __post_init__(self) -> None:
        check_kinds(self)
        normal = canonical(self.origin)
        if normal is None or normal != host_of(normal) + "/":
            raise UsageError("a host is written as scheme and name: 'https://docs.example.org'")
        object.__setattr__(self, "origin", host_of(normal))
        for name, least in (("per_host", 1), ("delay", 0)):
            value = getattr(self, name)
            if value is not None and not least <= value < math.inf:
                raise UsageError(f"{name.replace('_', '-')} must be at least {least}, not {value}")
        check_auth(self.auth)

    def headers(self) -> dict[str, str]:
        """Return what is to be sent, secrets and all."""
        return headers_of(self.header, self.auth)


def check_sent(name: str, value: str) -> None:
    """Refuse what no header can have as its value (RFC 9110, 5.5)."""
    if not _HEADER_VALUE.fullmatch(value):
        raise UsageError(f"the value of {name} cannot be sent")


def headers_of(headers: Iterable[Header], auth: Secret | None) -> dict[str, str]:
    """Return `headers` as they are sent, and `auth` as RFC 7617 has it."""
    sent = {header.name: header.value.reveal() for header in headers}
    if auth is not None:
        sent["Authorization"] = f"Basic {b64encode(auth.reveal().encode()).decode()}"
    return sent


def check_auth(auth: Secret | None) -> None:
    """Raise UsageError where `auth` is no name and password."""
    if auth is not None and not (":" in auth.reveal() and _is_unicode(auth.reveal())):
        raise UsageError("auth is written as 'name:password'")


def _is_unicode(text: str) -> bool:
    """Return False for what came from the command line and was no UTF-8 there."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def statuses_in(name: str, value: object) -> tuple[int | str, ...]:
    """Return the statuses and words in a list of a TOML file; UsageError for what is none."""
    if isinstance(value, list) and all(type(each) in (int, str) for each in value):
        return tuple(value)
    raise UsageError(f"{name} must be {STATUSES}")


def refuse_unknown(table: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise UsageError for a key that is none of `known`, and name the nearest."""
    names = tuple(known)
    for key in table:
        if key not in names:
            nearest = get_close_matches(key, names, n=1)
            advice = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(names)}"
            raise UsageError(f"there is no key {key!r}, {advice}")


def _value_of(variable: re.Match[str]) -> str:
    value = os.environ.get(variable[1])
    if value is None:
        raise UsageError(f"the variable {variable[1]} is not set in the environment")
    return value


def _number(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name} must be a number, not {value!r}")
    return value


def _whole(name: str, value: object) -> int | None:
    number = _number(name, value)
    if number is None:
        return None
    if not math.isfinite(number) or number != int(number):
        raise UsageError(f"{name} must be a whole number, not {value!r}")
    return int(number)
