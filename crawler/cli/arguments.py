"""What a command is told: by flags, which win over the environment, and that over files."""

import logging
import os
from argparse import ArgumentParser
from collections import ChainMap
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, get_origin

from crawler.access import Header
from crawler.cli.options import TABLES, Option, options_of
from crawler.cli.values import Written, value_of
from crawler.errors import UsageError

logger = logging.getLogger(__name__)

VARIABLES = "CRAWLER_"
"What the names of the environment's variables begin with."

# How like an option a variable must be to be doubted: other programs' may begin so too.
_ALIKE = 0.75
_STANDARD_INPUT = "-"


def values_of(
    function: Callable[..., int], tokens: Sequence[str], *, strict: bool
) -> dict[str, object]:
    """Return the values that the command `function` gets, by the fields of its options.

    UsageError for what makes no sense; `strict`: so is an option of a file that it does not have,
    and a variable that is almost one of its own is doubted.
    """
    from crawler.cli.config import FILES, read_options  # noqa: PLC0415 - not for a mistyped flag

    options = options_of(function)
    written = ChainMap(
        _flags(options, tokens),
        _variables(options),
        *(read_options(file, options, strict=strict) for file in FILES),
    )
    if strict:
        _doubt_variables(options)
    for option in options:
        if option.is_first and option.field not in written:
            raise UsageError(f"{function.__name__} needs a {option.key.upper()}")
    return {
        option.field: value_of(written[option.field], option)
        for option in options
        if option.field in written
    }


class _Parser(ArgumentParser):
    """Parses options only: what stands behind none is left over, as is what is unknown."""

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__(add_help=False, allow_abbrev=False, usage="")
        for option in options:
            if bool in option.kinds:
                names = [option.short, option.name] if option.short else [option.name]
                self.add_argument(*names, dest=option.field, action="append_const", const=True)
                if option.negative:
                    self.add_argument(
                        option.negative, dest=option.field, action="append_const", const=False
                    )
            elif not option.is_rest:
                self.add_argument(option.name, dest=option.field, action="append")

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _flags(options: list[Option], tokens: Sequence[str]) -> dict[str, Written]:
    """Return what `tokens` say, by the fields of `options`."""
    options = [option for option in options if option.field not in TABLES]
    cut = tokens.index("--") if "--" in tokens else len(tokens)
    known, others = _Parser(options).parse_known_args(tokens[:cut])
    for each in others:
        if each.startswith("-") and each != _STANDARD_INPUT:
            raise UsageError(_unknown(each, options))
    bare = [*others, *tokens[cut + 1 :]]
    written: dict[str, Written] = {}
    for option in options:
        said: list[object] = getattr(known, option.field, None) or []
        taken = len(bare) if option.is_rest else int(option.is_first)
        said += bare[:taken]
        bare = bare[taken:]
        if said:
            written[option.field] = Written(_all_or_one(said, option), option.name)
    if bare:
        raise UsageError(f"{bare[0]!r} is one argument too many")
    return written


def _all_or_one(said: list[object], option: Option) -> object:
    if option.is_rest:
        return tuple(said)
    if get_origin(option.hint) is tuple:
        return said
    if len(said) > 1:
        raise UsageError(f"{option.name} is given more than once")
    return said[0]


def _unknown(token: str, options: Sequence[Option]) -> str:
    nearest = get_close_matches(token, [option.name for option in options], n=1)
    return f"Unknown option: {token}." + (f" Did you mean {nearest[0]}?" if nearest else "")


def _variables(options: Sequence[Option]) -> dict[str, Written]:
    """Return what the environment says, by the fields of `options`."""
    written = {}
    for option in options:
        name = VARIABLES + option.variable
        if name in os.environ and not option.is_rest and option.field not in TABLES:
            written[option.field] = Written(_parted(os.environ[name], option), f"{name} from env")
    return written


def _parted(value: str, option: Option) -> object:
    """Return a variable as the texts that it stands for, where it may be several."""
    if get_origin(option.hint) is not tuple:
        return value
    if Path in option.kinds:
        return value.split(os.pathsep)
    return value.splitlines() if Header in option.kinds else value.split()


def _doubt_variables(options: Sequence[Option]) -> None:
    """Warn of variables of the environment that are almost an option."""
    known = [option.variable for option in options]
    for variable in (name for name in os.environ if name.startswith(VARIABLES)):
        said = variable.removeprefix(VARIABLES)
        for nearest in [] if said in known else get_close_matches(said, known, 1, _ALIKE):
            logger.warning("%s is no option: did you mean %s%s?", variable, VARIABLES, nearest)
