"""The pages of help, which say what each command takes.

cyclopts has such pages, but to lay them out it loads rich, and it reads all options three times:
both together are more than half of the time that `--help` would take.
"""

import math
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import timedelta
from inspect import Parameter
from pathlib import Path
from types import NoneType
from typing import Literal, get_args, get_origin

from cyclopts import App, Argument

from crawler.access import Header, Secret
from crawler.cli.docs import fields_of, parameters_of, summary_of
from crawler.cli.output import opened, takes_colour, write_lines
from crawler.cli.status import Status
from crawler.settings import Size

_FLAGS = {"--help": "--help (-h)", "--version": "--version"}
# Tables that only a file can hold.
_IN_FILES = ("--rules", "--hosts")
# Defaults that say nothing.
_NOTHING = (None, False, ())
# What stands behind an option, by its type.
_PLACES: dict[object, str] = {
    bool: "",
    int: "N",
    float: "SECONDS",
    timedelta: "TIME",
    Size: "SIZE",
    str: "TEXT",
    Secret: "TEXT",
    Path: "FILE",
}
# And by its name, where the type says too little.
_NAMED = {
    "--archive": "URL",
    "--db": "FILE|URL",
    "--proxy": "URL",
    "--ray": "ADDRESS",
    "--serve": "ADDRESS",
}
_MANY: dict[object, str] = {str: "TEXT...", Header: "TEXT...", Path: "FOLDER..."}
# The part of a page's width that names may take.
_LABELS = 0.35
_NARROW = 40


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a page is shown: how wide it is, and what it knows beside ASCII and black."""

    width: int
    coloured: bool
    rounded: bool

    def styled(self, text: str, code: str) -> str:
        """Return `text` with an ANSI code around it, where there are colours."""
        return f"\033[{code}m{text}\033[0m" if self.coloured and text else text


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    text: str
    required: bool = False


def print_help(app: App, tokens: Sequence[str]) -> int:
    """Print the page on the command that `tokens` begin with."""
    with opened(None) as out:
        frame = Frame(
            width=max(shutil.get_terminal_size().columns, _NARROW),
            coloured=takes_colour(out),
            rounded=(out.encoding or "").lower().startswith("utf"),
        )
        write_lines(help_page(app, tokens, frame), out)
    return Status.OK


def help_page(app: App, tokens: Sequence[str], frame: Frame) -> Iterator[str]:
    """Yield the lines of the page on the command that `tokens` begin with, or on all of it."""
    chain = [token for token in tokens[:1] if token in app and token not in _FLAGS]
    command = app[chain[0]] if chain else app
    known = command.assemble_argument_collection(default_parameter=app.default_parameter)
    arguments = [each for each in known if each.show and each.name not in _IN_FILES]
    yield frame.styled(" ".join(["Usage: crawler", *chain, *_usage(command, arguments)]), "1")
    yield ""
    for paragraph in summary_of(command.help).split("\n\n"):
        yield from textwrap.wrap(_plain(paragraph), frame.width, break_on_hyphens=False)
        yield ""
    yield from _box("Commands", _commands(command), frame)
    told = _told(command, known)
    for title, first in (("Arguments", True), ("Parameters", False)):
        entries = [_entry(each, told) for each in arguments if _is_bare(each) is first]
        yield from _box(title, entries, frame)


def place_of(argument: Argument) -> str:
    """Return what stands behind the name of an option: what its value is."""
    return _NAMED.get(argument.name) or _place(argument.hint)


def _usage(command: App, arguments: Iterable[Argument]) -> Iterator[str]:
    if set(command) - _FLAGS.keys() - {"-h"}:
        yield "COMMAND"
    if any(not each.required for each in arguments):
        yield "[OPTIONS]"
    for each in arguments:
        if each.index is not None:
            yield _bare(each) if each.required else "[ARGS...]"


def _commands(command: App) -> list[_Entry]:
    names = sorted(set(command) - _FLAGS.keys() - {"-h"})
    if not names:
        return []
    flags = [_Entry(label, command[name].help) for name, label in _FLAGS.items()]
    return [_Entry(name, _plain(summary_of(command[name].help))) for name in names] + flags


def _told(command: App, arguments: Iterable[Argument]) -> dict[str, str]:
    """Return what the code says of every option of `command`, by the name it has there."""
    told: dict[str, str] = {}
    function = command.default_command
    for argument in arguments:
        if is_dataclass(argument.hint) and isinstance(argument.hint, type):
            told |= fields_of(argument.hint)
    return told if function is None else told | parameters_of(function)


def _is_bare(argument: Argument) -> bool:
    """Return whether `argument` is for all that stands behind no option."""
    return argument.field_info.kind is Parameter.VAR_POSITIONAL


def _bare(argument: Argument) -> str:
    return argument.name.lstrip("-").upper()


def _entry(argument: Argument, told: dict[str, str]) -> _Entry:
    notes = []
    if get_origin(argument.hint) is Literal:
        notes.append(f"[choices: {', '.join(get_args(argument.hint))}]")
    default = argument.field_info.default
    if argument.show_default and default not in _NOTHING:
        notes.append(f"[default: {default}]")
    if argument.required:
        notes.append("[required]")
    name = (argument.keys or (argument.field_info.name,))[-1]
    return _Entry(_label(argument), " ".join([_plain(told[name]), *notes]), argument.required)


def _label(argument: Argument) -> str:
    if _is_bare(argument):
        return argument.name
    names = [name for name in argument.names if name not in argument.negatives]
    if argument.index is not None:
        return " ".join([_bare(argument), *names])
    behind = place_of(argument)
    return " ".join(each for each in (*names, behind, *argument.negatives) if each)


def _place(hint: object) -> str:
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    if get_origin(hint) is Literal:
        return "WORD"
    if get_origin(hint) is tuple:
        return _MANY[kinds[0]]
    if not kinds:
        return _PLACES[hint]
    words = (get_args(kind) if get_origin(kind) is Literal else (_PLACES[kind],) for kind in kinds)
    return "|".join(word for each in words for word in each)


def _plain(text: str) -> str:
    """Return a paragraph of Markdown as a line, without its marks."""
    return " ".join(text.split()).replace("`", "")


def _box(title: str, entries: Sequence[_Entry], frame: Frame) -> Iterator[str]:
    """Yield two columns in a box: names, and what they mean; what is required has a star."""
    if not entries:
        return
    left, line, right, side, below, end = "╭─╮│╰╯" if frame.rounded else "+-+|++"
    labels = [
        textwrap.wrap(
            each.label,
            math.ceil(frame.width * _LABELS),
            subsequent_indent="  ",
            break_on_hyphens=False,
        )
        for each in entries
    ]
    stars = any(each.required for each in entries)
    wide = max(len(part) for label in labels for part in label)
    rest = max(frame.width - wide - (9 if stars else 6), 1)
    yield f"{left}{line} {title} {line * (frame.width - len(title) - 5)}{right}"
    for entry, label in zip(entries, labels, strict=True):
        text = textwrap.wrap(entry.text, rest, break_on_hyphens=False)
        for number in range(max(len(label), len(text))):
            star = "*" if entry.required and not number else " "
            yield " ".join(
                [
                    side,
                    *([frame.styled(star, "1;31") + " "] if stars else []),
                    frame.styled(f"{''.join(label[number : number + 1]):{wide}}", "36") + " ",
                    f"{''.join(text[number : number + 1]):{rest}}",
                    side,
                ]
            )
    yield f"{below}{line * (frame.width - 2)}{end}"
