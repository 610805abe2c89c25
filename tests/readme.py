"""The table of options in the README, made from the code: `python -m tests.readme` writes it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args, get_origin

from cyclopts.argument import Argument

from crawler.cli.app import app
from crawler.cli.help import place_of

README = Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"(<!-- options: .*? -->\n).*(<!-- options end -->)", re.DOTALL)


def options() -> list[Argument]:
    """Return the options of the command, without seeds given as arguments, and tables of TOML."""
    arguments = app.assemble_argument_collection(parse_docstring=True)
    return [
        each
        for each in arguments
        if each.show and each.name.startswith("--") and each.name not in ("--rules", "--hosts")
    ]


def table() -> str:
    """Return the table that belongs into the README."""
    rows = [f"| `{_usage(each)}` | {_default(each)} | {_help(each)} |\n" for each in options()]
    return "".join(["| option | default | |\n", "| --- | --- | --- |\n", *rows])


def written() -> str:
    """Return the README with the table as it should be."""
    return TABLE.sub(lambda match: match[1] + table() + match[2], README.read_text("utf-8"))


def _usage(option: Argument) -> str:
    choices = get_args(option.hint) if get_origin(option.hint) is Literal else ()
    place = "|".join(choices) or place_of(option)
    return f"{option.name} {place}".strip().replace("|", "\\|")


def _default(option: Argument) -> str:
    default = option.field_info.default
    if isinstance(default, timedelta):
        return f"`{default.total_seconds() / 3600:g}h`"
    return "" if default in (None, (), False) else f"`{default}`"


def _help(option: Argument) -> str:
    return (option.parameter.help or "").replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(written(), "utf-8")
