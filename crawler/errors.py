"""Every error this package raises on purpose.

CrawlerError
├── UsageError     what was asked for cannot be done: settings, seeds, a database of another make
│   ├── BusyError      somebody else writes to the database
│   └── RunOverError   the run that was to be joined is over: nothing of it is left to do
├── StoreError     the database cannot be written any more; the run ends
│   └── UnwritableError   it could not be written from the beginning
└── NoParserError  no process can be had that parses; the run ends

What goes wrong with a URL is no exception but a value: see `crawler.model.Fetch.error`.
"""


class CrawlerError(Exception):
    """Base of all errors raised on purpose; its text is one line for a person."""


class UsageError(CrawlerError):
    """The settings, the seeds or the database make no sense."""


class BusyError(UsageError):
    """Somebody else writes to the database."""


class RunOverError(UsageError):
    """The run that was to be joined is over: nothing of it is left to do."""


class StoreError(CrawlerError):
    """The database cannot be read or written."""


class UnwritableError(StoreError):
    """The database is there, or could be, but it cannot be written."""


class NoParserError(CrawlerError):
    """No process can be had that parses: what stands in large documents stays unknown."""
