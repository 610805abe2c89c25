"""What may be said to a command: the parameters of its function, and the fields of its classes."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, signature
from types import GenericAlias
from typing import Annotated, NamedTuple, get_args, get_origin

from crawler.kinds import kinds_of

Command = Callable[..., int]
"A function that does what a command is for, and returns the exit status."

PREFIX = "CRAWLER_"
"What the names of variables of the environment begin with."


class Spelling(NamedTuple):
    """How an option is written where it is not written as it is called, for `Annotated`.

    `name` is in the place of the field's own, `short` beside it; `negative`: a `--no-` is too.
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
        """Its name in the environment."""
        return PREFIX + self.key.upper().replace("-", "_")

    @property
    def many(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(self.hint) is tuple

    @property
    def is_table(self) -> bool:
        """Whether only tables of a file can say it."""
        return any(map(is_dataclass, self.kinds))

    @property
    def kinds(self) -> tuple[object, ...]:
        """The types that it may be of, None aside, and each of many."""
        kinds = get_args(self.hint) if self.many else kinds_of(self.hint)
        return tuple(kind for kind in kinds if kind not in (type(None), ...))


def options_of(command: Command) -> list[Option]:
    """Return what `command` takes; a parameter that is a dataclass is its fields."""
    return [
        option
        for parameter in signature(command).parameters.values()
        for option in _options_in(parameter)
    ]


def call(command: Command, values: dict[str, object]) -> int:
    """Call `command` with `values`, by the fields of its options."""
    rest: tuple[object, ...] = ()
    arguments: dict[str, object] = {}
    for parameter in signature(command).parameters.values():
        kind, name = parameter.annotation, parameter.name
        value = values.get(name)
        if isinstance(kind, type) and is_dataclass(kind):
            named = (field.name for field in fields(kind))
            arguments[name] = kind(**{each: values[each] for each in named if each in values})
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            rest = value if isinstance(value, tuple) else ()
        elif name in values:
            arguments[name] = value
    return command(*rest, **arguments)


def _options_in(parameter: Parameter) -> Iterator[Option]:
    hint = parameter.annotation
    if is_dataclass(hint):
        for field in fields(hint):
            yield _option(field.name, field.type, field.default)
    elif parameter.kind is Parameter.VAR_POSITIONAL:
        many = GenericAlias(tuple, (hint, ...))
        yield Option(parameter.name, many, (), parameter.name.upper(), is_rest=True)
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
