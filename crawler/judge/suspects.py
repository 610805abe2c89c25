"""Pages that answer 200 and are not the page: what they say, and how a host is put to the test."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from crawler.document import Signs

HOME = "leads to the home page"

# ruff: noqa: RUF001 - the languages have their letters

# What "not found" is called where it is all that a page says. Compared in lower case.
_PHRASES = re.compile(
    r"\b404\b|\bnot[ -]?found\b|\b(?:page|site|document) (?:does not|doesn.t|no longer) exists?\b"
    r"|can.?t be found|cannot be found|no longer available|page (?:is )?missing"
    r"|nicht gefunden|existiert nicht|page introuvable|page non trouvée|n.existe (?:pas|plus)"
    r"|no encontrad[ao]|no existe|não encontrad[ao]|non trovat[ao]|niet gevonden|hittades inte"
    r"|ikke fundet|ikke funnet|ei löytynyt|sivua ei löydy|nie znaleziono|nenalezena|nem található"
    r"|не найден[ао]?|не знайдено|bulunamadı|δεν βρέθηκε|見つかりません|未找到|找不到|不存在"
    r"|찾을 수 없|לא נמצא|غير موجود"
)
# A title that is long says more than that.
_LONGEST = 100
# A shorter path may be a word of the sentence.
_LEAST_PATH = 4
_HOMES = {"", "/", "/index.html", "/index.htm", "/index.php", "/home", "/home/"}


def suspicion(url: str, signs: Signs) -> str | None:
    """Return why an answer of 200 may not be the page that was asked for; None where nothing is.

    The same words for the answer to a path that nobody can have made confirm it; so what they say
    of `url` itself is left out.
    """
    for name, said in (("title", signs.title or ""), ("heading", signs.heading)):
        if len(said) <= _LONGEST and _PHRASES.search(said.lower()):
            return f'the {name} says "{_without(url, said)}"'
    return None if signs.parked is None else f"the domain is {signs.parked}"


def _without(url: str, said: str) -> str:
    path = urlsplit(url).path
    for part in (url, path, path.strip("/"), path.rpartition("/")[2]):
        if len(part) >= _LEAST_PATH:
            said = said.replace(part, "…")
    return said


def is_deep(url: str) -> bool:
    """Return whether `url` is more than a site's home page by another name."""
    return urlsplit(url).path.lower() not in _HOMES


def probe_url(host: str, folder: str = "/") -> str:
    """Return a URL in a `folder` of `host` that nobody can have made: the same every night."""
    return f"{host}{folder}{_made_up(host)}"


def is_probe(url: str, host: str) -> bool:
    """Return whether `url` is one that nobody has made, in whatever folder of its `host`."""
    return url.endswith(f"/{_made_up(host)}")


def telling_folders(urls: Iterable[str]) -> list[str]:
    """Return the folders of a host, but its root, that have `urls`, the one with the most first.

    A folder is a path with a slash at its end. What has the same of them as a folder in it is left
    out: what lies deeper says as much of these, and is less likely to be of another making.
    """
    having = Counter(folder for url in urls for folder in _folders_above(url))
    needless = {_parent(folder) for folder in having if having[folder] == having[_parent(folder)]}
    return sorted(having.keys() - needless, key=lambda folder: (-having[folder], folder))


@lru_cache(1024)
def _made_up(host: str) -> str:
    return blake2b(host.encode(), digest_size=12, person=b"crawler").hexdigest()


def _folders_above(url: str) -> Iterator[str]:
    folder = _parent(urlsplit(url).path)
    while folder.strip("/"):
        yield folder
        folder = _parent(folder)


def _parent(path: str) -> str:
    return path[: path.rstrip("/").rfind("/") + 1]
