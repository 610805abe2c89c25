"""Values of the types that fields are annotated with: a program may hand us anything."""

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

from crawler.errors import UsageError


def check_kind(name: str, value: object, hint: object) -> None:
    """Refuse a `value` that is not of the type `hint`; it is not shown, as it may be a secret.

    Words that stand in a Literal are no secrets.
    """
    if _fits(value, hint):
        return
    kinds = kinds_of(hint)
    words = [repr(word) for kind in kinds if _is_literal(kind) for word in get_args(kind)]
    shown = repr(value) if words else type(value).__name__
    wanted = words + [_name_of(kind) for kind in kinds if not _is_literal(kind)]
    raise UsageError(f"{name} must be {' or '.join(wanted)}, not {shown}")


def check_kinds(made: object) -> None:
    """Refuse an instance of a dataclass where a field is not of its type, named as in a file."""
    assert is_dataclass(made)
    for field in fields(made):
        check_kind(field.name.replace("_", "-"), getattr(made, field.name), field.type)


def kinds_of(hint: object) -> tuple[object, ...]:
    """Return the types of which a value must be one, as `hint` has them."""
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def _fits(value: object, hint: object) -> bool:
    return any(_is_of(value, kind) for kind in kinds_of(hint))


def _is_of(value: object, kind: object) -> bool:
    if _is_literal(kind):
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        each = get_args(kind)[0]
        return isinstance(value, tuple) and all(_fits(one, each) for one in value)
    assert isinstance(kind, type)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is float:
        return isinstance(value, (int, float))
    # A number of bytes need not know how it is written.
    return isinstance(value, int if issubclass(kind, int) else kind)


def _is_literal(kind: object) -> bool:
    return get_origin(kind) is Literal


def _name_of(kind: object) -> str:
    if get_origin(kind) is tuple:
        return f"a tuple of {' or '.join(map(_name_of, kinds_of(get_args(kind)[0])))}"
    return "None" if kind is NoneType else getattr(kind, "__name__", str(kind))
