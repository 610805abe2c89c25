"""The SQL of what is looked at once more because of what was found elsewhere in the run."""

# Leaves that were only asked for their headers, though a link names a place in them, or may do so
# by way of a page that refreshes to them; and those that were not asked tonight, where a link names
# a place that was not in them then.
UNREAD_LEAVES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0,
    page.priority
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.verdict = 'ok'
    AND page.redirect_to IS NULL
    AND (
        page.method = 'HEAD'
        OR (
            page.asked_id IS NOT NULL
            AND EXISTS (
                SELECT 1
                FROM link
                JOIN document ON document.id = link.document_id
                JOIN page AS source
                    ON source.run_id = page.run_id
                    AND source.url_id = document.url_id
                    AND source.document_id = document.id
                WHERE link.target_id = page.url_id AND link.fragment <> ''
                    AND NOT EXISTS (
                        SELECT 1
                        FROM anchor
                        WHERE anchor.document_id = page.document_id
                            AND anchor.name = link.fragment
                    )
            )
        )
    )
    AND (
        page.content_type IS NULL
        OR page.content_type LIKE '%html%'
        OR page.content_type LIKE '%variant=GFM%'
    )
    AND (
        EXISTS (
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
        OR page.url_id IN (
            SELECT coalesce(target.final_id, target.url_id)
            FROM link
            CROSS JOIN document ON document.id = link.document_id
            CROSS JOIN page AS source
                ON source.run_id = :run
                AND source.url_id = document.url_id
                AND source.document_id = document.id
            CROSS JOIN page AS target
                ON target.run_id = :run AND target.url_id = link.target_id
            WHERE link.kind IN ('meta refresh', 'header refresh')
        )
    )
"""

# Leaves that were only asked for their headers, and led to what is dead: some servers send such a
# request, which they have no answer to, to a page about errors.
MISLED_LEAVES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, 0, page.via_id, 0.0,
    page.priority
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.method = 'HEAD' AND page.hops = 0
    AND page.redirect_to IS NOT NULL AND page.verdict = 'broken'
"""

# What is asked once more at the end, also what was asked for too soon, if its host has an answer to
# anything: a redirect's end, not its hops, which only have its verdict.
TRANSIENT_PAGES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0,
    page.priority
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.redirect_to IS NULL
    AND (
        page.verdict = 'transient'
        OR page.verdict = 'blocked' AND page.reason = '429'
            AND page.host_id IN (SELECT host_id FROM page WHERE run_id = :run AND status <> 429)
    )
"""

# Circles, and where in them a cookie is set that may open one: whoever met a part of it alone was
# sent round without it.
COOKIE_LOOPS = """
SELECT
    EXISTS (
        SELECT 1
        FROM fetch
        WHERE fetch.run_id = :run AND fetch.url_id = page.url_id
            AND instr(fetch.headers, '"set-cookie":') > 0
    ),
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, 0, page.via_id, 0.0
FROM page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run AND page.state = 'done' AND page.reason = 'redirect-loop'
    AND page.redirect_to IS NOT NULL
"""

# A host or a folder of it whose probe was answered with a page: what other answers there are worth,
# their bodies say.
SOFT_LEAVES = """
SELECT
    host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops, page.via_id, 0.0
FROM note AS probe
JOIN url AS probed ON probed.id = probe.url_id
JOIN page ON page.run_id = :run AND page.host_id = probed.host_id
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE probe.run_id = :run AND probe.kind = 'probe' AND probe.detail LIKE 'body %'
    AND page.state = 'done' AND page.method = 'HEAD' AND page.verdict = 'ok'
    AND page.redirect_to IS NULL AND page.content_type LIKE '%html%'
    AND substr(url.url, 1, length(rtrim(probed.url, '0123456789abcdef')))
        = rtrim(probed.url, '0123456789abcdef')
"""

# Text directives that no run has looked for in this very document. Which links have any, their
# index says alone; all else is asked of these few, in the order that is written here.
UNREAD_TEXTS = """
WITH directed (target_id, fragment) AS (
    SELECT DISTINCT target_id, fragment FROM link WHERE fragment LIKE '%:~:text=%'
), quoted (url_id, directive) AS (
    SELECT DISTINCT
        coalesce(target.final_id, target.url_id),
        substr(directed.fragment, instr(directed.fragment, ':~:') + 3)
    FROM directed
    CROSS JOIN link
        ON link.target_id = directed.target_id AND link.fragment = directed.fragment
    CROSS JOIN page AS target
        ON target.run_id = :run AND target.url_id = link.target_id AND target.verdict = 'ok'
    CROSS JOIN document ON document.id = link.document_id
    CROSS JOIN page AS source
        ON source.run_id = :run
        AND source.url_id = document.url_id
        AND source.document_id = document.id
)
SELECT
    quoted.directive, host.key, url.url, page.url_id, page.depth, page.scope, 'GET', 0, page.hops,
    page.via_id, 0.0
FROM quoted
JOIN page ON page.run_id = :run AND page.url_id = quoted.url_id AND page.state = 'done'
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.document_id IS NOT NULL AND page.content_type LIKE '%html%'
    AND NOT EXISTS (
        SELECT 1
        FROM run
        JOIN page AS known
            ON known.run_id = run.id
            AND known.url_id = page.url_id
            AND known.document_id = page.document_id
        JOIN note
            ON note.run_id = run.id
            AND note.url_id = page.url_id
            AND note.kind IN ('text-absent', 'text-present')
            AND note.detail = quoted.directive
    )
"""

# From the few notes to the pages of all runs, not the other way round.
ABSENT_TEXTS = """
SELECT DISTINCT url.url, note.detail
FROM note
CROSS JOIN page AS known ON known.run_id = note.run_id AND known.url_id = note.url_id
JOIN page
    ON page.run_id = :run AND page.url_id = note.url_id AND page.document_id = known.document_id
JOIN url ON url.id = note.url_id
WHERE note.kind = 'text-absent'
"""
