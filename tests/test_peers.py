"""Where two other link checkers differ on real sites: each difference has a class, each a proof.

The data is what three programs said of two packages of documentation; tests/bench/peers.py makes
it. The tests here need none of them: what a class says is shown on a page of its own.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp.test_utils import unused_port

from tests.night import Night
from tests.site import Site

DATA = json.loads((Path(__file__).parent / "data" / "peers.json").read_text())
# What only a peer calls broken.
PEERS_ALONE = {"refused", "stray-percent"}
COMPARISONS = [
    pytest.param(compared, id=f"{corpus.split()[0]}, {peer}")
    for corpus, peers in DATA["corpora"].items()
    for peer, compared in peers.items()
]


class Proof(NamedTuple):
    """A page of a class, and what `links` must say: fragment or target's end, verdict, reason."""

    declare: Callable[[Site], None]
    links: set[tuple[str, str, str | None]]


def _once(site: Site) -> None:
    site.links("/", "/gone", "/gone#a", "/gone#b")


def _pre(site: Site) -> None:
    site.page("/", '<pre><div id="x"><a href="/part#gone">[docs]</a></div></pre>')
    site.page("/part", "<p id=here>")


def _style_sheet(site: Site) -> None:
    site.page("/", "<link rel=stylesheet href=/tabs.css>")
    sheet = "@import url(\"{{ pathto('_static/fa.min.css', 1) }}\");"
    site.page("/tabs.css", sheet, headers={"Content-Type": "text/css"})


def _refused(site: Site) -> None:
    site.links("/", f"http://127.0.0.1:{unused_port()}/")


def _stray_percent(site: Site) -> None:
    site.links("/", "/part#%_sec_6.2")
    site.page("/part", '<a name="%_sec_6.2"></a>')


PROOFS = {
    "dead-page-once": Proof(
        _once, {("", "broken", "404"), ("a", "broken", "404"), ("b", "broken", "404")}
    ),
    "pre": Proof(_pre, {("gone", "broken", "fragment")}),
    "style-sheet": Proof(_style_sheet, {("", "ok", None), ("", "broken", "404")}),
    "refused": Proof(_refused, {("", "transient", "connect")}),
    "stray-percent": Proof(_stray_percent, {("%_sec_6.2", "ok", None)}),
}


@pytest.mark.parametrize("name", DATA["classes"])
async def test_the_crawler_is_right_in_every_class_of_differences(
    name: str, site: Site, night: Night
) -> None:
    PROOFS[name].declare(site)

    await night.crawl(site.url())

    assert DATA["classes"][name]["right"] == "crawler"
    said = set(night.rows("SELECT fragment, verdict, reason FROM links"))
    assert said == PROOFS[name].links


@pytest.mark.parametrize("compared", COMPARISONS)
def test_every_difference_has_a_class_and_none_is_left_out(compared: dict[str, object]) -> None:
    differences = compared["differences"]
    assert isinstance(differences, list)

    classes = [each["class"] for each in differences]
    ours = sum(each["links"] for each in differences if each["class"] not in PEERS_ALONE)

    assert set(classes) <= DATA["classes"].keys()
    assert compared["agreed"] + ours == compared["crawler"]


def test_both_corpora_are_compared_with_both_peers() -> None:
    names = {corpus.split()[0]: set(peers) for corpus, peers in DATA["corpora"].items()}

    assert names == {key: set(DATA["peers"]) for key in ("python3.11-doc", "python-django-doc")}
