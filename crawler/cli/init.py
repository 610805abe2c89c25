"""A file of options for one's own site, with every option in it and what it does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cyclopts import ArgumentCollection
from cyclopts.argument import Argument

from crawler.cli.status import Status
from crawler.engine.seeds import seed_of
from crawler.errors import UsageError
from crawler.settings import Size

_FILE = Path("crawler.toml")
_HEAD = """\
# What `python -m crawler` does here; flags and the environment (CRAWLER_DEPTH=3) win over it.
# Lines that begin with `#` show the defaults, or an example where there is none.
"""
_TABLES = """
# How single hosts are treated; ${NAME} is a variable of the environment.
#[hosts."https://preview.example.org"]
#headers = { X-Preview = "${PREVIEW_TOKEN}" }
#auth = "docs:${PREVIEW_PASSWORD}"
#per-host = 4
#delay = 0.1
#accept = [403]

# Your own verdicts, which go before all others; the first that fits decides.
#[[rules]]
#url = "https://www.example.org/members/*"
#status = [401, 403]
#verdict = "ok"
"""
# For options that are off where nothing is said.
_EXAMPLES = {
    "workers": "32",
    "per-host": "8",
    "delay": "0.25",
    "deadline": '"30m"',
    "max-pages": "10000",
    "include": '["^https://docs\\\\.example\\\\.org/en/"]',
    "exclude": '["/genindex", "\\\\?lang="]',
    "allow-private": '["10.0.0.0/8"]',
    "header": '["X-Preview: ${PREVIEW_TOKEN}"]',
    "auth": '"docs:${PREVIEW_PASSWORD}"',
    "proxy": '"http://proxy.example.org:3128"',
    "output": '"links.txt"',
    "sources": '["docs"]',
}
# What is asked for once and not every night, or takes more than a file.
_OCCASIONAL = {"seeds", "resume", "rules", "hosts", "serve", "serve-public", "ray"}


def run_init(site: str, options: ArgumentCollection) -> int:
    """Write `crawler.toml` for `site`; UsageError where there is one, or `site` is no seed."""
    seed_of(site, Path())
    try:
        with _FILE.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _lines(site, options))
    except FileExistsError:
        raise UsageError(f"{_FILE}: there is one already") from None
    except OSError as error:
        raise UsageError(f"{_FILE}: cannot be written: {error.strerror}") from error
    print(f"{_FILE} is written; now: python -m crawler")
    return Status.OK


def _lines(site: str, options: ArgumentCollection) -> Iterator[str]:
    yield _HEAD
    yield f"urls = [{json.dumps(site, ensure_ascii=False)}]"
    yield 'depth = "all"'
    for option in options:
        name = option.name.removeprefix("--")
        if option.show and name not in _OCCASIONAL | {"depth"} and option.name.startswith("--"):
            yield ""
            yield f"# {option.parameter.help}"
            yield f"#{name} = {_value(name, option)}"
    yield _TABLES


def _value(name: str, option: Argument) -> str:
    default = option.field_info.default
    if default in (None, (), False) or default is option.field_info.empty:
        return _EXAMPLES.get(name, "true")
    if isinstance(default, timedelta):
        return f'"{default.total_seconds():.0f}s"'
    if isinstance(default, Size | Path):
        return json.dumps(str(default))
    return json.dumps(default)
