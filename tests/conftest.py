"""The world of the tests: a site, a database for the night, and databases of either engine."""

import os
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from hypothesis import settings

from crawler.location import Location, Server
from crawler.report.subject import Subject
from crawler.store.ledger import Ledger, open_store
from tests import shell, two_sites
from tests.dubious import dubious
from tests.lateness import Lateness, watched
from tests.night import Night
from tests.nights import Nights
from tests.server import PostgresServer, binaries
from tests.site import Site
from tests.team import Team

# A busy machine fails no test: what takes too long is asked elsewhere, by the processor's time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many share the work: more than there are processors, as many tests wait."""
    return min((os.cpu_count() or 1) + 1, 8)


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of Markdown files below the working folder."""
    docs = tmp_path / "project/docs"
    (docs / "guide/deep/deeper").mkdir(parents=True)
    (docs / "node_modules").mkdir()
    (docs / "node_modules/no.md").write_text("[x](gone.md)")
    (docs / "one.md").write_text("# One\n[two](guide/two.md#two) [folder](guide/)\n")
    (docs / "guide/two.md").write_text("# Two\n\n[one](../one.md#wun)\n")
    (docs / "guide/deep/deeper/three.md").write_text("[gone](../gone.md) [up](/docs/one.md)\n")
    monkeypatch.chdir(tmp_path / "project")
    return docs


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with Site.serve() as served:
        yield served


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with two built sites in it."""
    two_sites.build(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def listener() -> Generator[socket.socket]:
    """Return a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db")


@pytest.fixture
async def doubted(tmp_path: Path) -> AsyncGenerator[Subject]:
    """Yield a run that found nothing broken, and cannot be trusted."""
    async with dubious(tmp_path / "doubted.db") as subject:
        yield subject


@pytest.fixture(scope="session")
def server() -> Generator[PostgresServer]:
    """Yield a PostgreSQL server, which starts when the first test asks for it."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb")
    with PostgresServer.running() as running:
        yield running


@pytest.fixture
def where(server: PostgresServer) -> Server:
    """Return a place on a server, where there is no database yet."""
    return server.schema()


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder for the PATH with `crawler`, and the home of the action's interpreter."""
    return shell.install(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """Return where there is no run yet: a file, or a schema on a server."""
    if request.param == "sqlite":
        return tmp_path / "crawl.db"
    server: PostgresServer = request.getfixturevalue("server")
    return server.emptied()


@pytest.fixture
async def store(location: Location) -> AsyncGenerator[Ledger]:
    async with open_store(location) as opened:
        yield opened


@pytest.fixture
async def nights(store: Ledger, location: Location) -> Nights:
    return Nights(store, location)


@pytest.fixture
async def team(server: PostgresServer) -> AsyncGenerator[Team]:
    """Yield the workers of a run, which has begun; there are none yet."""
    async with AsyncExitStack() as stack:
        team = Team(server.schema(), stack)
        founder = await team.found()
        team.dismiss_founder(founder)
        yield team


@pytest.fixture
async def lateness() -> AsyncGenerator[Lateness]:
    async with watched() as found:
        yield found
