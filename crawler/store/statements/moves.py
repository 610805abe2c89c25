"""The SQL of what to write instead of what has moved or is dead."""

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
SELECT move.start_id, url.url, move.end_id, moved.url
FROM (
    SELECT start_id, end_id, row_number() OVER (PARTITION BY start_id ORDER BY hop DESC) AS place
    FROM move
) AS move
JOIN url ON url.id = move.start_id
JOIN url AS moved ON moved.id = move.end_id
WHERE move.place = 1
ORDER BY move.start_id
"""

WRITE_MOVE = """
UPDATE page
SET
    moved_id = ?,
    moved_nights = CASE WHEN asked_id IS NULL THEN 1 ELSE 0 END + coalesce((
        SELECT was.moved_nights
        FROM page AS was
        WHERE was.run_id = ? AND was.url_id = ? AND was.moved_id = ?
    ), 0)
WHERE run_id = ? AND url_id = ?
"""

# Copies that were known on the night before, of what is broken yet.
KEEP_COPIES = """
INSERT INTO note (run_id, url_id, kind, detail)
SELECT page.run_id, note.url_id, note.kind, note.detail
FROM note
JOIN page ON page.run_id = :run AND page.url_id = note.url_id AND page.verdict = 'broken'
WHERE note.run_id = :before AND note.kind = 'archive'
ON CONFLICT DO NOTHING
"""

# Broken pages of which no copy is known, and when each was last well. Every run begins somewhere
# else among them: those of which there is no copy would else be in the way of the others for good.
DEAD_PAGES = """
SELECT
    page.url_id,
    url.url,
    coalesce(spell.last_ok_at, (
        SELECT max(night.started_at)
        FROM nights AS night
        JOIN page AS was ON was.run_id = night.id AND was.url_id = page.url_id
        WHERE night.series = run.series AND night.id < run.id AND was.verdict = 'ok'
    ))
FROM page
JOIN run ON run.id = page.run_id
JOIN url ON url.id = page.url_id
LEFT JOIN spell
    ON spell.series = run.series
    AND spell.target_id = page.url_id
    AND spell.fragment = ''
    AND spell.ended_id IS NULL
WHERE page.run_id = :run AND page.verdict = 'broken' AND url.url LIKE 'http%'
    AND NOT EXISTS (
        SELECT 1
        FROM note
        WHERE note.run_id = :run AND note.url_id = page.url_id AND note.kind = 'archive'
    )
ORDER BY ((page.url_id & 1023) + 7919 * page.run_id) & 1023, url.url
LIMIT :most
"""
