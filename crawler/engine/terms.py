"""The terms of a run, its seeds and settings, as the text that its row keeps."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from crawler.engine.seeds import Seed
from crawler.settings import Settings


def terms(seeds: Sequence[Seed], settings: Settings) -> str:
    """Return what a run is asked to do, as JSON."""
    return _json(
        {
            "seeds": [seed.url for seed in seeds],
            "folders": {seed.published: str(seed.folder) for seed in seeds if seed.folder},
            **asdict(settings),
            "db": str(settings.database),
            "recheck_after": settings.recheck_after.total_seconds(),
        }
    )


def series_of(seeds: Iterable[Seed]) -> str:
    """Return what the runs have in common that know one another: a built site is not the web's."""
    return _json(sorted({(seed.url, "web" if seed.folder is None else "folder") for seed in seeds}))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
