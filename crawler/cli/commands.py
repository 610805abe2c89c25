"""The commands: what each takes, as its signature says, and what does its work."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from crawler.cli.certificates import unread
from crawler.cli.config import FILES
from crawler.cli.logs import set_logging
from crawler.cli.manner import LogFormat, Manner, Presentation
from crawler.cli.options import Command, Spelling
from crawler.cli.output import spare
from crawler.location import location_of
from crawler.settings import DEFAULT_DB, Settings


def crawl(
    *urls: str,
    seeds: Path | None = None,
    settings: Settings,
    presentation: Presentation,
) -> int:
    """Crawl a documentation site, judge every link on it, and remember every night.

    Options also stand in crawler.toml, in [tool.crawler] of pyproject.toml, or in the environment
    (CRAWLER_DEPTH=3); flags win. What was found is in data/crawl.db: select * from broken.

    Examples: `crawler https://docs.example.org/ --depth all` for a site, `crawler build/html` for
    one that is not published yet, `crawler README.md docs/` for Markdown.

    Exit status: 0 nothing broken, 1 broken links, 2 usage, 3 the run cannot be trusted, 4 a bug or
    a database that cannot be written, 130 or 143 interrupted.

    Parameters
    ----------
    urls
        Seeds: http(s) URLs, folders of built sites, Markdown files or folders of them; `-` reads
        them from standard input.
    seeds
        A file of seeds, one a line; blank lines and # comments are allowed.
    settings
        What the run is asked to do.
    presentation
        How it is shown, and what the exit status means.

    """
    from crawler.cli.sowing import sown

    spare(presentation.output, seeds, *(file.path for file in FILES))
    begun = sown(urls, seeds)
    with unread():
        from crawler.cli.crawl import run_crawl

    return run_crawl(begun, settings, presentation)


def explain(url: str, *, run: int | None = None, db: str = DEFAULT_DB) -> int:
    """Say all that is known of a URL: every attempt, the rule that decided, and who links to it.

    Parameters
    ----------
    url
        The URL, as it is written in a report; with a fragment, that too is judged.
    run
        The number of the run; the newest that met the URL where not given.
    db
        The database.

    """
    from crawler.cli.explain import run_explain

    return run_explain(url, run, location_of(db))


def report(
    *,
    run: int | None = None,
    manner: Manner,
    db: str = DEFAULT_DB,
) -> int:
    """Report on a run that is in the database.

    Parameters
    ----------
    run
        The number of the run; the newest where not given.
    manner
        How it is written, and where to.
    db
        The database.

    """
    from crawler.cli.report import run_report

    return run_report(run, manner, location_of(db))


def init(site: str) -> int:
    """Write a crawler.toml for a site, with every option explained in it.

    Parameters
    ----------
    site
        The seed: an http(s) URL, or the folder of a built site.

    """
    from crawler.cli.init import run_init

    return run_init(site, crawl)


def diff(
    *,
    before: Annotated[int | None, Spelling("from")] = None,
    run: Annotated[int | None, Spelling("to")] = None,
    output: Path | None = None,
    db: str = DEFAULT_DB,
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
    from crawler.cli.history import run_diff

    return run_diff(before, run, output, location_of(db))


def runs(*, db: str = DEFAULT_DB) -> int:
    """List the runs in the database.

    Parameters
    ----------
    db
        The database.

    """
    from crawler.cli.history import run_runs

    return run_runs(location_of(db))


def work(
    *,
    run: int | None = None,
    quiet: Annotated[bool, Spelling(short="-q", negative=False)] = False,
    log_format: LogFormat = "text",
    db: str = DEFAULT_DB,
) -> int:
    """Work on a run that is under way, together with whoever does already.

    Parameters
    ----------
    run
        The number of the run; each run of the database, and those to come, where not given.
    quiet
        Say nothing but what is wrong.
    log_format
        What is said: lines for people, or JSON objects.
    db
        The database: postgresql://user@host/name.

    """
    from crawler.cli.work import run_work

    set_logging(logging.WARNING if quiet else logging.INFO, log_format)
    return run_work(location_of(db), run)


def prune(*, keep: int = 30, db: str = DEFAULT_DB) -> int:
    """Forget old runs, with all that nothing else refers to, and make the file smaller.

    Parameters
    ----------
    keep
        The number of nights that stay, of each set of seeds.
    db
        The database.

    """
    from crawler.cli.history import run_prune

    return run_prune(keep, location_of(db))


def redirects(
    *,
    run: int | None = None,
    csv: bool = False,
    patch: Path | None = None,
    output: Path | None = None,
    db: str = DEFAULT_DB,
) -> int:
    """List the links to what has moved for good, and what to write instead.

    Parameters
    ----------
    run
        The number of the run; the newest that has ended where not given.
    csv
        Write a table: source, line, old, new.
    patch
        Write a patch of the sources in this folder instead, for `git apply`.
    output
        Write to this file instead of standard output.
    db
        The database.

    """
    from crawler.cli.redirects import run_redirects

    return run_redirects(run, patch, output, location_of(db), table=csv)


COMMANDS: Mapping[str, Command] = {
    each.__name__: each for each in (diff, explain, init, prune, redirects, report, runs, work)
}
"What the command does besides the crawl, by its first word."
