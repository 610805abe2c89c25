"""Promises about a crawl of a built site's folder, as it will be published."""

from dataclasses import replace
from pathlib import Path

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
