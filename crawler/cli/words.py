"""What the command calls the types of its options: in the help, and where a value is of none."""

import re
from typing import Any, get_args

from cyclopts import App, ArgumentCollection, CoercionError
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel

# What stands behind an option in the help, in place of the names of types.
_PLACES = {
    "INT": "N",
    "INT|CHOICE": "N|all",
    "FLOAT": "SECONDS",
    "TIMEDELTA": "TIME",
    "CHOICE": "WORD",
    "STR": "TEXT",
    "SECRET": "TEXT",
    "HEADER...": "TEXT...",
    "PATH...": "FOLDER...",
    "STR...": "TEXT...",
    "PATH": "FILE",
}
# Tables that only a file can hold.
_IN_FILES = {"--rules", "--hosts"}
# Defaults that say nothing.
_NOTHING = {"()", "False"}
_TYPES = {
    "int": "a whole number",
    "int|Literal[all]": "a whole number, or all",
    "float": "a number",
    "timedelta": "a time such as 90s, 30m or 2h",
    "Size": "a size such as 512KiB or 8MiB",
}
_FRACTION = re.compile(r"[+-]?\d*[.]\d*")
_COMPLAINT = re.compile(r'unable to convert (".*") into (\S+)\.')


class Formatter(DefaultFormatter):
    """Writes the help as cyclopts does, but for the names of types and the marks of Markdown.

    To have cyclopts read it as Markdown would load a parser of that, a fifth of the time of --help.
    """

    def __call__(self, console: Any, options: Any, panel: HelpPanel) -> None:  # noqa: ANN401
        """Write a panel."""
        entries = [_in_words(entry) for entry in panel.entries if not _IN_FILES & {*entry.names}]
        super().__call__(console, options, panel.copy(entries=entries))


def plain(text: str) -> str:
    """Return paragraphs of Markdown as lines, without its marks."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs).replace("`", "")


def _in_words(entry: HelpEntry) -> HelpEntry:
    place = entry.metavar or ""
    text = getattr(entry.description, "primary_renderable", None)
    if text is not None:
        text.plain = plain(text.plain)
    return entry.copy(
        metavar=_PLACES.get(place, entry.metavar),
        choices=() if place in _PLACES and "|" in place else entry.choices,
        default=None if entry.default in _NOTHING else entry.default,
    )


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
