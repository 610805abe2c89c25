"""The options of the command, from flags, environment and TOML, by one dataclass."""

import logging
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from cyclopts.config import Env

from crawler.cli.config import ConfigFile
from crawler.cli.crawl import Presentation, run_crawl
from crawler.cli.explain import run_explain
from crawler.cli.history import run_diff, run_prune, run_runs
from crawler.cli.redirects import run_redirects
from crawler.cli.report import run_report
from crawler.cli.status import Status
from crawler.cli.words import Formatter, complaint, refuse_fractions
from crawler.engine.seeds import parse_seeds, read_seeds
from crawler.errors import CrawlerError, UsageError
from crawler.report.formats import Format
from crawler.settings import Settings
from crawler.version import __version__

logger = logging.getLogger(__name__)

_HELP = """Crawl a documentation site, judge every link on it, and remember every night.

Exit status: 0 nothing broken, 1 broken links, 2 usage, 3 the run cannot be trusted, 4 a bug or a
database that cannot be written, 130 or 143 interrupted.
"""

_FILES = (
    ConfigFile("crawler.toml"),
    ConfigFile("pyproject.toml", root_keys=("tool", "crawler")),
)

app = App(
    name="crawler",
    help=_HELP,
    version=__version__,
    result_action="return_value",
    config=[
        Env("CRAWLER_", command=False, show=False),
        *_FILES,
        refuse_fractions,
    ],
    default_parameter=Parameter(
        parse=re.compile("(?!(rules|hosts)$)"),  # tables, see ConfigFile
        negative_iterable=(),
    ),
    help_formatter=Formatter(),
)


class _StandardError(logging.Handler):
    """Writes to what is standard error at the time: a bar takes its place, to stay below."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record; that nobody reads it is no error."""
        with suppress(OSError):
            print(self.format(record), file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, or the process's own arguments, and return its exit status."""
    logging.basicConfig(
        level=logging.INFO, format="crawler: %(message)s", handlers=[_StandardError()]
    )
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    try:
        status = app(argv, exit_on_error=False, print_error=False)
    except (CycloptsError, UsageError) as error:
        print(f"crawler: {complaint(error)}", file=sys.stderr)
        return Status.USAGE
    except CrawlerError as error:
        print(f"crawler: {error}", file=sys.stderr)
        return Status.CRASHED
    except KeyboardInterrupt:
        return 130
    except Exception:
        logger.exception("this is a bug, please report it")
        return Status.CRASHED
    return status if isinstance(status, int) else Status.OK


@app.default
def crawl(
    *urls: str,
    seeds: Path | None = None,
    settings: Annotated[Settings, Parameter(name="*")] = Settings(),  # noqa: B008 - it is frozen
    presentation: Annotated[Presentation, Parameter(name="*")] = Presentation(),  # noqa: B008
) -> int:
    """Crawl from seeds, report what is broken.

    Parameters
    ----------
    urls
        Seeds: http(s) URLs, or folders of built sites.
    seeds
        A file of seeds, one a line; blank lines and # comments are allowed.
    settings
        What the run is asked to do.
    presentation
        How it is shown, and what the exit status means.

    """
    sown = parse_seeds([*([] if seeds is None else read_seeds(seeds)), *urls])
    rules = next((file.rules for file in _FILES if file.rules), ())
    hosts = next((file.hosts for file in _FILES if file.hosts), ())
    return run_crawl(sown, replace(settings, rules=rules, hosts=hosts), presentation)


@app.command
def explain(url: str, *, run: int | None = None, db: Path = Path("data/crawl.db")) -> int:
    """Say all that is known of a URL: every attempt, the rule that decided, and who links to it.

    Parameters
    ----------
    url
        The URL, as it is written in a page or in a report; without a fragment.
    run
        The number of the run; the newest that met the URL where not given.
    db
        The database.

    """
    return run_explain(url, run, db)


@app.command
def report(
    *,
    run: int | None = None,
    format: Format = "text",  # noqa: A002 - as the option is called
    output: Path | None = None,
    db: Path = Path("data/crawl.db"),
) -> int:
    """Report on a run that is in the database.

    Parameters
    ----------
    run
        The number of the run; the newest where not given.
    format
        The form of the report.
    output
        Write the report to this file instead of standard output.
    db
        The database.

    """
    return run_report(run, format, output, db)


@app.command
def diff(
    *,
    before: Annotated[int | None, Parameter(name="--from")] = None,
    run: Annotated[int | None, Parameter(name="--to")] = None,
    output: Path | None = None,
    db: Path = Path("data/crawl.db"),
) -> int:
    """Say what changed between two runs with the same seeds.

    Parameters
    ----------
    before
        The number of the earlier run; the night before the later one where not given.
    run
        The number of the later run; the newest that has ended where not given.
    output
        Write to this file instead of standard output.
    db
        The database.

    """
    return run_diff(before, run, output, db)


@app.command
def runs(*, db: Path = Path("data/crawl.db")) -> int:
    """List the runs in the database.

    Parameters
    ----------
    db
        The database.

    """
    return run_runs(db)


@app.command
def prune(*, keep: int = 30, db: Path = Path("data/crawl.db")) -> int:
    """Forget old runs, with all that nothing else refers to, and make the file smaller.

    Parameters
    ----------
    keep
        The number of nights that stay, of each set of seeds.
    db
        The database.

    """
    return run_prune(keep, db)


@app.command
def redirects(
    *,
    csv: bool = False,
    patch: Path | None = None,
    output: Path | None = None,
    db: Path = Path("data/crawl.db"),
) -> int:
    """List the links to what has moved for good, and what to write instead.

    Parameters
    ----------
    csv
        Write a table: source, line, old, new.
    patch
        Write a patch of the sources in this folder instead, for `git apply`.
    output
        Write to this file instead of standard output.
    db
        The database.

    """
    return run_redirects(patch, output, db, table=csv)
