"""Pages that answer 200 and are not the page: what they say, and how a host is put to the test."""

import re
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
    address = urlsplit(url)
    return address.path.lower() not in _HOMES


@lru_cache(1024)
def probe_url(host: str) -> str:
    """Return a URL on `host` that nobody can have made: always the same, so that it is known."""
    return f"{host}/{blake2b(host.encode(), digest_size=12, person=b'crawler').hexdigest()}"
