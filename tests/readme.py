"""The table of options in the README, made from the code: `python -m tests.readme` writes it."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from crawler.cli.commands import crawl
from crawler.cli.docs import told_of
from crawler.cli.help import default_of, place_of
from crawler.cli.options import Option, options_of

README = Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"(<!-- options: .*? -->\n).*(<!-- options end -->)", re.DOTALL)


def options() -> list[Option]:
    """Return the options of the crawl, without seeds given as arguments, and tables of TOML."""
    return [each for each in options_of(crawl) if not (each.is_rest or each.is_table)]


def table() -> str:
    """Return the table that belongs into the README."""
    told = told_of(crawl)
    rows = (
        f"| `{_usage(each)}` | {_default(each)} | {_escaped(told[each.field])} |\n"
        for each in options()
    )
    return "".join(["| option | default | |\n", "| --- | --- | --- |\n", *rows])


def written() -> str:
    """Return the README with the table as it should be."""
    return TABLE.sub(lambda match: match[1] + table() + match[2], README.read_text("utf-8"))


def _usage(option: Option) -> str:
    choices = get_args(option.hint) if get_origin(option.hint) is Literal else ()
    place = "|".join(choices) or place_of(option)
    return _escaped(f"{option.name} {place}".strip())


def _default(option: Option) -> str:
    default = default_of(option)
    return default and f"`{default}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(written(), "utf-8")
