"""What a run can ask: the web, through a guard, and the folders of its seeds."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from crawler.engine.seeds import Seed
from crawler.errors import UsageError
from crawler.fetch.client import Client
from crawler.fetch.folder import Folder
from crawler.fetch.guard import Guard, kinds_of_seeds
from crawler.fetch.proxy import Proxy
from crawler.fetch.web import Web
from crawler.settings import Settings
from crawler.urls import host_of


@asynccontextmanager
async def open_web(seeds: Sequence[Seed], settings: Settings) -> AsyncGenerator[Web]:
    """Open what answers the URLs of a run; UsageError where a seed's folder cannot be read."""
    try:
        answering = dict.fromkeys(
            (seed.folder, seed.published, seed.base is not None)
            for seed in seeds
            if seed.folder is not None
        )
        folders = [Folder.at(root, url, is_markdown=markdown) for root, url, markdown in answering]
    except OSError as error:
        raise UsageError(f"a seed's folder cannot be read: {error}") from error
    folders.sort(key=lambda folder: len(folder.prefix), reverse=True)  # one may be in another's
    own = {host_of(seed.url) for seed in seeds if seed.folder is None}
    limit = settings.connect_timeout
    guard = Guard(settings.allow_private, await kinds_of_seeds(own, limit))
    proxy = None if settings.proxy is None else Proxy(settings.proxy, guard)
    if proxy is not None:  # the one address that is connected to
        kinds = await kinds_of_seeds({str(proxy.url.origin())}, limit)
        guard = Guard(settings.allow_private, kinds)
    async with Client.open(settings, guard, settings.told(own), proxy) as client:
        yield Web(client, folders, settings.max_body)
