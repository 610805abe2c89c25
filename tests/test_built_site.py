"""Promises about a crawl of a built site's folder, as it will be published."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.night import SETTINGS, Night
from tests.site import Site


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


async def test_a_folder_is_crawled_as_it_will_be_published(
    site: Site, night: Night, tmp_path: Path
) -> None:
    write(tmp_path / "html", index='<a href="a.html">a</a>', a='<a href="gone">gone</a>')
    home = site.url("/docs/")
    (tmp_path / "html/index.html").write_text(
        f'<a href="a.html#x">a</a> <a href="/other">other</a> <a href="{home}b">b</a>'
    )
    site.links("/other", "/never")

    await night.crawl(
        f"{tmp_path}/html = {home}", replace(SETTINGS, allow_private=("127.0.0.0/8",))
    )

    assert site.counts == {"/other": 1}
    assert night.broken() == {
        (home, f"{home}a.html", "x", "fragment"),
        (home, f"{home}b", "", "404"),
        (f"{home}a.html", f"{home}gone", "", "404"),
    }


@pytest.mark.parametrize("last", [0, 1])
async def test_a_folder_published_within_another_answers_its_own_wherever_it_is_named(
    night: Night, tmp_path: Path, last: int
) -> None:
    write(tmp_path / "docs", index='<a href="api/a.html">')
    write(tmp_path / "reference", index="x", a='<a href="gone.html">')
    seeds = [
        f"{tmp_path}/docs = http://d.invalid/",
        f"{tmp_path}/reference = http://d.invalid/api/",
    ]

    await night.crawl(seeds[last:] + seeds[:last])

    home = "http://d.invalid/api/"
    assert night.broken() == {(f"{home}a.html", f"{home}gone.html", "", "404")}


async def test_a_folder_below_a_path_of_a_host_needs_nothing_of_that(
    site: Site, night: Night, tmp_path: Path
) -> None:
    site.robots("User-agent: *\nDisallow: /")
    write(tmp_path / "html", index='<a href="a.html">a</a> <a href="/other">x</a>', a="a")
    (tmp_path / "elsewhere").symlink_to("html")
    homes = [site.url("/base/"), "https://nobody.invalid/base/"]
    alone = replace(SETTINGS, external="skip")

    seeds = [f"{tmp_path}/html = {homes[0]}", f"{tmp_path}/elsewhere = {homes[1]}"]
    await night.crawl(seeds, replace(alone, max_pages=2))
    summary = await night.crawl(seeds, replace(alone, resume=True))

    assert [night.outcome(f"{home}a.html") for home in homes] == [("ok", None)] * 2
    assert night.column("SELECT url FROM pages WHERE verdict = 'skipped'") == [
        site.url("/other"),
        "https://nobody.invalid/other",
    ]
    assert (night.broken(), summary.doubts, site.hits) == (set(), (), [])


async def test_a_suspect_page_in_a_folder_is_no_reason_to_ask_a_host_that_is_external(
    site: Site, night: Night, tmp_path: Path
) -> None:
    write(tmp_path / "html", index='<a href="404.html">x</a>')
    (tmp_path / "html/404.html").write_text("<title>Page not found</title>")
    home = site.url("/base/")
    chosen = replace(SETTINGS, external="skip", allow_private=("127.0.0.0/8",))

    await night.crawl(f"{tmp_path}/html = {home}", chosen)

    assert (night.outcome(f"{home}404.html"), site.hits) == (("ok", None), [])


async def test_robots_binds_the_live_pages_beside_a_folder_and_not_the_folder(
    site: Site, night: Night, tmp_path: Path
) -> None:
    site.robots("User-agent: *\nDisallow: /base/\nDisallow: /no")
    site.links("/", "/no", "/base/a.html")
    write(tmp_path / "html", index='<a href="a.html">a</a>', a='<a href="/no">no</a>')

    await night.crawl([f"{tmp_path}/html = {site.url('/base/')}", site.url()])

    assert site.counts == {"/": 1}
    assert night.outcome(site.url("/no")) == ("skipped", "robots")
    assert night.outcome(site.url("/base/a.html")) == ("ok", None)


async def test_a_host_that_is_given_up_leaves_its_folder_alone(
    night: Night, tmp_path: Path
) -> None:
    home = f"http://127.0.0.1:{unused_port()}/base/"
    dead = " ".join(f'<a href="/{number}">x</a>' for number in range(8))
    write(tmp_path / "html", index=f'{dead} <a href="a.html">a</a>', a='<a href="b.html">b</a>')
    write(tmp_path / "html", b="b")
    chosen = replace(SETTINGS, allow_private=("127.0.0.0/8",), per_host=1, retries=0)

    await night.crawl(f"{tmp_path}/html = {home}", chosen)

    assert night.outcome(f"{home}b.html") == ("ok", None)
    assert {night.outcome(f"{home[:-5]}{number}").verdict for number in range(8)} == {"transient"}


async def test_a_folder_needs_no_address(night: Night, tmp_path: Path) -> None:
    write(tmp_path / "My Site", index='<a href="sub">sub</a>', sub__index='<a href="..">up</a>')

    summary = await night.crawl(str(tmp_path / "My Site"))

    assert night.broken() == set()
    assert night.depths() == {
        "http://my-site.localhost/": 0,
        "http://my-site.localhost/sub": 1,
        "http://my-site.localhost/sub/": 1,
    }
    assert summary.doubts == ()
