"""Documents and headers that are made to keep a parser busy, in any size."""

from collections.abc import Callable
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from crawler.fetch.retry import retry_after
from crawler.parse.charset import decode
from crawler.parse.css import references
from crawler.parse.document import Parser
from crawler.parse.gate import TooComplexError
from crawler.parse.headers import link_urls
from crawler.parse.import_map import import_map_references
from crawler.parse.json_ld import json_ld_references
from crawler.parse.metadata import refresh_of
from crawler.parse.reading import Task, read
from crawler.parse.srcset import candidates
from crawler.parse.visible import is_drawn_by_script

Make = Callable[[int], str]


class Kind(NamedTuple):
    """A parser, and what it is attacked with: each makes a text of about so many bytes."""

    parse: Callable[[str], object]
    bombs: dict[str, Make]


def _document(content_type: str) -> Callable[[str], object]:
    def parse(text: str) -> None:
        try:
            read(Parser(), Task(text.encode(), "http://a.test/x/", content_type, follow=True))
        except TooComplexError:
            return

    return parse


def again(unit: str, before: str = "", after: str = "") -> Make:
    return lambda size: before + unit * (size // len(unit)) + after


def counted(unit: str, before: str = "", after: str = "") -> Make:
    """Repeat `unit` with a new number for each `%d`."""
    times = unit.count("%d")

    def make(size: int) -> str:
        return before + "".join(unit % ((n,) * times) for n in range(size // len(unit))) + after

    return make


HTML = Kind(
    _document("text/html"),
    {
        "depth": again("<div>"),
        "depth of links": again("<div><a href=x>"),
        "depth and its end": lambda size: "<div>" * (size // 11) + "</div>" * (size // 11),
        "depth behind false ends": again("<div></x>"),
        "depth behind comments": again("<div><!--</div>-->"),
        "attributes": counted(" a%d=1", "<a", ">"),
        "attributes of many": again("<a" + " a=1" * 900 + ">"),
        "misnested": again("<b><i><p></b></i>"),
        "adopted": again("<a href=x><div></a>"),
        "fostered": again("<table><a href=x>"),
        "formatting": lambda size: "<font>" * (size // 12) + "<p>x</p>" * (size // 16),
        "distinct formatting": lambda size: counted("<font a%d=1>")(size // 2) + "<p>x" * size,
        "comments": again("<!--"),
        "brackets": again("<"),
        "quotes": again('<a href="'),
        "ampersands": again("&"),
        "templates": again("<template>"),
        "drawings": again("<svg>"),
        "depth behind a drawing": again("<path/>", "<svg><div></div>"),
        "depth in a drawing's text": again("<path/>", "<svg><desc>"),
        "depth behind HTML in a drawing": again(
            "<g/>", "<svg><foreignObject><div></foreignObject>"
        ),
        "depth behind a text in a drawing": again(
            "<g/>", "<svg><foreignObject><p></foreignObject>"
        ),
        "depth behind HTML of a slash": again("<g/>", "<svg><foreignObject><div/></foreignObject>"),
        "depth in HTML in a drawing": again("<g/>", "<svg><foreignObject>"),
        "depth behind a left drawing": again(
            "<g/>", "<svg><foreignObject><svg><p></p></svg></foreignObject>"
        ),
        "depth behind a formula": again("<mspace/>", "<math><p></p>"),
        "depth in a formula's text": again("<mspace/>", "<math><mi>"),
        "depth behind HTML in a formula": again("<mspace/>", "<math><mtext><b></mtext>"),
        "depth behind a drawing in a formula": again(
            "<g/>", "<math><svg><foreignObject><b></b></foreignObject>"
        ),
        "slashes in a drawing": again("<path d=M1/>", "<svg>"),
        "options": again("<select><option>"),
        "documents in attributes": again("&lt;div&gt;", '<iframe srcdoc="', '">'),
        "escaped": counted('<a href="%d&amp;x">'),
        "unfindable": counted("<a href=%d&#120;x>"),
        "links in links": lambda size: counted("<a href=%d><object>")(size // 2) + "x" * size,
        "headings": counted("<div id=a%d>"),
        "left alone": again("<p data-proofer-ignore><i></i></p>"),
        "forms": counted("<form id=f%d></form><button form=f%d formaction=x></button>"),
        "maps": counted("<img usemap=#%d>"),
        "styles": again("<p style='background:url(x)'>"),
        "styles in drawings": again("url(x)<svg><style>"),
        "bases": again("<base href=x>"),
        "equals signs": again("=", "<a href='x?a&amp;b'>"),
        "assignments": again("a=", "<a href='x?a&amp;b'>"),
        "open values": again('="&', "<a href='x?a&amp;b'>"),
        "tags in tags": again("<a" * 2000 + ">"),
    },
)
XHTML = Kind(
    _document("application/xhtml+xml"),
    {
        "long name": again("a", "<"),
        "quotes": again('a"', "<"),
        "sections": again("<![CDATA["),
        "slashes": again("<a /"),
    },
)
CSS = Kind(
    references,
    {
        "blocks": again("{"),
        "parentheses": again("("),
        "functions": again("a("),
        "addresses": again("url("),
        "strings": again('"'),
        "comments": again("/*"),
        "escapes": again("\\"),
        "digits": again("1"),
        "hashes": again("#"),
        "markup": again("<!-"),
        "lines": again("\nurl(x)"),
        "imports": again("@import x;"),
    },
)
XML = Kind(
    _document("text/xml"),
    {
        "depth": again("<a>", "<urlset>"),
        "characters": again("x&#65;", "<urlset><loc>"),
        "attributes": counted(" a%d='1'", "<urlset", "/>"),
        "names": counted(" xmlns:a%d='%d'", "<urlset", "/>"),
        "long name": lambda size: f"<urlset xmlns='{'x' * (size // 2)}'>" + "<a/>" * (size // 8),
        "entity": lambda size: (
            f'<!DOCTYPE x [<!ENTITY a "{"x" * size}">]><urlset><loc>&a;</loc></urlset>'
        ),
        "laughs": lambda size: (
            "<!DOCTYPE x [<!ENTITY a 'ha'>"
            + "".join(f"<!ENTITY a{n} '{'&a;' * 10}'>" for n in range(size // 50))
            + "]><urlset><loc>&a9;</loc></urlset>"
        ),
        "feed": again("<link>http://a/</link>", "<rss>"),
    },
)
LINK = Kind(
    link_urls,
    {
        "brackets": again("<"),
        "commas": again(" ,"),
        "blanks": again(" ", "<a>"),
        "empty": again("; ", "<a>"),
        "parameters": again(" ;a", "<a>"),
        "escapes": again("\\", '<a>;rel="'),
        "links": again("<a>;rel=next,"),
    },
)
REFRESH = Kind(
    refresh_of,
    {
        "digits": again("1", "", "x"),
        "dots": again(".1", "0"),
        "blanks": again(" ", "0", "x"),
        "blanks before": again(" "),
        "blanks behind url": again(" ", "0;url"),
    },
)
SRCSET = Kind(
    candidates,
    {
        "many": again("a 1x,"),
        "commas": again(","),
        "parentheses": again("a ("),
        "blanks": again(" "),
    },
)
JSON_LD = Kind(
    json_ld_references,
    {
        "depth": again("["),
        "digits": again("1"),
        "keys": counted('"url%d":"http://a/",', "{", '"x":1}'),
        "escapes": again("\\u0041", '{"url":"http://', '"}'),
    },
)
IMPORT_MAP = Kind(
    import_map_references,
    {
        "depth": again('{"imports":'),
        "names": counted('"m%d":"/m.js",', '{"imports":{', '"x":1}}'),
        "scopes": counted('"/%d/":{"m":"/m.js"},', '{"scopes":{', '"/":1}}'),
    },
)
CHARSET = Kind(
    lambda text: decode(text.encode(), text),
    {
        "meta": again("<meta"),
        "names": again("charset"),
        "blanks": again(" ", "charset"),
        "equals": again("charset="),
    },
)
RETRY_AFTER = Kind(
    lambda text: retry_after({"retry-after": text}, 0),
    {
        "digits": again("1"),
        "dots": again("."),
        "days": again("Mon, "),
        "comments": again("("),
        "escapes": again("\\", "("),
        "blanks": again(" ", "", "x"),
    },
)
EVIDENCE = Kind(
    lambda text: is_drawn_by_script(text.encode(), LexborHTMLParser("<p>"), 0),
    {
        "roots": again("<div id=", "<script"),
        "ids": again("<div id id id", "<script"),
        "one root": again(" id", "<script><div"),
        "one script": again(" id=", "<script"),
        "scripts": again("<script id="),
    },
)

KINDS = {
    "html": HTML,
    "xhtml": XHTML,
    "css": CSS,
    "xml": XML,
    "link": LINK,
    "refresh": REFRESH,
    "srcset": SRCSET,
    "json-ld": JSON_LD,
    "import-map": IMPORT_MAP,
    "charset": CHARSET,
    "retry-after": RETRY_AFTER,
    "evidence": EVIDENCE,
}
