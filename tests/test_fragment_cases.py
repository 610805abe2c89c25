"""The fragments that other link checkers get wrong, in one crawl; a browser is the reference."""

from tests.night import Night
from tests.site import Site

PAGE = """
<p id="plain"><p id="Größe"><p id="a b"><p id="100%"><p id="a&amp;b"><a name="named"></a>
<p id="7"><p id="9"><p id="user-content-readme"><p id="a:b.c"><p id="twice"><p id="twice">
<!-- <p id="in-comment"> --><script>'<p id="in-script">'</script>
<template><p id="in-template"></template><noscript><p id="in-noscript"></noscript>
<input name="in-input"><meta name="in-meta"><p name="in-p">Some visible words.
"""
LATIN1 = '<meta charset="iso-8859-1"><p id="grün">'.encode("latin-1")
UNDECLARED = '<p id="grün">röter'.encode("latin-1")
SHELL = "<title>App</title><div id=app></div><script>draw()</script>"

CASES = {
    "/a#plain": "ok",
    "/a#": "ok",
    "/a#top": "ok",
    "/a#TOP": "ok",
    "/a#named": "ok",
    "/a#Größe": "ok",
    "/a#%70lain": "ok",
    "/a#a%20b": "ok",
    "/a#100%25": "ok",
    "/a#100%": "ok",
    "/a#a&amp;b": "ok",
    "/a#a:b.c": "ok",
    "/a#twice": "ok",
    "/a#readme": "ok",
    "/a#7-9": "unverifiable",
    "/a#7-8": "broken",
    "/a#:~:text=visible%20words": "ok",
    "/a#plain:~:text=visible": "ok",
    "/a#:~:text=invisible": "unverifiable",
    "/a#gone:~:text=visible": "broken",
    "/a#gone": "broken",
    "/a#Plain": "broken",
    "/a#in-comment": "broken",
    "/a#in-script": "broken",
    "/a#in-template": "broken",
    "/a#in-input": "broken",
    "/a#in-meta": "broken",
    "/a#in-p": "broken",
    "/a#a%2520b": "broken",
    "/a#/route": "unverifiable",
    "/a#!/route": "unverifiable",
    "/latin1#gr%C3%BCn": "ok",
    "/undeclared#gr%C3%BCn": "ok",
    "/undeclared#:~:text=r%C3%B6ter": "ok",
    "/a.pdf#page=2": "ok",
    "/app#part": "unverifiable",
    "/moved#plain": "ok",
    "/moved#gone": "broken",
    "/to-part": "ok",
    "/to-dead-part": "broken",
}


async def test_every_fragment_gets_the_verdict_of_a_browser(site: Site, night: Night) -> None:
    site.links("/", *CASES)
    site.page("/a", PAGE)
    site.page("/latin1", LATIN1, headers={"Content-Type": "text/html"})
    site.page("/undeclared", UNDECLARED, headers={"Content-Type": "text/html"})
    site.page("/a.pdf", "%PDF", headers={"Content-Type": "application/pdf"})
    site.page("/app", SHELL)
    site.redirect("/moved", "/a")
    site.redirect("/to-part", "/a#plain")
    site.redirect("/to-dead-part", "/a#gone")

    await night.crawl(site.url())

    said = {
        href.replace("&", "&amp;"): verdict
        for href, verdict in night.rows("SELECT href, verdict FROM links")
    }
    said |= {"/a#": "ok"} if said.get("/a") == "ok" else {}
    assert len(CASES) >= 34
    assert {href: said.get(href) for href in CASES} == CASES
    assert site.counts["/a"] == 1
