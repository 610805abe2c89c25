"""The robots.txt of every host that has been asked for it."""

import asyncio
import time
from dataclasses import replace

from crawler.engine.discovery import Discovery
from crawler.fetch.robots import Robots, outcome_of
from crawler.model import Answer, Page, Request, Scope
from crawler.settings import Settings

_LARGE = 32 * 1024


class Rulebook:
    """Reads robots.txt files and answers by them; knows no rules for hosts that were not asked."""

    def __init__(self, discovery: Discovery, settings: Settings) -> None:
        self._discovery = discovery
        self._settings = settings
        self._rules: dict[str, Robots] = {}

    def allows(self, request: Request) -> bool:
        """Return whether robots.txt lets `request` be made."""
        bound = self._settings.robots == "all" or request.scope is Scope.FOLLOW
        if not bound or self._settings.robots == "ignore":
            return True
        rules = self._rules.get(request.host)
        return rules is None or rules.allows(request.url)

    async def learn(self, host: str, answer: Answer, page: Page) -> tuple[Page, float | None]:
        """Take in the last `answer` for the robots.txt of `host`.

        Return `page` with it and with requests for its sitemaps, and the delay that it asks for.
        """
        file = outcome_of(answer, host, time.time())
        agent = self._settings.user_agent
        if len(file.body) > _LARGE:
            rules = await asyncio.to_thread(Robots.from_file, file, agent)
        else:
            rules = Robots.from_file(file, agent)
        self._rules[host] = rules
        found = self._discovery.of_sitemaps(rules.sitemaps, page.request)
        return replace(page, robots=replace(file, delay=rules.delay), found=found), rules.delay
