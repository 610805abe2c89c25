"""`python -m tests.torture`: all of it; or what is named: hostile, kills, stops, cluster ..."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from tests.torture.cluster import cluster
from tests.torture.hostile import hostile
from tests.torture.kills import kills
from tests.torture.long import long
from tests.torture.page import page
from tests.torture.placed import placed
from tests.torture.stops import stops

TORTURES: dict[str, Callable[[], Awaitable[str]]] = {
    "hostile": hostile,
    "kills": kills,
    "stops": stops,
    "placed": placed,
    "page": page,
    "long": long,
    "cluster": cluster,
}


async def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in TORTURES]:
        sys.exit(f"torture: there is no {', '.join(unknown)}, only {', '.join(TORTURES)}")
    for name in names or TORTURES:
        started = time.monotonic()
        said = await TORTURES[name]()
        print(f"{name}: {said} ({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
