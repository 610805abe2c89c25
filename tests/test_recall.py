"""Promises about recall: every kind of link on one site is asked for, and nothing else is."""

import gzip
from typing import NamedTuple

import pytest

from tests.night import Night
from tests.site import HTML, Site


class Kind(NamedTuple):
    """A way to write a link to `/id`, where `{}` is the id; without a `kind` it is no link."""

    id: str
    html: str
    kind: str | None


# One line each; what has no kind is no link.
KINDS = [
    Kind("a", "<a href=/{}>x</a><a href=/api.json>x</a>", "a href"),
    Kind("ping-1", "<a href=/a ping='/{} /ping-2'>x</a>", "a ping"),
    Kind("ping-2", "", "a ping"),
    Kind("area", "<map name=m><area href=/{}></map><img src=/img usemap=#m>", "area href"),
    Kind("img", "<img src=/{}>", "img src"),
    Kind("srcset-1", "<img srcset='/{} 1x, /srcset-2 2x'>", "img srcset"),
    Kind("srcset-2", "", "img srcset"),
    Kind("longdesc", "<img src=/img longdesc=/{}>", "img longdesc"),
    Kind("source", "<video><source src=/{}></video>", "source src"),
    Kind("picture", "<picture><source srcset='/{} 2x'></picture>", "source srcset"),
    Kind("icon", "<link rel=icon href=/{}>", "link href"),
    Kind("canonical", "<link rel=canonical href=/{}>", "link href"),
    Kind("both", "<link rel='preconnect stylesheet' href=/{}>", "link href"),
    Kind("imagesrcset", "<link rel=preload as=image imagesrcset='/{} 1x'>", "link imagesrcset"),
    Kind("script", "<script src=/{}></script>", "script src"),
    Kind("iframe", "<iframe src=/{}></iframe>", "iframe src"),
    Kind("srcdoc", "<iframe srcdoc='<a href=&quot;/{}&quot;>x</a>'></iframe>", "a href"),
    Kind(
        "frame",
        "<iframe srcdoc='<frameset><frame src=/{} longdesc=/frame-longdesc></frameset>'></iframe>",
        "frame src",
    ),
    Kind("frame-longdesc", "", "frame longdesc"),
    Kind("video", "<video src=/{}></video>", "video src"),
    Kind("poster", "<video poster=/{}></video>", "video poster"),
    Kind("audio", "<audio src=/{}></audio>", "audio src"),
    Kind("track", "<video><track src=/{}></video>", "track src"),
    Kind("embed", "<embed src=/{}>", "embed src"),
    Kind("object", "<object data=/{}></object>", "object data"),
    Kind("form", "<form action=/{}></form>", "form action"),
    Kind("button", "<form><button formaction=/{}>x</button></form>", "button formaction"),
    Kind("submit", "<form><input type=submit formaction=/{}></form>", "input formaction"),
    Kind(
        "overridden",
        "<form method=post><button formmethod=get formaction=/{}>x</button></form>",
        "button formaction",
    ),
    Kind(
        "of-form",
        "<form id=f></form><button form=f formaction=/{}>x</button>",
        "button formaction",
    ),
    Kind("input", "<input type=image src=/{}>", "input src"),
    Kind("blockquote", "<blockquote cite=/{}>x</blockquote>", "blockquote cite"),
    Kind("q", "<q cite=/{}>x</q>", "q cite"),
    Kind("ins", "<ins cite=/{}>x</ins>", "ins cite"),
    Kind("del", "<del cite=/{}>x</del>", "del cite"),
    Kind("body", "<iframe srcdoc='<body background=/{}>'></iframe>", "body background"),
    Kind("td", "<table><tr><td background=/{}>x</table>", "td background"),
    Kind("table", "<table background=/{}></table>", "table background"),
    Kind("refresh", "<meta http-equiv=Refresh content=\"9; url='/{}'\">", "meta refresh"),
    Kind("og", "<meta property=og:image content=/{}>", "meta og:image"),
    Kind("twitter", "<meta name=twitter:image content=/{}>", "meta twitter:image"),
    Kind(
        "json",
        '<script type=application/ld+json>{"@graph": [{"sameAs": ["BASE/{}"]}]}</script>',
        "json-ld sameAs",
    ),
    Kind("module", '<script type=importmap>{"imports": {"m": "/{}"}}</script>', "import map"),
    Kind("style", "<style>b { c: url(/{}) } /* url(/comment) */</style>", "style url"),
    Kind("import", "<style>@import '/{}';</style>", "style import"),
    Kind("image-set", "<style>b { c: image-set('/{}' 1x) }</style>", "style url"),
    Kind("inline", "<b style='c: url(/{})'>x</b>", "style url"),
    Kind("use", "<svg><use href=/{}#x /></svg>", "svg use href"),
    Kind("xlink", "<svg><image xlink:href=/{} /></svg>", "svg image href"),
    Kind("svg-a", "<svg><a xlink:href=/{}>x</a></svg>", "svg a href"),
    Kind("data-src", "<img data-src=/{}>", "img data-src"),
    Kind("data-srcset", "<img data-srcset='/{} 2x'>", "img data-srcset"),
    Kind("data-lazy-src", "<img data-lazy-src=/{}>", "img data-lazy-src"),
    Kind("data-original", "<img data-original=/{}>", "img data-original"),
    Kind("data-background", "<div data-background=/{}>x</div>", "div data-background"),
    Kind("noscript", "<noscript><img src=/{}></noscript>", "img src"),
    Kind("template", "<template><template><a href=/{}>x</a></template></template>", "a href"),
    Kind("code", "<pre><code><a href=/{}>x</a></code></pre>", "a href"),
    Kind("css", "<link rel=stylesheet href=/sheet.css>", "css url"),
    Kind("css-import", "", "css import"),
    Kind("manifest-icon", "<link rel=manifest href=/app.webmanifest>", "manifest icons"),
    Kind("manifest-start", "", "manifest start_url"),
    Kind("manifest-shot", "", "manifest screenshots"),
    Kind("manifest-short", "", "manifest shortcuts"),
    Kind("json-icon", "<link rel=manifest href=/app.json>", "manifest icons"),
    Kind("upper-src", "<img DATA-SRC=/{}>", "img data-src"),
    Kind("rss-link", "<link rel=alternate href=/feed.rss>", "rss link"),
    Kind("rss-guid", "", "rss guid"),
    Kind("rss-enclosure", "", "rss enclosure"),
    Kind("atom-link", "<link rel=alternate href=/feed.atom>", "atom link"),
    Kind("atom/deep/base", "", "atom link"),
    Kind("atom-unbased", "", "atom link"),
    Kind("header-link", "", "header link"),
    Kind("header-link-2", "", "header link"),
    Kind("header-refresh", "", "header refresh"),
    Kind("header-location", "", "header content-location"),
    Kind("map-page", "<a href=/sitemap.xml.gz>x</a>", "sitemap loc"),
    Kind("map-image", "", "sitemap image"),
    Kind("map-alternate", "", "sitemap alternate"),
    Kind("map-named-by-robots", "", "sitemap loc"),
    Kind("map-line", "<a href=/sitemap-2.txt>x</a>", "sitemap loc"),
    Kind("comment", "<!-- <a href=/{}>x</a> -->", None),
    Kind("string", "<script>'<a href=/{}>x</a>'</script>", None),
    Kind("textarea", "<textarea><a href=/{}>x</a></textarea>", None),
    Kind("preconnect", "<link rel=preconnect href=/{}>", None),
    Kind("dns", "<link rel='dns-prefetch  Preconnect' href=/{}>", None),
    Kind("post", "<form method=post action=/{}></form>", None),
    Kind(
        "posting",
        "<form><button formmethod=POST formaction=/{}>x</button></form>",
        None,
    ),
    Kind("posted", "<form method=post><button formaction=/{}>x</button></form>", None),
    Kind("homeless", "<button formaction=/{}>x</button>", None),
    Kind("textual", "<input type=text src=/{}>", None),
    Kind("data", "<a href='data:text/html,/{}'>x</a>", None),
    Kind("script-url", "<a href='javascript:go(\"/{}\")'>x</a>", None),
    Kind("mail", "<a href='mailto:{}@a.test'>x</a><a href='tel:1/{}'>x</a>", None),
    Kind("ignored", "<a data-proofer-ignore href=/{}>x</a>", None),
    Kind("in-ignored", "<div data-crawler-ignore><p><a href=/{}>x</a></p></div>", None),
    Kind("ignored-loudly", "<p DATA-PROOFER-IGNORE><a href=/{}>x</a></p>", None),
    Kind("colour", "<div data-background='rgb(0/{})'>x</div>", None),
    Kind("no-link", "<div href=/{} src=/{}>x</div>", None),
]
SHEET = "@import '/css-import'; /* url(/comment) */ b { c: url(/css) }"
MANIFEST = """{"start_url": "/manifest-start", "icons": [{"src": "/manifest-icon"}],
"screenshots": [{"src": "/manifest-shot"}], "shortcuts": [{"url": "/manifest-short"}]}"""
RSS = """<rss><channel><item><link>/rss-link</link><guid>BASE/rss-guid</guid>
<guid isPermaLink="false">BASE/wrong</guid>
<enclosure url="/rss-enclosure"/></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>BASE/wrong</id>
<link href="/atom-link"/></entry><entry xml:base="/atom/x"><link xml:base="deep/" href="base"/>
</entry><link href="atom-unbased"/></feed>"""
SITEMAP = """<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>BASE/map-page</loc>
<image:image><image:loc>BASE/map-image</image:loc></image:image>
<xhtml:link rel="alternate" hreflang="de" href="BASE/map-alternate"/></url></urlset>"""
FILES = {
    "/sheet.css": ("text/css", SHEET),
    "/app.webmanifest": ("application/manifest+json", MANIFEST),
    "/app.json": (
        "application/json",
        '{"name": "x", "display": "x", "icons": [{"src": "json-icon"}]}',
    ),
    "/api.json": (
        "application/json",
        '{"icons": [{"src": "/wrong"}], "long": "%s"}' % ("x" * 20_000),
    ),
    "/feed.rss": ("application/rss+xml", RSS),
    "/feed.atom": ("application/atom+xml", ATOM),
    "/sitemap.xml.gz": ("application/gzip", SITEMAP),
    "/pages": ("text/plain", "BASE/map-named-by-robots"),
    "/sitemap-2.txt": ("text/plain", "BASE/map-line\nno URL\n"),
}
HEADERS = {
    "Link": '</header-link>; rel="next", </preconnect>; rel=preconnect, </header-link-2>',
    "Refresh": "99; url=/header-refresh",
    "Content-Location": "/header-location",
}


@pytest.fixture
def links(site: Site) -> Site:
    """Return the site with a page on which every kind of link stands."""
    base = site.url("")
    lines = [each.html.replace("{}", each.id).replace("BASE", base) for each in KINDS]
    site.page("/", "<!doctype html>\n" + "\n".join(lines), headers=HEADERS)
    for path, (content_type, text) in FILES.items():
        body = text.replace("BASE", base).encode()
        packed = gzip.compress(body) if path.endswith(".gz") else body
        site.page(path, packed, headers={"Content-Type": content_type})
    site.robots(f"User-agent: *\nAllow: /\nSitemap: {base}/pages\n")
    for each in KINDS:
        site.page(f"/{each.id}", "<p id=x>", headers={"Content-Type": HTML})
    return site


async def test_every_link_is_asked_for_and_nothing_else(links: Site, night: Night) -> None:
    await night.crawl(links.url())

    expected = {f"/{each.id}" for each in KINDS if each.kind} | FILES.keys() | {"/"}
    assert links.counts.keys() == expected
    assert night.broken() == set()


async def test_every_link_has_its_kind(links: Site, night: Night) -> None:
    await night.crawl(links.url())

    found = set(night.rows("SELECT target, kind FROM links"))
    assert {(links.url(f"/{each.id}"), each.kind) for each in KINDS if each.kind} <= found
