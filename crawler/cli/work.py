"""The command that joins a run which others work on."""

import asyncio
import logging

from crawler.cli.heap import settled
from crawler.cli.signals import stopping
from crawler.cli.status import Status, of_signal
from crawler.engine.membership import work
from crawler.engine.service import serve
from crawler.engine.stop import Stop
from crawler.errors import RunOverError, UsageError
from crawler.location import Location, Server

logger = logging.getLogger(__name__)


def run_work(location: Location, run_id: int | None) -> int:
    """Work on a run until it is over, or on every run there is; return the exit status."""
    if not isinstance(location, Server):
        raise UsageError(f"{location}: to share a run takes a server: --db postgresql://...")
    with settled():
        return asyncio.run(_run(location, run_id))


async def _run(server: Server, run_id: int | None) -> int:
    stop = Stop()
    with stopping(stop):
        if run_id is None:
            await serve(server, stop)
            return of_signal(stop.reason)
        try:
            summary = await work(server, run_id, stop)
        except RunOverError as error:
            logger.info("%s", error)
            return Status.OK
    if summary is None:
        return of_signal(stop.reason)
    logger.info("run %d is %s", run_id, summary.state)
    return Status.OK
