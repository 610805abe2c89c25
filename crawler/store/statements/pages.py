"""The SQL of pages: found, moved up, put off, done, asked again; and of the attempts on them."""

INSERT_HOST = "INSERT INTO host (id, key) VALUES (?, ?) ON CONFLICT DO NOTHING"

INSERT_URL = "INSERT INTO url (id, host_id, url) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

# One statement for all new pages, so that RETURNING can tell which of them are new.
INSERT_PAGES = """
INSERT INTO page (
    run_id, url_id, host_id, depth, scope, state, hops, via_id, method, verdict, reason
)
SELECT
    :run, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT),
    value ->> 3, value ->> 4, CAST(value ->> 5 AS BIGINT), CAST(value ->> 6 AS BIGINT), value ->> 7,
    value ->> 8, value ->> 9
FROM json_each(:rows)
WHERE true
ON CONFLICT DO NOTHING
RETURNING url_id
"""

# Pages that were found at a greater depth than redirects now show, and were not asked for yet.
DEEPER_PAGES = """
SELECT page.url_id, page.depth, page.hops, page.via_id
FROM json_each(:rows) AS found
JOIN page ON page.run_id = :run AND page.url_id = CAST(found.value ->> 0 AS BIGINT)
WHERE page.depth > CAST(found.value ->> 2 AS BIGINT) AND page.state = 'ready' AND page.tries = 0
"""

MOVE_PAGE_UP = """
UPDATE page SET depth = ?, scope = ?, method = ? WHERE run_id = ? AND url_id = ?
"""

# Depth and scope are those it was asked with: it may have turned out to be nearer meanwhile.
FINISH_PAGE = """
UPDATE page
SET
    state = 'done', depth = ?, scope = ?, tries = ?, method = ?, status = ?, verdict = ?,
    reason = ?, redirect_to = ?, redirect_fragment = ?, document_id = ?, etag = ?,
    last_modified = ?, content_type = ?
WHERE run_id = ? AND url_id = ?
"""

DEFER_PAGE = """
UPDATE page
SET state = 'waiting', tries = ?, method = ?, not_before = ?
WHERE run_id = ? AND url_id = ?
"""

# A URL is asked again, unless it is still to be: what an earlier answer left of a redirect goes.
REOPEN_WITH_COOKIES = """
UPDATE page
SET
    state = 'ready', verdict = NULL, reason = NULL, redirect_to = NULL, redirect_fragment = NULL,
    final_id = NULL, final_fragment = NULL
WHERE run_id = :run AND url_id = :url AND state = 'done'
RETURNING url_id
"""

REOPEN_PAGE = """
UPDATE page
SET
    state = 'ready', scope = ?, method = ?, hops = ?, tries = 0, verdict = NULL, reason = NULL,
    redirect_to = NULL, redirect_fragment = NULL, final_id = NULL, final_fragment = NULL,
    asked_id = NULL
WHERE run_id = ? AND url_id = ?
"""

REOPEN_LATER = """
UPDATE page SET state = 'waiting', method = 'GET', tries = ?, not_before = ?
WHERE run_id = ? AND url_id = ?
"""

SEEDS = """
SELECT url.url
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.depth = 0 AND page.reason IS NOT 'too-many-redirects'
"""

OPEN_PAGES = """
SELECT host.key, page.depth, page.scope, count(*), max(page.not_before)
FROM page
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state <> 'done'
GROUP BY host.key, page.depth, page.scope
"""

WINDOW = """
SELECT
    url.url, page.url_id, page.depth, page.scope, page.method, page.tries, page.hops, page.via_id,
    page.not_before, page.priority
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.host_id = :host AND page.state <> 'done'
ORDER BY page.depth, page.priority DESC, page.url_id
LIMIT :most
"""

# What was not asked for says why; it stays open, so that the run can be continued.
EXPLAIN_OPEN_PAGES = """
UPDATE page SET verdict = 'skipped', reason = :reason
WHERE run_id = :run AND state <> 'done' AND verdict IS NOT 'transient' AND reason IS NOT '429'
"""

INSERT_FETCH = """
INSERT INTO fetch (
    run_id, url_id, attempt, method, started_at, wait_ms, dns_ms, connect_ms, ttfb_ms, total_ms,
    status, error, detail, wire_bytes, body_bytes, truncated, remote_ip, headers
)
VALUES (
    ?, ?, (SELECT coalesce(max(attempt), 0) + 1 FROM fetch WHERE run_id = ? AND url_id = ?),
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
"""

INSERT_ROBOTS = """
INSERT INTO robots (run_id, host_id, fetched_at, outcome, status, delay, body)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id, host_id) DO UPDATE SET
    fetched_at = excluded.fetched_at, outcome = excluded.outcome, status = excluded.status,
    delay = excluded.delay, body = excluded.body
"""

ROBOTS = """
SELECT fetched_at, outcome, status, delay, body
FROM robots
WHERE run_id = :run AND host_id = :host
"""

# A host's pages that were too deep to be read for links.
CUT_OFF = """
SELECT 1
FROM page
WHERE run_id = :run AND host_id = :host AND depth > :deepest
    AND verdict = 'ok' AND content_type LIKE '%html%' AND reason IS NOT 'probe'
LIMIT 1
"""

MET_URLS = """
SELECT url.url
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.url_id > :after AND page.host_id = :host
ORDER BY page.url_id
LIMIT :most
"""
