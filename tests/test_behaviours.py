"""What servers do, and what a person would say of it: one crawl over it all, no false verdict."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from crawler.engine.run import crawl
from tests.night import SETTINGS, Night
from tests.rude import talking

pytestmark = pytest.mark.slow


class Asked(NamedTuple):
    """A request; `times` counts those for its path, this one included."""

    method: str
    path: str
    headers: Mapping[str, str]
    times: int


# What is sent before the connection is closed; None: nothing, and it stays open.
Behaviour = Callable[[Asked], bytes | None]

HTML = "Content-Type: text/html"
GOOD_PAGE = b"<title>Fine</title><h1 id=here>Fine</h1><p>This is what was asked for."
SHELL = b"<title>App</title><body><div id=root></div><script>draw()</script>"
CHALLENGE = b"<title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/h/b></script>"
ANUBIS = b'<title>Making sure</title><script src="/.within.website/x/cmd/anubis/main.mjs"></script>'


def say(status: int, *lines: str | bytes, body: bytes = GOOD_PAGE) -> Behaviour:
    written = [line if isinstance(line, bytes) else line.encode() for line in (HTML, *lines)]
    length = b"" if status in (204, 304) else b"Content-Length: %d\r\n" % len(body)
    head = b"HTTP/1.1 %d Said\r\n%b\r\n%b" % (status, b"\r\n".join(written), length)
    whole = b"" if status in (204, 304) else body
    return lambda asked: (
        head + b"Connection: close\r\n\r\n" + (whole if asked.method == "GET" else b"")
    )


def to(location: str | bytes, status: int = 302) -> Behaviour:
    written = location if isinstance(location, bytes) else location.encode()
    return say(status, b"Location: " + written, body=b"")


OK = say(200)


def drop(_: Asked) -> bytes | None:
    return b""


def hang(_: Asked) -> bytes | None:
    return None


def once(first: Behaviour) -> Behaviour:
    return lambda asked: (first if asked.times == 1 else OK)(asked)


def without_head(first: Behaviour) -> Behaviour:
    return lambda asked: (first if asked.method == "HEAD" else OK)(asked)


def with_cookie(otherwise: Behaviour) -> Behaviour:
    return lambda asked: (OK if "seen=1" in asked.headers.get("cookie", "") else otherwise)(asked)


SET_AND_BACK = say(302, "Set-Cookie: seen=1; Path=/", "Location: /cookie-self", body=b"")
SET_AND_ON = say(302, "Set-Cookie: seen=1; Path=/", "Location: /cookie-check", body=b"")

# Followed, so asked by GET; what is linked is the name with a slash before it.
GOOD: dict[str, Behaviour] = {
    "200": OK,
    "203": say(203),
    "204": say(204),
    "206": say(206),
    "301": to("/200", 301),
    "302": to("/200", 302),
    "303": to("/200", 303),
    "307": to("/200", 307),
    "308": to("/200", 308),
    "chain": to("/301", 301),
    "moved-to-part": to("/200#here"),
    "500-once": once(say(500)),
    "503-once": once(say(503, "Retry-After: 0")),
    "429-once": once(say(429, "Retry-After: 0")),
    "reset-once": once(drop),
    "control-character": say(200, "X-Bad: \x01"),
    "cookie-self": with_cookie(SET_AND_BACK),
    "cookie-on": with_cookie(SET_AND_ON),
    "utf8-location": to("/grün".encode()),
    "latin1-location": to("/grün".encode("latin-1")),
    "long-header": say(200, "Content-Security-Policy: " + "x" * 20_000),
    "plain-cdn": say(200, "Server: cloudflare", "CF-RAY: 1-FRA"),
}
# Linked under another name of the host, so asked by HEAD first.
GOOD_LEAVES: dict[str, Behaviour] = {
    "head-403": without_head(say(403)),
    "head-404": without_head(say(404)),
    "head-501": without_head(say(501)),
    "head-reset": without_head(drop),
}
DEAD: dict[str, Behaviour] = {
    "404": say(404),
    "410": say(410),
    "400": say(400),
    "no-location": say(301, body=b""),
    "empty-location": to(""),
    "bad-location": to("mailto:me@example.org"),
    "self-loop": to("/self-loop"),
    "loop": to("/loop-2"),
    "to-404": to("/404", 301),
    "refresh-to-404": say(200, body=b"<meta http-equiv=refresh content='0;url=/404'>"),
    "to-dead-part": to("/200#gone"),
}
BLOCKED: dict[str, Behaviour] = {
    "401": say(401, "WWW-Authenticate: Basic"),
    "403": say(403),
    "451": say(451),
    "429": say(429, "Retry-After: 0"),
    "cloudflare": say(403, "cf-mitigated: challenge", "Server: cloudflare", body=CHALLENGE),
    "anubis#part": say(200, body=ANUBIS),
}
UNDECIDABLE: dict[str, Behaviour] = {
    "no-colon": say(200, "This is no header"),
    "500": say(500),
    "503": say(503),
    "hang": hang,
    "drop": drop,
    "200#/route": OK,
    "shell#part": say(200, body=SHELL),
}
BESIDE: dict[str, Behaviour] = {
    "loop-2": to("/loop"),
    "cookie-check": to("/cookie-on"),
    "gr%C3%BCn": OK,
    "gr%FCn": OK,
}
NOT_FOUND = b"<title>Page not found</title><h1>Page not found</h1><p>Sorry."


@asynccontextmanager
async def serving(behaviours: Mapping[str, Behaviour], otherwise: Behaviour) -> AsyncGenerator[str]:
    times: Counter[tuple[str, str]] = Counter()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        times[method, path] += 1
        asked = Asked(method, path, headers, times[method, path])
        answer = behaviours.get(path[1:], otherwise)(asked)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await writer.drain()

    async with talking(talk) as url:
        yield url


def page_of(*hrefs: str) -> Behaviour:
    return say(200, body="".join(f'<p><a href="{href}">x</a>' for href in hrefs).encode())


async def test_every_behaviour_gets_the_verdict_of_a_person(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    groups = {**GOOD, **GOOD_LEAVES, **DEAD, **BLOCKED, **UNDECIDABLE}
    assert (len(GOOD) + len(GOOD_LEAVES), len(DEAD) + 3) == (26, 14)
    assert (len(BLOCKED), len(UNDECIDABLE)) == (6, 7)
    declared = {name.partition("#")[0]: each for name, each in {**BESIDE, **groups}.items()}
    declared["soft"] = say(404)
    settings = replace(SETTINGS, depth=1, timeout=1.5, db=str(night.db))
    async with (
        serving(declared, say(404)) as rude,
        serving({"": page_of("/gone-1")}, say(200, body=NOT_FOUND)) as soft,
        serving({"": OK}, to("/")) as home,
    ):
        leaves = rude.replace("127.0.0.1", "localhost")
        inside = [name for name in groups if name not in GOOD_LEAVES]
        declared[""] = page_of(
            *(f"/{name}" for name in inside),
            *(f"{leaves}{name}" for name in GOOD_LEAVES),
            f"{home}docs/old-page",
            "http://docs.invalid/old-name",
        )

        await crawl([rude, soft], settings)

    said = {
        (target + ("#" + fragment if fragment else "")).partition("/")[2].partition("/")[2]: verdict
        for target, fragment, verdict in night.rows("SELECT target, fragment, verdict FROM links")
    }
    said = {name.partition("/")[2]: verdict for name, verdict in said.items()}
    wanted = dict.fromkeys((*GOOD, *GOOD_LEAVES), "ok")
    wanted |= dict.fromkeys((*DEAD, "gone-1", "docs/old-page", "old-name"), "broken")
    wanted |= dict.fromkeys(BLOCKED, "blocked")
    wanted |= dict.fromkeys(UNDECIDABLE, "undecidable")
    undecidable = {"transient": "undecidable", "unverifiable": "undecidable"}
    assert {name: undecidable.get(verdict, verdict) for name, verdict in said.items()} == wanted
