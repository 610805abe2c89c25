"""The SQL of what only the whole of a run can say: the ends of chains, refreshes, fragments."""

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

# What fails for a passing reason, and is known as broken, has not been mended by that; nor has a
# redirect there.
CONDEMN_KNOWN = """
UPDATE page
SET verdict = 'broken'
WHERE run_id = :run AND verdict = 'transient' AND EXISTS (
    SELECT 1
    FROM spell
    WHERE spell.series = (SELECT series FROM run WHERE id = :run)
        AND spell.target_id IN (page.url_id, page.final_id)
        AND spell.fragment = ''
        AND spell.ended_id IS NULL AND spell.broken_id IS NOT NULL
)
"""

# What fails for a passing reason, and is known as broken once tonight counts: see `history.py`.
LASTING_FAILURES = """
SELECT page.url_id, page.reason
FROM page
JOIN run ON run.id = page.run_id
LEFT JOIN spell
    ON spell.series = run.series
    AND spell.target_id = page.url_id
    AND spell.fragment = ''
    AND spell.ended_id IS NULL
WHERE page.run_id = :run AND page.verdict = 'transient' AND page.redirect_to IS NULL
    AND coalesce(spell.nights, 0) + 1 >= :nights
    AND (
        julianday(run.started_at) < julianday(spell.begun_at)
        OR coalesce(julianday(run.started_at) - julianday(spell.begun_at), 0) * 86400 >= :seconds
    )
"""

# A page that refreshes to what is dead is dead too, by however many steps. IN, for `=` has SQLite
# read all links first, to have a filter against the few that it looks up.
DEAD_REFRESHES = """
WITH RECURSIVE dead (url_id) AS (
    SELECT url_id FROM page WHERE run_id = :run AND verdict = 'broken'
    UNION
    SELECT page.url_id
    FROM dead
    JOIN link ON link.target_id IN (dead.url_id) AND link.kind IN ('meta refresh', 'header refresh')
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

# Redirects of which no end is known.
ENDLESS_REDIRECTS = """
SELECT page.url_id, url.url, page.reason
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run
    AND page.redirect_to IS NOT NULL
    AND page.reason IN ('redirect-loop', 'too-many-redirects')
"""

END_REDIRECT = """
UPDATE page
SET
    verdict = ?, reason = ?, redirect_to = NULL, redirect_fragment = NULL, final_id = NULL,
    final_fragment = NULL
WHERE run_id = ? AND url_id = ?
"""

JUDGE_PAGE = "UPDATE page SET verdict = ?, reason = ? WHERE run_id = ? AND url_id = ?"

# What a page that is not there shows instead is nobody's: its links are no rot.
DROP_DOCUMENT = "UPDATE page SET document_id = NULL WHERE run_id = ? AND url_id = ?"

# Fragments that are no anchor's name to the letter, once for each place they lead to; where a
# redirect names one, that one counts (Fetch, 4.4) for all links that lead to it. The places come
# from the index alone, in its order; whether a page of this run links there is asked only of the
# few left.
UNMATCHED_FRAGMENTS = """
WITH place (target_id, fragment) AS (
    SELECT DISTINCT target_id, fragment FROM link WHERE fragment <> ''
    UNION ALL
    SELECT DISTINCT link.target_id, link.fragment
    FROM page
    JOIN link ON link.target_id = page.url_id AND link.fragment = ''
    WHERE page.run_id = :run AND page.final_fragment IS NOT NULL
)
SELECT
    place.target_id, place.fragment, final.document_id, url.url, final_url.url,
    coalesce(target.final_fragment, place.fragment), document.drawn,
    CASE WHEN final.content_type LIKE '%variant=GFM%' THEN 1 ELSE 0 END AS folded,
    EXISTS (
        SELECT 1
        FROM note
        WHERE note.run_id = :run AND note.url_id = final.url_id AND note.kind = 'password'
    ) AS locked
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

# Fragments of pages that are well, in which there was too much to look for an anchor, or nothing.
UNREAD_FRAGMENTS = """
SELECT DISTINCT target.url_id, link.fragment, url.url, target.reason
FROM page AS target
JOIN link ON link.target_id = target.url_id AND link.fragment <> ''
JOIN document ON document.id = link.document_id
JOIN page AS source
    ON source.run_id = target.run_id
    AND source.url_id = document.url_id
    AND source.document_id = document.id
JOIN url ON url.id = target.url_id
JOIN page AS final
    ON final.run_id = target.run_id
    AND final.url_id = coalesce(target.final_id, target.url_id)
WHERE target.run_id = :run
    AND target.verdict = 'ok'
    AND (
        target.reason = 'too-large'
        OR (target.reason = 'empty' AND final.content_type LIKE '%html%')
    )
ORDER BY target.url_id, link.fragment
"""

# The document that a page is refreshed to; NULL where that was not read.
REFRESHED_TO = """
SELECT final.document_id
FROM link
JOIN page AS target ON target.run_id = :run AND target.url_id = link.target_id
JOIN page AS final
    ON final.run_id = :run
    AND final.url_id = coalesce(target.final_id, target.url_id)
WHERE link.document_id = :document AND link.kind IN ('meta refresh', 'header refresh')
ORDER BY final.document_id DESC
"""

DELETE_FRAGMENTS = "DELETE FROM fragment WHERE run_id = :run"

INSERT_FRAGMENT = """
INSERT INTO fragment (run_id, target_id, fragment, verdict, reason, nearest)
VALUES (?, ?, ?, ?, ?, ?)
"""
