"""What reports on a whole site are made from: how its pages are linked, and which it has."""

from typing import NamedTuple

# Between pages that were followed, and to what is broken; others would only crowd the picture.
EDGES = """
SELECT source, target, count(*) FILTER (WHERE verdict = 'broken') > 0, count(*)
FROM links
WHERE run_id = :run AND (verdict = 'broken' OR target IN (
    SELECT pages.url FROM pages WHERE pages.run_id = :run AND pages.scope = 'follow'
))
GROUP BY source, target
ORDER BY source, target
"""

# What a search engine should know: pages of the site that answer for themselves.
MAPPED = """
SELECT url.url, page.last_modified
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run
    AND page.scope = 'follow'
    AND page.verdict = 'ok'
    AND page.redirect_to IS NULL
    AND page.content_type LIKE '%html%'
ORDER BY page.depth, url.url
"""


# Of a page, the links that may lead to what it is made from. By its links, each with a look-up of
# its URL: PostgreSQL would else look through all URLs there are for those that are like these.
LINKS_OF = """
WITH linked (target, text, line) AS MATERIALIZED (
    SELECT (SELECT url.url FROM url WHERE url.id = link.target_id), link.text, link.line
    FROM page
    JOIN link ON link.document_id = page.document_id AND link.kind = 'a href'
    WHERE page.run_id = :run AND page.url_id = :url
)
SELECT target, text
FROM linked
WHERE target LIKE '%/edit/%'
    OR target LIKE '%/\\_edit/%' ESCAPE '\\'
    OR target LIKE '%/blob/%'
    OR target LIKE '%/tree/%'
    OR target LIKE '%/src/%'
    OR target LIKE '%/\\_sources/%' ESCAPE '\\'
ORDER BY line DESC NULLS LAST, target
"""


class PageLink(NamedTuple):
    """A link of a page, as far as it says where the page is made."""

    target: str
    text: str


class Edge(NamedTuple):
    """The links of one page to another; `broken` where one of them is."""

    source: str
    target: str
    broken: bool
    links: int


class MappedPage(NamedTuple):
    """A page with the date that its server gave it, as HTTP writes dates."""

    url: str
    last_modified: str | None
