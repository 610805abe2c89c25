"""What a command is told: by flags, which win over the environment, and that over files."""

import logging
import os
import re
from argparse import ArgumentParser, Namespace
from collections import ChainMap
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from crawler.access import Header
from crawler.cli.options import PREFIX, Command, Option, options_of
from crawler.cli.values import Written, value_of
from crawler.errors import UsageError

logger = logging.getLogger(__name__)

# How like an option a variable must be to be doubted: other programs' may begin so too.
_ALIKE = 0.75
_STANDARD_INPUT = "-"
# Where a file or a variable has the report of a crawl written, that of no other command goes.
_OF_A_CRAWL = ("output",)
# For all commands; they are taken out before.
_FLAGS = ["--help", "--version"]
# Letters behind one dash, which argparse would take for the first of them and its value.
_LETTERS = re.compile(r"-[A-Za-z][^=\s]+").fullmatch
_COMPLAINT = re.compile(r"argument (?:\S+/)?(\S+): (expected|ignored)")


def values_of(command: Command, tokens: Sequence[str], *, strict: bool) -> dict[str, object]:
    """Return the values that `command` gets, by the fields of its options.

    UsageError for what makes no sense; `strict`, for a crawl: so is an option of a file that it
    does not have, and a variable that is almost one of its own is doubted.
    """
    options = options_of(command)
    written = _written(options, tokens, strict=strict)
    for option in options:
        if option.is_first and option.field not in written:
            raise UsageError(f"{command.__name__} needs a {option.key.upper()}")
    return {
        option.field: value_of(written[option.field], option)
        for option in options
        if option.field in written
    }


def where_said(complaint: str, command: Command, tokens: Sequence[str]) -> str:
    """Return where that is written which a complaint of what `command` got begins with.

    That is a file or a variable, with a colon for the complaint; empty where it is a flag.
    """
    options = options_of(command)
    written = _written(options, tokens, strict=False)
    found = (written[each.field].where for each in options if _is_of(complaint, each, written))
    return next((f"{where}: " for where in found if " from " in where), "")


def _is_of(complaint: str, option: Option, written: Mapping[str, Written]) -> bool:
    return option.field in written and complaint.startswith((f"{option.key} ", f"{option.key}: "))


def _written(
    options: Sequence[Option], tokens: Sequence[str], *, strict: bool
) -> Mapping[str, Written]:
    """Return what is written of `options`, by their fields; flags come first, files last."""
    from crawler.cli.config import FILES, read_options  # noqa: PLC0415 - not for --help

    settled = [option for option in options if strict or option.field not in _OF_A_CRAWL]
    return ChainMap(
        _flags([option for option in options if not option.is_table], tokens),
        _variables([option for option in settled if not option.is_table], doubting=strict),
        *(read_options(file, settled, strict=strict) for file in FILES),
    )


class _Parser(ArgumentParser):
    """Parses options only: what stands behind none is left over, as is what is unknown."""

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__(add_help=False, allow_abbrev=False, usage="")
        for option in options:
            names = [name for name in (option.short, option.name) if name]
            if option.hint is bool:
                self._add_switch(names, option.field, on=True)
                if option.negative:
                    self._add_switch([option.negative], option.field, on=False)
            elif not option.is_rest:
                self.add_argument(*names, dest=option.field, action="append")

    def _add_switch(self, names: Sequence[str], field: str, *, on: bool) -> None:
        self.add_argument(*names, dest=field, action="append_const", const=on)

    def error(self, message: str) -> NoReturn:
        found = _COMPLAINT.match(message)
        if found is None:
            raise UsageError(message)
        if found[2] == "ignored":
            raise UsageError(f"{found[1]} takes no value")
        advice = f"where it begins with a dash: {found[1]}=VALUE"
        raise UsageError(f"{found[1]} needs a value; {advice}")


def _flags(options: Sequence[Option], tokens: Sequence[str]) -> dict[str, Written]:
    """Return what `tokens` say, by the fields of `options`."""
    cut = tokens.index("--") if "--" in tokens else len(tokens)
    known, others = _parsed(tokens[:cut], options)
    bare = [*others, *tokens[cut + 1 :]]
    written: dict[str, Written] = {}
    for option in options:
        said: list[object] = getattr(known, option.field, None) or []
        taken = len(bare) if option.is_rest else int(option.is_first)
        said += bare[:taken]
        bare = bare[taken:]
        if len(said) > 1 and not option.many:
            raise UsageError(f"{option.name} is given more than once")
        if said:
            written[option.field] = Written(said if option.many else said[0], option.name)
    if bare:
        raise UsageError(f"{bare[0]!r} is one argument too many")
    return written


def _parsed(tokens: Sequence[str], options: Sequence[Option]) -> tuple[Namespace, list[str]]:
    """Return what `tokens` say of options, and what stands behind none; UsageError for others."""
    letters = {option.short[1:] for option in options}
    for each in tokens:
        if _LETTERS(each) and not letters.issuperset(each[1:]):
            raise UsageError(_unknown(each, options))
    known, others = _Parser(options).parse_known_args(_switched(tokens, options))
    for each in others:
        if each.startswith("-") and each != _STANDARD_INPUT:
            raise UsageError(_unknown(each, options))
    return known, others


def _switched(tokens: Sequence[str], options: Sequence[Option]) -> list[str]:
    """Return `tokens` with `--resume=false` as `--no-resume`, which argparse would not take."""
    switches = {option.name: option for option in options if option.negative}
    switched = []
    for token in tokens:
        name, _, value = token.partition("=")
        if value and name in switches:
            on = value_of(Written(value, name), switches[name])
            switched.append(name if on else switches[name].negative)
        else:
            switched.append(token)
    return switched


def _unknown(token: str, options: Sequence[Option]) -> str:
    name = re.split(r"[=\s]", token)[0]  # what stands behind it may be a secret
    known = [option for option in options if not option.is_rest]
    names = [each for option in known for each in (option.name, option.negative) if each]
    nearest = get_close_matches(name, names + _FLAGS, n=1)
    return f"Unknown option: {name}." + (f" Did you mean {nearest[0]}?" if nearest else "")


def _variables(options: Sequence[Option], *, doubting: bool) -> dict[str, Written]:
    """Return what the environment says, by the fields of `options`.

    Where `doubting`, warn of variables that are almost one of them.
    """
    known = {option.variable: option for option in options}
    written = {}
    for name, value in os.environ.items():
        if name in known:
            option = known[name]
            written[option.field] = Written(_parted(value, option), f"{name} from env")
        elif doubting and name.startswith(PREFIX):
            _doubt(name, [option for option in options if not option.is_rest])
    return written


def _doubt(variable: str, options: Sequence[Option]) -> None:
    """Warn of a variable that is almost one of `options`."""
    names = [option.variable.removeprefix(PREFIX) for option in options]
    for nearest in get_close_matches(variable.removeprefix(PREFIX), names, 1, _ALIKE):
        logger.warning("%s is no option: did you mean %s%s?", variable, PREFIX, nearest)


def _parted(value: str, option: Option) -> object:
    """Return a variable as the texts that it stands for, where it may be several."""
    if not option.many:
        return value
    if Path in option.kinds:
        return list(filter(None, value.split(os.pathsep)))
    return list(filter(None, value.splitlines())) if Header in option.kinds else value.split()
