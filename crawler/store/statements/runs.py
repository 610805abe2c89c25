"""The SQL of runs: begun, continued, ended, and what they came to."""

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

CONTINUE_RUN = """
UPDATE run SET state = 'running', ended_at = NULL, reason = NULL, doubts = '[]' WHERE id = :run
"""

ABANDON_RUNS = """
UPDATE run SET state = 'abandoned', ended_at = coalesce(ended_at, :now)
WHERE state NOT IN ('finished', 'abandoned')
"""

END_RUN = """
UPDATE run SET state = :state, reason = :reason, ended_at = :now, doubts = :doubts WHERE id = :run
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

# What is open, or leads to what is open, is neither well nor ill.
ILL_PAGES = """
SELECT url.url, page.verdict, page.reason
FROM page
JOIN url ON url.id = page.url_id
LEFT JOIN page AS final ON final.run_id = page.run_id AND final.url_id = page.final_id
WHERE page.run_id = :run
    AND page.state = 'done'
    AND final.state IS NOT 'ready'
    AND final.state IS NOT 'waiting'
    AND page.verdict IS NOT 'ok'
    AND page.url_id IN (SELECT value FROM json_each(:ids))
"""
