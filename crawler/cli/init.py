"""A file of options for one's own site, with every option in it and what it does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from crawler.cli.docs import told_of
from crawler.cli.help import default_of
from crawler.cli.options import Command, Option, options_of
from crawler.cli.output import print_lines
from crawler.cli.status import Status
from crawler.engine.seeds import seed_of
from crawler.errors import UsageError
from crawler.size import Size

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
_OCCASIONAL = {"seeds", "resume", "serve", "serve-public", "ray"}


def run_init(site: str, command: Command) -> int:
    """Write a `crawler.toml` for `site`, with every option of `command`.

    UsageError where there is such a file, or `site` is no seed.
    """
    seed = seed_of(site, Path())
    if seed.folder is None:
        site = seed.url  # without the password that it may have
    try:
        content = "".join(f"{line}\n" for line in _lines(site, command)).encode()
        _write(content)
    except UnicodeEncodeError:
        raise UsageError(f"{site!r} cannot be written in UTF-8") from None
    except FileExistsError:
        raise UsageError(f"{_FILE}: there is one already") from None
    except OSError as error:
        raise UsageError(f"{_FILE}: cannot be written: {error.strerror}") from error
    print_lines([f"{_FILE} is written; now: python -m crawler"])
    return Status.OK


def _write(content: bytes) -> None:
    """Write a new file, all of it or none: what is there would be taken for one's own options."""
    with _FILE.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            _FILE.unlink()
            raise


def _lines(site: str, command: Command) -> Iterator[str]:
    yield _HEAD
    yield f"urls = [{json.dumps(site, ensure_ascii=False)}]"
    yield 'depth = "all"'
    told = told_of(command)
    for option in options_of(command):
        if option.is_rest or option.is_table or option.key in _OCCASIONAL | {"depth"}:
            continue
        yield ""
        yield f"# {told.get(option.field, '')}"
        yield f"#{option.key} = {_value(option)}"
    yield _TABLES


def _value(option: Option) -> str:
    default = option.default
    if not default_of(option):
        return _EXAMPLES.get(option.key, "true")
    if isinstance(default, timedelta | Size):
        return json.dumps(default_of(option))
    return json.dumps(default)
