"""The SQL that the SQLite store runs, a constant each."""

INSERT_RUN = """
INSERT INTO run (started_at, state, settings, version)
VALUES (:now, 'running', :settings, :version)
"""

NEWEST_UNFINISHED_RUN = """
SELECT id, settings ->> 'seeds'
FROM run
WHERE state NOT IN ('finished', 'abandoned')
ORDER BY id DESC
LIMIT 1
"""

CONTINUE_RUN = "UPDATE run SET state = 'running', ended_at = NULL, reason = NULL WHERE id = :run"

ABANDON_RUNS = """
UPDATE run SET state = 'abandoned', ended_at = coalesce(ended_at, :now)
WHERE state NOT IN ('finished', 'abandoned')
"""

END_RUN = "UPDATE run SET state = :state, reason = :reason, ended_at = :now WHERE id = :run"

INSERT_HOST = "INSERT INTO host (id, key) VALUES (?, ?) ON CONFLICT DO NOTHING"

INSERT_URL = "INSERT INTO url (id, host_id, url) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

# One statement for all new pages, so that RETURNING can tell which of them are new.
INSERT_PAGES = """
INSERT INTO page (
    run_id, url_id, host_id, depth, scope, state, hops, via_id, method, verdict, reason
)
SELECT
    :run, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9
FROM json_each(:rows)
WHERE true
ON CONFLICT DO NOTHING
RETURNING url_id
"""

# Pages that were found at a greater depth than redirects now show, and were not asked for yet.
DEEPER_PAGES = """
SELECT page.url_id, page.depth, page.hops, page.via_id
FROM json_each(:rows) AS found
JOIN page ON page.run_id = :run AND page.url_id = found.value ->> 0
WHERE page.depth > found.value ->> 2 AND page.state = 'ready' AND page.tries = 0
"""

MOVE_PAGE_UP = """
UPDATE page SET depth = ?, scope = ?, method = ? WHERE run_id = ? AND url_id = ?
"""

FINISH_PAGE = """
UPDATE page
SET
    state = 'done', tries = ?, method = ?, status = ?, verdict = ?, reason = ?, redirect_to = ?,
    redirect_fragment = ?, document_id = ?, etag = ?, last_modified = ?, content_type = ?
WHERE run_id = ? AND url_id = ?
"""

DEFER_PAGE = """
UPDATE page
SET state = 'waiting', tries = ?, method = ?, not_before = ?
WHERE run_id = ? AND url_id = ?
"""

INSERT_FETCH = """
INSERT INTO fetch (
    run_id, url_id, attempt, method, started_at, wait_ms, dns_ms, connect_ms, ttfb_ms, total_ms,
    status, error, detail, wire_bytes, body_bytes, truncated, remote_ip, headers
)
VALUES (
    ?1, ?2, (SELECT coalesce(max(attempt), 0) + 1 FROM fetch WHERE run_id = ?1 AND url_id = ?2),
    ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17
)
"""

# A document, with its links and anchors, is written once, however many runs see it.
KNOWN_DOCUMENTS = "SELECT id FROM document WHERE id IN (SELECT value FROM json_each(:ids))"

INSERT_DOCUMENT = (
    "INSERT INTO document (id, url_id, digest, followed, title, drawn) VALUES (?, ?, ?, ?, ?, ?)"
)

INSERT_LINK = """
INSERT INTO link (document_id, target_id, fragment, kind, href, text, line, occurrences, section)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

INSERT_ANCHOR = "INSERT INTO anchor (document_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING"

INSERT_NOTE = """
INSERT INTO note (run_id, url_id, kind, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

# A URL is asked again: what an earlier answer left of a redirect goes.
REOPEN_WITH_COOKIES = """
UPDATE page
SET state = 'ready', verdict = NULL, reason = NULL, redirect_to = NULL, redirect_fragment = NULL
WHERE run_id = ? AND url_id = ?
"""

NOTES = """
SELECT url.url, note.detail
FROM note
JOIN url ON url.id = note.url_id
WHERE note.run_id = :run AND note.kind = :kind
"""

INSERT_ROBOTS = """
INSERT INTO robots (run_id, host_id, fetched_at, outcome, status, delay, body)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    fetched_at = excluded.fetched_at, outcome = excluded.outcome, status = excluded.status,
    delay = excluded.delay, body = excluded.body
"""

SEEDS = """
SELECT url.url
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.depth = 0
"""

OPEN_PAGES = """
SELECT host.key, page.depth, page.scope, count(*)
FROM page
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state <> 'done'
GROUP BY host.key, page.depth, page.scope
"""

WINDOW = """
SELECT
    url.url, page.url_id, page.depth, page.scope, page.method, page.tries, page.hops, page.via_id,
    page.not_before
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.host_id = :host AND page.state <> 'done'
ORDER BY page.depth, page.url_id
LIMIT :most
"""

# "Who links here?" is asked from the target's side; built when the first run ends, then kept.
INDEX_LINK_TARGETS = "CREATE INDEX IF NOT EXISTS link_target ON link (target_id, fragment)"

# The end of every redirect chain decides for all of it. A chain that goes on after `most` hops is a
# loop: the crawl itself follows no more than `max_redirects`, so only a circle can be that long.
SETTLE_CHAINS = """
WITH RECURSIVE chain (start_id, end_id, fragment, hop) AS (
    SELECT url_id, redirect_to, redirect_fragment, 1
    FROM page
    WHERE run_id = :run AND redirect_to IS NOT NULL
    UNION ALL
    SELECT
        chain.start_id,
        page.redirect_to,
        coalesce(page.redirect_fragment, chain.fragment),
        chain.hop + 1
    FROM chain
    JOIN page ON page.run_id = :run AND page.url_id = chain.end_id
    WHERE page.redirect_to IS NOT NULL AND chain.hop < :most
),
ended AS (
    SELECT
        chain.start_id,
        chain.end_id,
        chain.fragment,
        CASE WHEN page.redirect_to IS NULL THEN page.verdict ELSE 'broken' END AS verdict,
        CASE WHEN page.redirect_to IS NULL THEN page.reason ELSE 'redirect-loop' END AS reason
    FROM chain
    JOIN page ON page.run_id = :run AND page.url_id = chain.end_id
    WHERE page.redirect_to IS NULL OR chain.hop = :most
)
UPDATE page
SET
    final_id = ended.end_id,
    final_fragment = ended.fragment,
    verdict = ended.verdict,
    reason = ended.reason
FROM ended
WHERE page.run_id = :run AND page.url_id = ended.start_id
"""

# Fragments that are no anchor's name to the letter, once for each place they lead to; where a
# redirect names one, that one counts (Fetch, 4.4) for all links that lead to it. The places
# come from the index alone; whether a page of this run links there is asked only of the few left.
UNMATCHED_FRAGMENTS = """
WITH place (target_id, fragment) AS (
    SELECT DISTINCT target_id, fragment FROM link WHERE fragment <> ''
    UNION
    SELECT link.target_id, link.fragment
    FROM page
    JOIN link ON link.target_id = page.url_id
    WHERE page.run_id = :run AND page.final_fragment IS NOT NULL
)
SELECT
    place.target_id, place.fragment, final.document_id, url.url, final_url.url,
    coalesce(target.final_fragment, place.fragment), document.drawn
FROM place
JOIN page AS target ON target.run_id = :run AND target.url_id = place.target_id
JOIN page AS final
    ON final.run_id = :run
    AND final.url_id = coalesce(target.final_id, target.url_id)
JOIN document ON document.id = final.document_id
JOIN url ON url.id = target.url_id
JOIN url AS final_url ON final_url.id = final.url_id
WHERE target.verdict = 'ok'
    AND final.document_id IS NOT NULL
    AND coalesce(final.content_type, 'text/html') LIKE '%html%'
    AND NOT EXISTS (
        SELECT 1
        FROM anchor
        WHERE anchor.document_id = final.document_id
            AND anchor.name = coalesce(target.final_fragment, place.fragment)
    )
    AND EXISTS (
        SELECT 1
        FROM link
        JOIN document ON document.id = link.document_id
        JOIN page AS source
            ON source.run_id = :run
            AND source.url_id = document.url_id
            AND source.document_id = document.id
        WHERE link.target_id = place.target_id AND link.fragment = place.fragment
    )
"""

ANCHORS = "SELECT name FROM anchor WHERE document_id = ?"

DELETE_FRAGMENTS = "DELETE FROM fragment WHERE run_id = :run"

INSERT_FRAGMENT = """
INSERT INTO fragment (run_id, target_id, fragment, verdict, reason, nearest)
VALUES (?, ?, ?, ?, ?, ?)
"""

# Leaves that were only asked for their headers, though a link names a place in them.
UNREAD_LEAVES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.method = 'HEAD' AND page.verdict = 'ok'
    AND page.redirect_to IS NULL
    AND (page.content_type IS NULL OR page.content_type LIKE '%html%')
    AND EXISTS (
        SELECT 1
        FROM page AS target
        JOIN link
            ON link.target_id = target.url_id
            AND (link.fragment <> '' OR target.final_fragment IS NOT NULL)
        JOIN document ON document.id = link.document_id
        JOIN page AS source
            ON source.run_id = page.run_id
            AND source.url_id = document.url_id
            AND source.document_id = document.id
        WHERE target.run_id = page.run_id
            AND (target.url_id = page.url_id OR target.final_id = page.url_id)
    )
"""

# What is asked once more at the end: a redirect's end, not its hops, which only have its verdict.
TRANSIENT_PAGES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.verdict = 'transient'
    AND page.redirect_to IS NULL
"""

REOPEN_LATER = """
UPDATE page SET state = 'waiting', method = 'GET', tries = ?, not_before = ?
WHERE run_id = ? AND url_id = ?
"""

HOME_REDIRECTS = """
SELECT page.url_id, url.url, final.url
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = url.host_id
JOIN url AS final ON final.id = page.final_id
WHERE page.run_id = :run AND page.redirect_to IS NOT NULL AND page.verdict = 'ok' AND page.depth > 0
    AND final.url = host.key || '/'
"""

SUSPICIOUS_HOSTS = """
SELECT DISTINCT host.key
FROM note
JOIN url ON url.id = note.url_id
JOIN host ON host.id = url.host_id
WHERE note.run_id = :run AND note.kind = 'suspect'
"""

# What is suspect for the same words that its host says of a URL that nobody made.
CONFIRMED_SUSPECTS = """
SELECT page.url_id, url.url
FROM note AS suspect
JOIN page ON page.run_id = :run AND page.url_id = suspect.url_id AND page.verdict = 'ok'
JOIN url ON url.id = suspect.url_id
JOIN note AS probe ON probe.run_id = :run AND probe.kind = 'probe' AND probe.detail = suspect.detail
JOIN url AS probed ON probed.id = probe.url_id AND probed.host_id = url.host_id
WHERE suspect.run_id = :run AND suspect.kind = 'suspect'
"""

JUDGE_PAGE = "UPDATE page SET verdict = ?, reason = ? WHERE run_id = ? AND url_id = ?"

REOPEN_PAGE = (
    "UPDATE page SET state = 'ready', method = ?, tries = 0 WHERE run_id = ? AND url_id = ?"
)

# What was not asked for says why; it stays open, so that the run can be continued.
EXPLAIN_OPEN_PAGES = """
UPDATE page SET verdict = 'skipped', reason = :reason
WHERE run_id = :run AND state <> 'done' AND verdict IS NOT 'transient'
"""

# A host that gave no answer: every attempt on it ended in an error.
COUNT_PAGES = """
WITH asked (host_id, answered) AS (
    SELECT url.host_id, max(fetch.status IS NOT NULL)
    FROM fetch
    JOIN url ON url.id = fetch.url_id
    WHERE fetch.run_id = :run AND fetch.error IS NOT 'cancelled'
    GROUP BY url.host_id
)
SELECT
    count(*),
    count(*) FILTER (WHERE page.scope = 'follow' AND page.document_id IS NOT NULL),
    (SELECT count(*) FROM asked),
    (SELECT count(*) FROM asked WHERE NOT answered)
FROM page
WHERE page.run_id = :run
"""

COUNT_FETCHES = "SELECT count(*) FROM fetch WHERE run_id = :run"

COUNT_LINKS = """
SELECT count(*) FROM page JOIN link ON link.document_id = page.document_id WHERE page.run_id = :run
"""

COUNT_BROKEN_LINKS = "SELECT count(*) FROM broken_links WHERE run_id = :run"

COUNT_VERDICTS = """
SELECT verdict, count(*) FROM page WHERE run_id = :run AND verdict IS NOT NULL GROUP BY verdict
"""

ILL_PAGES = """
SELECT url.url, page.verdict
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run
    AND page.verdict IS NOT 'ok'
    AND page.url_id IN (SELECT value FROM json_each(:ids))
"""
