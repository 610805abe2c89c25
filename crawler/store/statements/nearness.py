"""The SQL of what turns out to be nearer to the seeds than it was taken for, by a late redirect."""

# Where a redirect leads is as near as what leads there, where a link leads one further than its
# page. News bring only redirects, and pages that were read late: after deeper ones that link to the
# same. Joined in this order: SQLite might look at every page for each link.
SETTLE_DEPTHS = """
WITH RECURSIVE nearer (url_id, depth) AS (
    SELECT target.url_id, source.depth
    FROM page AS source
    JOIN page AS target ON target.run_id = :run AND target.url_id = source.redirect_to
    WHERE source.run_id = :run AND source.redirect_to IS NOT NULL AND target.depth > source.depth
    UNION
    SELECT target.url_id, source.depth + 1
    FROM page AS source
    CROSS JOIN link ON link.document_id = source.document_id
    CROSS JOIN page AS target ON target.run_id = :run AND target.url_id = link.target_id
    WHERE source.run_id = :run AND source.scope = 'follow'
        AND (:all OR source.url_id IN (SELECT value FROM json_each(:ids)))
        AND target.depth > source.depth + 1
    UNION
    SELECT target.url_id, nearer.depth + CASE WHEN source.redirect_to IS NULL THEN 1 ELSE 0 END
    FROM nearer
    JOIN page AS source ON source.run_id = :run AND source.url_id = nearer.url_id
    LEFT JOIN link
        ON link.document_id = source.document_id
        AND source.scope = 'follow'
        AND source.redirect_to IS NULL
    JOIN page AS target
        ON target.run_id = :run AND target.url_id = coalesce(source.redirect_to, link.target_id)
    WHERE target.depth > nearer.depth + CASE WHEN source.redirect_to IS NULL THEN 1 ELSE 0 END
),
nearest AS (
    SELECT url_id, min(depth) AS depth FROM nearer GROUP BY url_id
)
UPDATE page SET depth = nearest.depth
FROM nearest
WHERE page.run_id = :run AND page.url_id = nearest.url_id
"""

# Pages of the sites that were only checked, or left out as no part of them.
MISJUDGED_PAGES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, page.method, 0, page.hops, page.via_id,
    0.0
FROM page
JOIN host ON host.id = page.host_id
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.state = 'done'
    AND (
        (page.scope = 'check' AND page.depth <= :deepest AND page.reason IS NOT 'probe')
        OR (page.scope = 'skip' AND page.reason = 'external')
    )
    AND host.key IN (SELECT value FROM json_each(:hosts))
"""

# What was not asked for at the end of a long chain, though fewer redirects lead there from a link,
# or from a seed; with the number of redirects.
CUT_CHAINS = """
WITH RECURSIVE way (cut_id, url_id, hops) AS (
    SELECT url_id, url_id, 0
    FROM page
    WHERE run_id = :run AND scope = 'skip' AND reason = 'too-many-redirects'
    UNION
    SELECT way.cut_id, page.url_id, way.hops + 1
    FROM way
    JOIN page ON page.run_id = :run AND page.redirect_to = way.url_id
    WHERE way.hops < :most
)
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, page.method, 0, min(way.hops),
    page.via_id, 0.0
FROM way
JOIN page AS start ON start.run_id = :run AND start.url_id = way.url_id
JOIN page ON page.run_id = :run AND page.url_id = way.cut_id
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE start.hops = 0
    OR EXISTS (
        SELECT 1
        FROM link
        JOIN document ON document.id = link.document_id
        JOIN page AS source
            ON source.run_id = :run
            AND source.url_id = document.url_id
            AND source.document_id = document.id
        WHERE link.target_id = way.url_id
    )
GROUP BY page.run_id, page.url_id, url.id, host.id
"""
