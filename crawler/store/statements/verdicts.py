"""The SQL of what only the whole of a run can say: chains, second looks, suspects, fragments."""

# The end of every redirect chain decides for all of it, if no more than `most` lead there.
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
    WHERE page.redirect_to IS NOT NULL AND chain.hop <= :most
),
ended AS (
    SELECT
        chain.start_id,
        chain.end_id,
        chain.fragment,
        CASE
            WHEN page.redirect_to IS NULL AND page.reason IS NOT 'too-many-redirects'
                AND chain.hop <= :most THEN page.verdict
            ELSE 'broken'
        END AS verdict,
        CASE
            WHEN chain.hop <= :most THEN page.reason
            WHEN chain.end_id IN (SELECT start_id FROM chain WHERE end_id = start_id)
                THEN 'redirect-loop'
            ELSE 'too-many-redirects'
        END AS reason
    FROM chain
    JOIN page ON page.run_id = :run AND page.url_id = chain.end_id
    WHERE page.redirect_to IS NULL OR chain.hop > :most
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

# Leaves that were only asked for their headers, though a link names a place in them.
UNREAD_LEAVES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0,
    page.priority
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.method = 'HEAD' AND page.verdict = 'ok'
    AND page.redirect_to IS NULL
    AND (
        page.content_type IS NULL
        OR page.content_type LIKE '%html%'
        OR page.content_type LIKE '%variant=GFM%'
    )
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
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0,
    page.priority
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.verdict = 'transient'
    AND page.redirect_to IS NULL
"""

# What was found in a document that has not changed is still to be found there.
COPY_NOTES = """
INSERT INTO note (run_id, url_id, kind, detail)
SELECT ?1, url_id, kind, detail
FROM note
WHERE run_id = ?2 AND url_id = ?3
    AND kind NOT IN ('wall', 'certificate', 'probe', 'changed', 'archive')
ON CONFLICT DO NOTHING
"""

INSERT_NOTE = """
INSERT INTO note (run_id, url_id, kind, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
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

# A host is put to the test when it says of a page what it would say of none, or the same of three.
SUSPICIOUS_HOSTS = """
SELECT host.key
FROM note
JOIN url ON url.id = note.url_id
JOIN host ON host.id = url.host_id
WHERE note.run_id = :run AND note.kind = 'suspect'
UNION
SELECT host.key
FROM page
JOIN host ON host.id = page.host_id
JOIN document ON document.id = page.document_id
WHERE page.run_id = :run AND page.verdict = 'ok' AND document.title <> '' AND NOT document.drawn
GROUP BY page.host_id, document.digest
HAVING count(*) > 2
"""

# What is suspect for the same words that its host says of a URL that nobody made, and what is to
# the last byte what the host answers there; but not its home page, which it may well answer there.
CONFIRMED_SUSPECTS = """
WITH probe (host_id, home, said) AS MATERIALIZED (
    SELECT url.host_id, host.key || '/', note.detail
    FROM note
    JOIN url ON url.id = note.url_id
    JOIN host ON host.id = url.host_id
    WHERE note.run_id = :run AND note.kind = 'probe'
)
SELECT page.url_id, url.url
FROM note AS suspect
JOIN page ON page.run_id = :run AND page.url_id = suspect.url_id AND page.verdict = 'ok'
JOIN url ON url.id = suspect.url_id
JOIN probe ON probe.host_id = url.host_id AND probe.said = suspect.detail
WHERE suspect.run_id = :run AND suspect.kind = 'suspect'
UNION
SELECT page.url_id, url.url
FROM page
CROSS JOIN probe ON probe.host_id = page.host_id AND probe.said LIKE 'body %'
CROSS JOIN document ON document.id = page.document_id AND NOT document.drawn
CROSS JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.verdict = 'ok' AND page.depth > 0
    AND probe.said = 'body ' || lower(hex(document.digest))
    AND url.url <> probe.home
"""

# A page that refreshes to what is dead is dead too, by however many steps.
DEAD_REFRESHES = """
WITH RECURSIVE dead (url_id) AS (
    SELECT url_id FROM page WHERE run_id = :run AND verdict = 'broken'
    UNION
    SELECT page.url_id
    FROM dead
    JOIN link ON link.target_id = dead.url_id AND link.kind IN ('meta refresh', 'header refresh')
    JOIN document ON document.id = link.document_id
    JOIN page
        ON page.run_id = :run
        AND page.url_id = document.url_id
        AND page.document_id = document.id
)
SELECT page.url_id, url.url
FROM dead
JOIN page ON page.run_id = :run AND page.url_id = dead.url_id AND page.verdict = 'ok'
JOIN url ON url.id = page.url_id
"""

# Ids that two elements have matter where a link names them: the others are a generator's affair.
DROP_UNNAMED_DUPLICATES = """
DELETE FROM note
WHERE note.run_id = :run AND note.kind = 'duplicate-id'
    AND NOT EXISTS (
        SELECT 1
        FROM link
        JOIN document ON document.id = link.document_id
        JOIN page AS source
            ON source.run_id = :run
            AND source.url_id = document.url_id
            AND source.document_id = document.id
        WHERE link.target_id = note.url_id AND link.fragment = note.detail
    )
"""

JUDGE_PAGE = "UPDATE page SET verdict = ?, reason = ? WHERE run_id = ? AND url_id = ?"

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
    AND (
        coalesce(final.content_type, 'text/html') LIKE '%html%'
        OR final.content_type LIKE '%variant=GFM%'
    )
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

DELETE_FRAGMENTS = "DELETE FROM fragment WHERE run_id = :run"

INSERT_FRAGMENT = """
INSERT INTO fragment (run_id, target_id, fragment, verdict, reason, nearest)
VALUES (?, ?, ?, ?, ?, ?)
"""

# Where redirects that are all permanent lead, as far as they are; the chain must end well.
MOVES = """
WITH RECURSIVE move (start_id, end_id, hop) AS (
    SELECT url_id, redirect_to, 1
    FROM page
    WHERE run_id = :run AND redirect_to IS NOT NULL AND status IN (301, 308) AND verdict = 'ok'
    UNION ALL
    SELECT move.start_id, page.redirect_to, move.hop + 1
    FROM move
    JOIN page ON page.run_id = :run AND page.url_id = move.end_id
    WHERE page.redirect_to IS NOT NULL AND page.status IN (301, 308) AND move.hop < :most
)
SELECT move.start_id, url.url, move.end_id, moved.url, max(move.hop)
FROM move
JOIN url ON url.id = move.start_id
JOIN url AS moved ON moved.id = move.end_id
GROUP BY move.start_id
"""

WRITE_MOVE = """
UPDATE page
SET
    moved_id = ?1,
    moved_nights = 1 + coalesce((
        SELECT was.moved_nights
        FROM page AS was
        WHERE was.run_id = ?4 AND was.url_id = ?3 AND was.moved_id = ?1
    ), 0)
WHERE run_id = ?2 AND url_id = ?3
"""

# Broken pages, when each was last well, and the copy that was known on the night before.
DEAD_PAGES = """
SELECT
    page.url_id,
    url.url,
    coalesce(spell.last_ok_at, (
        SELECT max(night.started_at)
        FROM nights AS night
        JOIN page AS was ON was.run_id = night.id AND was.url_id = page.url_id
        WHERE night.series = run.series AND night.id < run.id AND was.verdict = 'ok'
    )),
    note.detail
FROM page
JOIN run ON run.id = page.run_id
JOIN url ON url.id = page.url_id
LEFT JOIN spell
    ON spell.series = run.series
    AND spell.target_id = page.url_id
    AND spell.fragment = ''
    AND spell.ended_id IS NULL
LEFT JOIN note
    ON note.run_id = :before AND note.url_id = page.url_id AND note.kind = 'archive'
WHERE page.run_id = :run AND page.verdict = 'broken' AND url.url LIKE 'http%'
ORDER BY note.detail IS NULL, coalesce(spell.begun_id, run.id), url.url
LIMIT :most
"""
