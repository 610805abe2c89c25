"""What is asked of a crawl, as one value."""

import time
from dataclasses import dataclass

from crawler.engine.crawling import Clock
from crawler.engine.events import OnPage
from crawler.engine.progress import Progress
from crawler.engine.seeds import Seed
from crawler.engine.stop import Stop
from crawler.settings import Settings
from crawler.store.database import PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is to do, who may end it, and who is told.

    `patience` is for how long (seconds) a server is tried again that cost the worker its lease.
    """

    seeds: list[Seed]
    settings: Settings
    stop: Stop
    progress: Progress
    clock: Clock = time.time
    on_page: OnPage | None = None
    patience: float = PATIENCE
