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


# Of a page, the links that may lead to what it is made from. Each of its targets is looked at once:
# an index page names a few hundred in ten thousand links. By a look-up of its URL: PostgreSQL would
# else look through all URLs there are for those that are like these.
LINKS_OF = """
WITH linked (target_id) AS (
    SELECT DISTINCT link.target_id
    FROM page
    JOIN link ON link.document_id = page.document_id AND link.kind = 'a href'
    WHERE page.run_id = :run AND page.url_id = :url
), target (id, url) AS MATERIALIZED (
    SELECT target_id, (SELECT url.url FROM url WHERE url.id = linked.target_id)
    FROM linked
)
SELECT url.url, link.text
FROM page
JOIN link ON link.document_id = page.document_id AND link.kind = 'a href'
JOIN url ON url.id = link.target_id
WHERE page.run_id = :run AND page.url_id = :url AND link.target_id IN (
    SELECT id
    FROM target
    WHERE url LIKE '%/edit/%'
        OR url LIKE '%/\\_edit/%' ESCAPE '\\'
        OR url LIKE '%/blob/%'
        OR url LIKE '%/tree/%'
        OR url LIKE '%/src/%'
        OR url LIKE '%/\\_sources/%' ESCAPE '\\'
)
ORDER BY link.line DESC NULLS LAST, url.url
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
