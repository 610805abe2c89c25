"""What is wrong with an option's value or name, in the words of the help."""

import logging
import os
import re
from difflib import get_close_matches
from typing import get_args

from cyclopts import App, ArgumentCollection, CoercionError, CycloptsError

logger = logging.getLogger(__name__)

VARIABLES = "CRAWLER_"
"What the names of the environment's variables begin with."

# How like an option a variable must be to be doubted: other programs' may begin so too.
_ALIKE = 0.75

_TYPES = {
    "int": "a whole number",
    "int|Literal[all]": "a whole number, or all",
    "float": "a number",
    "timedelta": "a time such as 90s, 30m or 2h",
    "Size": "a size such as 512KiB or 8MiB",
}
# A database keeps whole numbers in 64 bits.
_MOST_DIGITS = 18
_FRACTION = re.compile(r"[+-]?\d*[.]\d*")
_COMPLAINT = re.compile(r'unable to convert (".*") into (\S+)\.')


def complaint(error: Exception) -> str:
    """Return what is wrong with the arguments, in a line."""
    line = " ".join(str(error).split())
    return _COMPLAINT.sub(lambda match: f"{match[1]} is not {_named(match[2])}", line)


def refuse_numbers(_app: App, _commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Refuse whole numbers with a fraction, which cyclopts would round, and what no run can be."""
    for argument in arguments:
        if int in {argument.hint, *get_args(argument.hint)}:
            for token in argument.tokens:
                if _FRACTION.fullmatch(token.value):
                    raise CoercionError(argument=argument, token=token, target_type=int)
                if len(token.value.lstrip("+-0")) > _MOST_DIGITS:
                    raise CycloptsError(msg=f"{token.keyword}: {token.value} is too large")


def doubt_variables(_app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Warn of variables of the environment that are almost an option."""
    if commands:  # they have some of the options of the crawl
        return
    options = [_said(name.lstrip("-")) for argument in arguments for name in argument.names]
    variables = [name for name in os.environ if name.startswith(VARIABLES)]
    for variable in variables:
        said = _said(variable.removeprefix(VARIABLES))
        for nearest in [] if said in options else get_close_matches(said, options, 1, _ALIKE):
            logger.warning("%s is no option: did you mean %s%s?", variable, VARIABLES, nearest)


def _said(name: str) -> str:
    return name.upper().replace("-", "_")


def _named(name: str) -> str:
    return _TYPES.get(name, name)
