"""From what is written of an option to its value, whether in flags, the environment or TOML."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from crawler.access import Header, Secret
from crawler.cli.options import Option
from crawler.errors import UsageError
from crawler.settings import Size

_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
# A database keeps whole numbers in 64 bits.
_MOST = 10**18 - 1
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TIME = re.compile(r"(?:(?:\d+\.)?\d+[smhdw])+")
_PART_OF_TIME = re.compile(r"([\d.]+)([smhdw])")


class Written(NamedTuple):
    """What is written of an option, and where: as text, as TOML has it, or as a list of both.

    A tuple is what a table of a file has been made into already.
    """

    value: object
    where: str


def value_of(written: Written, option: Option) -> object:
    """Return what is `written` of `option` as its type; UsageError, in a sentence, for nonsense."""
    value = written.value
    if isinstance(value, tuple):
        return value
    if get_origin(option.hint) is not tuple:
        return _one(written, option.kinds)
    many = value if isinstance(value, list) else [value]
    return tuple(_one(written._replace(value=each), option.kinds) for each in many)


def _one(written: Written, kinds: tuple[object, ...]) -> object:
    value, where = written
    for kind in kinds:
        if get_origin(kind) is Literal:
            if value in get_args(kind):
                return value
        elif type(value) in _TYPES[kind].written:
            try:
                return _TYPES[kind].read(value)
            except ValueError:
                continue
            except OverflowError:
                raise UsageError(f"{where}: {value} is too large") from None
    if get_origin(kinds[0]) is Literal:
        choices = ", ".join(f'"{each}"' for each in get_args(kinds[0]))
        raise UsageError(f'Invalid value "{value}" for {where}. Choose from: {choices}.')
    shown = "what is written there" if kinds[0] in (Secret, Header) else f'"{value}"'
    raise UsageError(f"Invalid value for {where}: {shown} is not {_name_of(kinds)}")


def _name_of(kinds: tuple[object, ...]) -> str:
    kind, *others = kinds
    return ", or ".join([_TYPES[kind].name, *(word for each in others for word in get_args(each))])


def _truth(value: bool | str) -> bool:  # noqa: FBT001 - it is what is read
    word = str(value).lower()
    if word not in _TRUE + _FALSE:
        raise ValueError
    return word in _TRUE


def _whole(value: int | str) -> int:
    number = int(value)
    if abs(number) > _MOST:
        raise OverflowError
    return number


def _time(value: str) -> timedelta:
    if not _TIME.fullmatch(value.strip()):
        raise ValueError
    parts = _PART_OF_TIME.findall(value)
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


class _Type(NamedTuple):
    """A type of values: what it is called, what it is written as in TOML and flags, its reader."""

    name: str
    written: tuple[type, ...]
    read: Callable[[Any], object]


_TYPES: Mapping[object, _Type] = {
    bool: _Type("true or false", (bool, str), _truth),
    int: _Type("a whole number", (int, str), _whole),
    float: _Type("a number", (int, float, str), float),
    timedelta: _Type("a time such as 90s, 30m or 2h", (str,), _time),
    Size: _Type("a size such as 512KiB or 8MiB", (int, str), Size),
    **{kind: _Type("a text", (str,), kind) for kind in (str, Path, Secret, Header)},
}
