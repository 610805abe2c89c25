"""The crawl: workers between frontier, web and store."""
