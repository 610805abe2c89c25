"""Promises about forgetting: what nothing refers to goes, what is known of the present stays."""

from pathlib import Path

import pytest

from crawler.cli import main
from crawler.errors import UsageError
from crawler.location import Location, Server
from crawler.store.engines import opened
from crawler.store.pruning import _UNUSED, prune
from tests.night import Night
from tests.past import restore
from tests.server import PostgresServer, query
from tests.site import Site


@pytest.fixture
def night(location: Location, tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db", location)


@pytest.mark.slow
async def test_all_before_the_last_nights_goes_and_the_rest_stays(site: Site, night: Night) -> None:
    await night.crawl(site.external(), day=0)
    for day in range(4):
        site.links("/", "/gone", f"/{day}")
        site.page(f"/{day}", f"<i id=x{day}>")
        await night.crawl(site.url(), day=day)
    broken = night.rows("SELECT * FROM broken")
    assert len(broken) == 1

    pruned = await prune(night.location, 2)

    assert pruned.runs == 2
    assert night.column("SELECT id FROM run ORDER BY id") == [1, 4, 5]
    for table in ("page", "fetch", "robots"):
        left = f"SELECT DISTINCT run_id FROM {table} ORDER BY 1"  # noqa: S608 - our own names
        assert night.column(left) == [1, 4, 5]
    assert night.rows("SELECT * FROM broken") == broken
    assert night.column("SELECT name FROM anchor ORDER BY 1") == ["x2", "x3"]
    assert night.column("SELECT count(*) FROM document JOIN link ON link.document_id = id") == [4]
    assert night.column("SELECT url FROM url WHERE url LIKE '%/0' OR url LIKE '%/1'") == []
    if not isinstance(night.location, Server):
        assert night.column("PRAGMA foreign_key_check") == []
    assert (await night.crawl(site.url(), day=4)).totals.new_broken_links == 0


async def test_old_rot_stays_old_on_a_page_that_no_kept_night_could_read(
    site: Site, night: Night
) -> None:
    site.links("/", "/page", "/gone")
    for day, barred in enumerate((False, True, True, False)):
        if barred:
            site.page("/page", status=401)
        else:
            site.links("/page", "/gone")
        await night.crawl(site.url(), day=day)
    broken = night.rows("SELECT source, is_new FROM broken")
    assert [is_new for _, is_new in broken] == [False, False]

    assert (await prune(night.location, 3)).runs == 1

    assert night.rows("SELECT source, is_new FROM broken") == broken


async def test_where_there_are_fewer_nights_nothing_goes(site: Site, night: Night) -> None:
    await night.crawl(site.url())

    assert (await prune(night.location, 2)).runs == 0
    assert (await prune(night.location, 1)).runs == 0


async def test_no_table_is_gone_through_once_for_every_row(server: PostgresServer) -> None:
    place = server.schema()
    async with opened(place):
        pass

    plans = [str(query(place, f"EXPLAIN {statement}")) for statement in _UNUSED]

    assert [plan for plan in plans if "SubPlan" in plan] == []


@pytest.mark.slow
async def test_the_file_becomes_smaller(site: Site, tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    for day in range(3):
        site.page("/", "".join(f'<a href="/x#{day}-{number}">' for number in range(3000)))
        await night.crawl(site.url(), day=day)

    _, before, after = await prune(night.location, 1)

    assert after < before / 2


async def test_where_there_is_nothing_there_is_nothing_to_forget(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no database"):
        await prune(tmp_path / "crawl.db", 1)


def test_prune_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    restore(1, tmp_path / "crawl.db")

    assert main(["prune", "--keep", "1", "--db", "crawl.db"]) == 0
    assert capsys.readouterr().out.startswith("1 run forgotten; 0.")
    assert main(["prune", "--keep", "0", "--db", "crawl.db"]) == 2
