"""An asynchronous web crawler that finds rotten links and remembers every night.

What is public here is imported when it is first asked for, so that a parser process, or `--help`,
does not load the whole crawler; the types are in `__init__.pyi`.
"""

from importlib import import_module

_HOMES = {
    "CrawlerError": "crawler.errors",
    "Header": "crawler.access",
    "HostSettings": "crawler.access",
    "NoParserError": "crawler.errors",
    "PageDone": "crawler.engine.events",
    "Progress": "crawler.engine.progress",
    "Rule": "crawler.rules",
    "Secret": "crawler.access",
    "Seed": "crawler.engine.seeds",
    "Settings": "crawler.settings",
    "Size": "crawler.size",
    "Stop": "crawler.engine.stop",
    "StoreError": "crawler.errors",
    "Summary": "crawler.engine.summary",
    "Totals": "crawler.store.protocol",
    "UsageError": "crawler.errors",
    "Verdict": "crawler.model",
    "__version__": "crawler.version",
    "crawl": "crawler.engine.run",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
