"""Further workers of a run on a Ray cluster, which places them, and starts them again."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import ray
from ray.exceptions import RayError

from crawler.engine.membership import work
from crawler.engine.stop import Stop
from crawler.errors import RunOverError, UnwritableError, UsageError
from crawler.location import Server

# A cluster of this process's own, for its time.
_LOCAL = "local"
# As the command `work` ends.
_OVER, _DIED, _REFUSED = 0, 1, 2

# Seconds until who does not answer is not there.
_PATIENCE = 10.0

logger = logging.getLogger(__name__)


async def worked(server: Server, run_id: int, grace: float) -> int:
    """Have a worker on some node work on a run until that is over; return its exit status.

    Where Ray starts it again, that is the same one. To cancel this ends it, which may take it
    `grace` seconds.
    """
    try:
        actor = _HANDS.remote()
        complaint = await _said(actor.work.remote(server.dsn, run_id), grace)
        status = _OVER if complaint is None else _REFUSED
    except (RayError, OSError) as error:
        complaint, status = _lines(error)[-1], _DIED
    if complaint is not None:
        logger.warning("a worker on the cluster: %s", complaint)
    return status


async def _said(said: "ray.ObjectRef[str | None]", grace: float) -> str | None:
    answer = asyncio.wrap_future(said.future())
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        ray.cancel(said)
        await asyncio.wait({asyncio.gather(answer, return_exceptions=True)}, timeout=grace)
        raise


class _Hand:
    """A worker on some node. All that it knows is in the database: it may die at any moment."""

    @ray.method
    async def work(self, dsn: str, run_id: int) -> str | None:
        """Work on a run until it is over, or this is cancelled; return what is in the way of it."""
        stop = Stop()
        working = asyncio.create_task(work(Server(dsn), run_id, stop))
        try:
            await asyncio.shield(working)
        except RunOverError:
            return None
        except (UsageError, UnwritableError) as error:
            return str(error)
        except asyncio.CancelledError:
            stop.ask("cancelled")
            await asyncio.wait({working})
            raise
        return None


_HANDS = ray.remote(_Hand).options(
    max_restarts=-1, max_task_retries=-1, num_cpus=1, scheduling_strategy="SPREAD"
)


@asynccontextmanager
async def connected(address: str) -> AsyncGenerator[None]:
    """Be connected to the cluster at `address`, as Ray takes it, while the block lasts.

    What is begun there ends with it. UsageError where there is none.
    """
    try:
        await _knock(address)
        # In a thread: it takes seconds, and in the main thread it would take the signals from us.
        await asyncio.to_thread(_connect, address)
    except (RayError, OSError, RuntimeError, ValueError, ImportError) as error:
        raise UsageError(f"--ray {address}: {_lines(error)[0]}") from error
    try:
        yield
    finally:
        with suppress(RayError):
            await asyncio.to_thread(ray.shutdown)


def _lines(error: Exception) -> list[str]:
    """Return what an error says; its name, where that is nothing."""
    return str(error).strip().splitlines() or [type(error).__name__]


async def _knock(address: str) -> None:
    """Raise OSError where nobody is at `address`: Ray would wait for minutes, and talk."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        connecting = asyncio.open_connection(host.strip("[]"), int(port))
        _, writer = await asyncio.wait_for(connecting, _PATIENCE)
        writer.close()


def _connect(address: str) -> None:
    if address == _LOCAL:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    else:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
