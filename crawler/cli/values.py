"""From what is written of an option to its value, whether in flags, the environment or TOML."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple, get_args, get_origin

from crawler.access import Header, Secret
from crawler.cli.options import Option
from crawler.errors import UsageError
from crawler.size import Size

_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
# A database keeps whole numbers in 64 bits.
_MOST = 10**18 - 1
# Bytes of a name in a folder, on all systems that we know.
_NAME = 255
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TIME = re.compile(r"(?:(?:\d+\.)?\d+[smhdw])+")
_PART_OF_TIME = re.compile(r"([\d.]+)([smhdw])")


class Written(NamedTuple):
    """What is written of an option, and where: as text, as TOML has it, or as a list of both.

    Of tables it is the tuple that they have been made into already.
    """

    value: object
    where: str


def value_of(written: Written, option: Option) -> object:
    """Return what is `written` of `option` as its type; UsageError, in a sentence, for nonsense."""
    value = written.value
    if option.is_table:
        return value
    if not option.many:
        return _one(written, option.kinds)
    many = value if isinstance(value, list) else [value]
    return tuple(_one(written._replace(value=each), option.kinds) for each in many)


def _one(written: Written, kinds: tuple[object, ...]) -> object:
    value, where = written
    for kind in kinds:
        if get_origin(kind) is Literal:
            if value in get_args(kind):
                return value
        elif type(value) in _TYPES[kind].accepted:
            try:
                return _limited(_TYPES[kind].read(str(_limited(value))))
            except ValueError:
                continue
            except OverflowError:
                raise UsageError(f"{where}: the value is too large") from None
            except UsageError as error:
                raise UsageError(f"{where}: {error}") from None
    raise UsageError(_complaint(written, *kinds))


def _complaint(written: Written, kind: object, *others: object) -> str:
    value, where = written
    if get_origin(kind) is Literal:
        choices = ", ".join(f'"{each}"' for each in get_args(kind))
        return f'Invalid value "{value}" for {where}. Choose from: {choices}.'
    plain = isinstance(value, str | int | float) and kind not in (Secret, Header)
    shown = f'"{value}"' if plain else "what is written there"
    words = [_TYPES[kind].name, *(word for each in others for word in get_args(each))]
    return f"Invalid value for {where}: {shown} is not {', or '.join(words)}"


def _limited(value: object) -> object:
    if isinstance(value, int | float) and abs(value) > _MOST:
        raise OverflowError
    return value


def _path(value: str) -> Path:
    if (
        not value
        or "\0" in value
        or any(len(os.fsencode(each)) > _NAME for each in Path(value).parts)
    ):
        raise ValueError
    return Path(value)


def _truth(value: str) -> bool:
    if value.lower() not in _TRUE + _FALSE:
        raise ValueError
    return value.lower() in _TRUE


def _time(value: str) -> timedelta:
    if not _TIME.fullmatch(value.strip()):
        raise ValueError
    parts = _PART_OF_TIME.findall(value)
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


class _Type(NamedTuple):
    """A type of values: what it is called, what it may be in TOML, and what reads it from text."""

    name: str
    accepted: tuple[type, ...]
    read: Callable[[str], object]


_TYPES: Mapping[object, _Type] = {
    bool: _Type("true or false", (bool, str), _truth),
    int: _Type("a whole number", (int, str), int),
    float: _Type("a number", (int, float, str), float),
    timedelta: _Type("a time such as 90s, 30m or 2h", (str,), _time),
    Size: _Type("a size such as 512KiB or 8MiB", (int, str), Size),
    Path: _Type("a path", (str,), _path),
    **{kind: _Type("a text", (str,), kind) for kind in (str, Secret, Header)},
}
