r"""What two other link checkers say of a site, beside a run of ours: tests/data/peers.json.

Serve the folder of a package's HTML at some port of 127.0.0.1 (python3.11-doc and python-django-doc
of Debian are those in the file), and let all three check it, nothing outside it:

    crawler http://127.0.0.1:PORT/ --depth all --external skip --db crawl.db
    lychee --include-fragments=full -f json -o lychee.json --include '^http://127.0.0.1' \
        --files-from FILE-WITH-THE-URLS-OF-ALL-PAGES
    linkinator http://127.0.0.1:PORT/ --recurse --check-fragments --check-css --format json \
        --skip '^(?!http://127\\.0\\.0\\.1)' > linkinator.json
    python -m tests.bench.peers 'python3.11-doc 3.11.2-6' crawl.db lychee.json linkinator.json

The last line writes the corpus into the file. A difference that fits no class ends it: look at it,
find out who is right and why, and give it a class there, here, and in tests/test_peers.py.
"""

import json
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

DATA = Path(__file__).parents[1] / "data" / "peers.json"

Places = Counter[tuple[str, str]]

# Who alone calls a link broken, and what its source and its target look like.
CLASSES = {
    "style-sheet": ("crawler", r".*\.css", r".*"),
    "pre": ("crawler", r".*/_modules/.*", r".*#.*"),
    "refused": ("peer", r".*", r"http://127\.0\.0\.1:8000/.*"),
    "stray-percent": ("peer", r".*", r".*#%_.*"),
}
ONCE = "dead-page-once"


def main(name: str, db: str, lychee: str, linkinator: str) -> None:
    """Compare what the three said of the corpus `name`, and write it into the data."""
    ours, dead = _ours(db)
    data = json.loads(DATA.read_text())
    data["corpora"][name] = {
        "lychee": _compared(ours, _lychee(lychee), set()),
        "linkinator": _compared(ours, _linkinator(linkinator), dead),
    }
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _ours(db: str) -> tuple[Places, set[str]]:
    with closing(sqlite3.connect(db)) as connection:
        dead = {
            _path(url)
            for (url,) in connection.execute("SELECT url FROM pages WHERE verdict = 'broken'")
        }
        rows = connection.execute("SELECT source, target, fragment FROM broken").fetchall()
    return _places((s, f"{t}#{f}" if f else t) for s, t, f in rows), dead


def _lychee(file: str) -> Places:
    found = json.loads(Path(file).read_text())["error_map"]
    return _places((source, each["url"]) for source, each_ in found.items() for each in each_)


def _linkinator(file: str) -> Places:
    links = json.loads(Path(file).read_text())["links"]
    return _places((each["parent"], each["url"]) for each in links if each["state"] == "BROKEN")


def _places(found: Iterable[tuple[str, str]]) -> Places:
    return Counter({(_path(source), _path(target)): 1 for source, target in found})


def _path(url: str) -> str:
    """Return `url` as a person writes it, without the host of the corpus."""
    address = urlsplit(url)
    host = "" if address.port not in (None, 8000) else f"{address.scheme}://{address.netloc}"
    fragment = f"#{address.fragment}" if address.fragment else ""
    return unquote(host + address.path.replace("/index.html", "/") + fragment)


def _compared(ours: Places, theirs: Places, once: set[str]) -> dict[str, object]:
    """Return how many links both call broken, and where they differ.

    A dead page among `once` is named by the peer once for each source, whatever the fragments.
    """
    together: Places = Counter()
    for source, target in ours:
        page = target.partition("#")[0]
        together[source, page if page in once else target] += 1
    left = together - Counter(place for place in ours if place in theirs)
    differences = [
        {"source": source, "target": target, "class": ONCE, "links": left[source, target]}
        for source, target in sorted(left)
        if (source, target) in theirs
    ]
    for side, found in (
        ("crawler", together.keys() - theirs.keys()),
        ("peer", theirs.keys() - together.keys()),
    ):
        differences += [_difference(side, *place) for place in sorted(found)]
    agreed = len(ours.keys() & theirs.keys())
    return {
        "crawler": len(ours),
        "peer": len(theirs),
        "agreed": agreed,
        "differences": differences,
    }


def _difference(side: str, source: str, target: str) -> dict[str, object]:
    for name, (whose, sources, targets) in CLASSES.items():
        if side == whose and re.fullmatch(sources, source) and re.fullmatch(targets, target):
            return {"source": source, "target": target, "class": name, "links": 1}
    raise SystemExit(f"a difference of no class: only {side} says {source} -> {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
