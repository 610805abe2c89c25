"""All that a run knows of one URL: what was asked, what came back, and who links there."""

from typing import NamedTuple

from crawler.store.totals import Read

_PAGE = """
SELECT
    page.run_id, coalesce(run.settings ->> 'rules', '[]'),
    coalesce(page.asked_id, page.run_id),
    url.url, page.depth, page.scope, page.state, page.verdict, page.reason, page.content_type
FROM page
JOIN run ON run.id = page.run_id
JOIN url ON url.id = page.url_id
WHERE url.id = :url AND (:run IS NULL OR page.run_id = :run)
ORDER BY page.run_id DESC
LIMIT 1
"""

_ATTEMPTS = """
SELECT started_at, method, status, error, detail, remote_ip, total_ms, body_bytes, headers
FROM fetch
WHERE run_id = :asked AND url_id = :url
ORDER BY attempt
"""

# `nullif(url, url)` is a NULL that is a text, as PostgreSQL wants the column to be.
_HOPS = """
WITH RECURSIVE hop (number, url_id, fragment) AS (
    SELECT 0, id, nullif(url, url) FROM url WHERE id = :url
    UNION ALL
    SELECT hop.number + 1, page.redirect_to, page.redirect_fragment
    FROM hop
    JOIN page ON page.run_id = :run AND page.url_id = hop.url_id
    WHERE page.redirect_to IS NOT NULL AND hop.number < 20
)
SELECT page.status, url.url, hop.fragment
FROM hop
JOIN page ON page.run_id = :run AND page.url_id = hop.url_id
JOIN url ON url.id = hop.url_id
ORDER BY hop.number
"""

_NOTES = "SELECT kind, detail FROM note WHERE run_id = :run AND url_id = :url ORDER BY kind, detail"

_INBOUND = """
SELECT
    source.url, link.line, link.kind, link.fragment, link.text,
    CASE
        WHEN target.verdict = 'ok' AND fragment.verdict IS NOT NULL THEN fragment.verdict
        WHEN target.verdict = 'ok'
            AND coalesce(target.final_fragment, link.fragment) <> ''
            AND source_page.run_id NOT IN (SELECT judged.id FROM judged) THEN NULL
        ELSE target.verdict
    END,
    coalesce(CASE WHEN target.verdict = 'ok' THEN fragment.reason END, target.reason),
    fragment.nearest
FROM link
JOIN document ON document.id = link.document_id
JOIN page AS source_page
    ON source_page.run_id = :run
    AND source_page.url_id = document.url_id
    AND source_page.document_id = document.id
JOIN url AS source ON source.id = source_page.url_id
JOIN page AS target ON target.run_id = :run AND target.url_id = link.target_id
LEFT JOIN fragment
    ON fragment.run_id = :run
    AND fragment.target_id = link.target_id
    AND fragment.fragment = link.fragment
WHERE link.target_id = :url
ORDER BY source.url, link.line NULLS FIRST, link.kind, link.fragment
"""


class KnownPage(NamedTuple):
    """What became of a URL."""

    url: str
    depth: int
    scope: str
    state: str
    verdict: str | None
    reason: str | None
    content_type: str | None


class Attempted(NamedTuple):
    """A row of the table `fetch`, as far as a person wants to see it."""

    started_at: str
    method: str
    status: int | None
    error: str | None
    detail: str | None
    remote_ip: str | None
    total_ms: float
    body_bytes: int
    headers: str | None


class Hop(NamedTuple):
    """A URL of a redirect chain; `fragment` is that of the redirect which led to it."""

    status: int | None
    url: str
    fragment: str | None


class Inbound(NamedTuple):
    """A link that leads to a URL, with the verdict on it, and an anchor like a missing one."""

    source: str
    line: int | None
    kind: str
    fragment: str
    text: str
    verdict: str | None
    reason: str | None
    nearest: str | None


class Explanation(NamedTuple):
    """All that a run knows of a URL; `rules` are a person's own, a JSON array.

    The attempts are those of the run `asked_id`: this one, or an earlier one.
    """

    run_id: int
    rules: str
    asked_id: int
    page: KnownPage
    attempts: list[Attempted]
    hops: list[Hop]
    notes: list[tuple[str, str]]
    links: list[Inbound]


async def explanation_of(read: Read, url_id: int, run_id: int | None) -> Explanation | None:
    """Return what a run, the newest that met it where none is given, knows of a URL."""
    found = await read(_PAGE, {"url": url_id, "run": run_id})
    if not found:
        return None
    run, rules, asked, *page = found[0]
    values = {"url": url_id, "run": run, "asked": asked}
    return Explanation(
        run_id=run,
        rules=rules,
        asked_id=asked,
        page=KnownPage(*page),
        attempts=[Attempted(*row) for row in await read(_ATTEMPTS, values)],
        hops=[Hop(*row) for row in await read(_HOPS, values)],
        notes=await read(_NOTES, values),
        links=[Inbound(*row) for row in await read(_INBOUND, values)],
    )
