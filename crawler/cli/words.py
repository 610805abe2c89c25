"""What is wrong with an option's value, in the words of the help."""

import re
from typing import get_args

from cyclopts import App, ArgumentCollection, CoercionError

_TYPES = {
    "int": "a whole number",
    "int|Literal[all]": "a whole number, or all",
    "float": "a number",
    "timedelta": "a time such as 90s, 30m or 2h",
    "Size": "a size such as 512KiB or 8MiB",
}
_FRACTION = re.compile(r"[+-]?\d*[.]\d*")
_COMPLAINT = re.compile(r'unable to convert (".*") into (\S+)\.')


def complaint(error: Exception) -> str:
    """Return what is wrong with the arguments, in a line."""
    line = " ".join(str(error).split())
    return _COMPLAINT.sub(lambda match: f"{match[1]} is not {_named(match[2])}", line)


def refuse_fractions(_app: App, _commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Refuse numbers with a fraction where a whole one is wanted: cyclopts would round them."""
    for argument in arguments:
        if int in {argument.hint, *get_args(argument.hint)}:
            for token in argument.tokens:
                if _FRACTION.fullmatch(token.value):
                    raise CoercionError(argument=argument, token=token, target_type=int)


def _named(name: str) -> str:
    return _TYPES.get(name, name)
