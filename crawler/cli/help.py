"""The pages of help, which say what each command takes."""

import math
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args, get_origin

from crawler.access import Header, Secret
from crawler.cli.docs import summary_of, told_of
from crawler.cli.options import Command, Option, options_of
from crawler.cli.output import opened, takes_colour, write_lines
from crawler.cli.status import Status
from crawler.size import Size

_FLAGS = {
    "--help (-h)": "Display this message and exit.",
    "--version": "Display application version.",
}
# Defaults that say nothing.
_NOTHING = (None, False, (), MISSING)
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


def print_help(crawl: Command, commands: Mapping[str, Command], name: str) -> int:
    """Print the page on the command of that name, or that on `crawl` where there is none."""
    with opened(None) as out:
        frame = Frame(
            width=max(shutil.get_terminal_size().columns, _NARROW),
            coloured=takes_colour(out),
            rounded=(out.encoding or "").lower().startswith("utf"),
        )
        if name in commands:
            write_lines(_page(f"{name} ", commands[name], {}, frame), out)
        else:
            write_lines(_page("", crawl, commands, frame), out)
    return Status.OK


def _page(
    name: str, command: Command, commands: Mapping[str, Command], frame: Frame
) -> Iterator[str]:
    """Yield the lines of the page on a command, and on those that may stand in its place."""
    options = [each for each in options_of(command) if not each.is_table]
    usage = ["COMMAND"] * bool(commands) + list(_usage(options))
    yield frame.styled(f"Usage: crawler {name}{' '.join(usage)}", "1")
    yield ""
    for paragraph in summary_of(command).split("\n\n"):
        yield from textwrap.wrap(_plain(paragraph), frame.width, break_on_hyphens=False)
        yield ""
    yield from _box("Commands", _commands(commands), frame)
    told = told_of(command)
    for title, rest in (("Arguments", True), ("Parameters", False)):
        entries = [_entry(each, told) for each in options if each.is_rest is rest]
        yield from _box(title, entries, frame)


def place_of(option: Option) -> str:
    """Return what stands behind the name of an option: what its value is."""
    return _NAMED.get(option.name) or _place(option)


def default_of(option: Option) -> str:
    """Return the default of an option as it would be written."""
    if isinstance(option.default, timedelta):
        return f"{option.default.total_seconds() / 3600:g}h"
    nothing = any(option.default is each for each in _NOTHING)
    return "" if nothing else str(option.default)


def _usage(options: Iterable[Option]) -> Iterator[str]:
    if any(each.default is not MISSING for each in options):
        yield "[OPTIONS]"
    for each in options:
        if each.is_rest:
            yield "[ARGS...]"
        elif each.is_first:
            yield each.key.upper()


def _commands(commands: Mapping[str, Command]) -> list[_Entry]:
    if not commands:
        return []
    entries = [_Entry(name, _plain(summary_of(each))) for name, each in sorted(commands.items())]
    return entries + [_Entry(label, text) for label, text in _FLAGS.items()]


def _entry(option: Option, told: Mapping[str, str]) -> _Entry:
    notes = []
    if get_origin(option.hint) is Literal:
        notes.append(f"[choices: {', '.join(get_args(option.hint))}]")
    if default := default_of(option):
        notes.append(f"[default: {default}]")
    required = option.default is MISSING
    if required:
        notes.append("[required]")
    return _Entry(_label(option), " ".join([_plain(told.get(option.field, "")), *notes]), required)


def _label(option: Option) -> str:
    if option.is_rest:
        return option.name
    if option.is_first:
        return f"{option.key.upper()} {option.name}"
    parts = (option.name, option.short, place_of(option), option.negative)
    return " ".join(part for part in parts if part)


def _place(option: Option) -> str:
    if get_origin(option.hint) is Literal:
        return "WORD"
    if option.many:
        return _MANY[option.kinds[0]]
    words = (
        get_args(kind) if get_origin(kind) is Literal else (_PLACES[kind],) for kind in option.kinds
    )
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
