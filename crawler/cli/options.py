"""What may be said to a command: the parameters of its function, and the fields of its classes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, signature
from types import UnionType
from typing import Annotated, NamedTuple, Union, cast, get_args, get_origin

TABLES = ("rules", "hosts")
"Fields that only a file can say."


class Spelling(NamedTuple):
    """How an option is written where it is not written as it is called, for `Annotated`.

    `name` goes before the field's own, `short` beside it; `negative`: there is a `--no-` too.
    """

    name: str = ""
    short: str = ""
    negative: bool = True


class Option(NamedTuple):
    """What is known of an option: `field` is what the code calls it, `name` how it is written.

    `hint` is its type. `is_rest`: it is all that stands behind no option, `is_first`: it may stand
    behind none. Without a `default` (`dataclasses.MISSING`) it is required.
    """

    field: str
    hint: object
    default: object
    name: str
    short: str = ""
    negative: str = ""
    is_first: bool = False
    is_rest: bool = False

    @property
    def key(self) -> str:
        """Its name in a file."""
        return self.name.removeprefix("--")

    @property
    def variable(self) -> str:
        """Its name in the environment, but for what all begin with."""
        return self.key.upper().replace("-", "_")

    @property
    def kinds(self) -> tuple[object, ...]:
        """The types that it may be of, None aside, and each of many."""
        composed = get_origin(self.hint) in (tuple, Union, UnionType)
        kinds = get_args(self.hint) if composed else (self.hint,)
        return tuple(kind for kind in kinds if kind not in (type(None), ...))


def options_of(function: Callable[..., int]) -> list[Option]:
    """Return what the command `function` takes; a parameter that is a dataclass is its fields."""
    return [
        option
        for parameter in signature(function).parameters.values()
        for option in _options_in(parameter)
    ]


def call(function: Callable[..., int], values: dict[str, object]) -> int:
    """Call the command `function` with `values`, by the fields of its options."""
    rest: Sequence[object] = ()
    arguments: dict[str, object] = {}
    for parameter in signature(function).parameters.values():
        kind, name = parameter.annotation, parameter.name
        if is_dataclass(kind) and isinstance(kind, type):
            named = (field.name for field in fields(kind))
            arguments[name] = kind(**{each: values[each] for each in named if each in values})
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            rest = cast("Sequence[object]", values.get(name, ()))
        elif name in values:
            arguments[name] = values[name]
    return function(*rest, **arguments)


def _options_in(parameter: Parameter) -> Iterator[Option]:
    hint = parameter.annotation
    if is_dataclass(hint):
        for field in fields(hint):
            yield _option(field.name, field.type, field.default)
    elif parameter.kind is Parameter.VAR_POSITIONAL:
        yield Option(parameter.name, hint, (), parameter.name.upper(), is_rest=True)
    else:
        default = MISSING if parameter.default is Parameter.empty else parameter.default
        first = parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
        yield _option(parameter.name, hint, default)._replace(is_first=first)


def _option(field: str, hint: object, default: object) -> Option:
    spelling = Spelling()
    if get_origin(hint) is Annotated:
        hint, spelling = get_args(hint)
    name = spelling.name or field.replace("_", "-")
    negative = f"--no-{name}" if hint is bool and spelling.negative else ""
    return Option(field, hint, default, f"--{name}", spelling.short, negative)
