"""Random sites, the same each time."""

import random

from tests.site import Site


def generate(site: Site, seed: int, number: int, other: str) -> None:
    """Declare a random site: pages that link to each other, redirects, dead links, fragments."""
    chance = random.Random(seed)  # noqa: S311 - the same site each time
    paths = [f"/{n}" for n in range(number)]
    for n, path in enumerate(paths):
        if n and chance.random() < 0.1:
            site.redirect(path, chance.choice([*paths, "/gone", other]), 301)
        else:
            targets = [reference(chance, paths, other) for _ in range(chance.randrange(8))]
            links = "".join(f'<p id="p{i}"><a href="{to}">x</a>' for i, to in enumerate(targets))
            # Each page is also linked from the one before, so that all of them are found.
            site.page(path, f'{links}<a href="/{n + 1}">next</a><a href="/{2 * n + 1}">far</a>')
    site.redirect("/", "/0")


def reference(chance: random.Random, paths: list[str], other: str) -> str:
    kind = chance.random()
    if kind < 0.6:
        return chance.choice(paths)
    if kind < 0.8:
        return f"{chance.choice(paths)}#p{chance.randrange(8)}"
    if kind < 0.9:
        return f"/missing/{chance.randrange(40)}"
    return f"{other}{chance.randrange(20)}"
