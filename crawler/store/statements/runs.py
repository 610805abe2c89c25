"""The SQL of runs: begun, continued, ended, and what they came to."""

INSERT_RUN = """
INSERT INTO run (series, started_at, state, settings, version)
VALUES (:series, :now, 'running', :settings, :version)
RETURNING id
"""

NEWEST_UNFINISHED_RUN = """
SELECT id, settings
FROM run
WHERE id = (SELECT max(id) FROM run WHERE series = :series)
    AND state NOT IN ('finished', 'abandoned')
"""

# What was said last is what it goes on by, whoever joins it, and what its report knows of.
CONTINUE_RUN = """
UPDATE run
SET
    state = 'running', ended_at = NULL, reason = NULL, doubts = '[]', settings = :settings,
    version = :version
WHERE id = :run
"""

# What failed stays so: its reason is an error's name, and no word of who ended it in order. What
# nobody has ended lasted until its last request.
ABANDON_RUNS = """
UPDATE run
SET
    state = 'abandoned',
    ended_at = coalesce(
        ended_at, (SELECT max(fetch.started_at) FROM fetch WHERE fetch.run_id = run.id), started_at
    )
WHERE series = :series AND state NOT IN ('finished', 'abandoned', 'failed')
"""

NIGHT_BEFORE = """
SELECT coalesce(max(night.id), 0)
FROM run
JOIN nights AS night ON night.series = run.series AND night.id < run.id
WHERE run.id = :run
"""

# Hosts that were asked, whether one gave an answer, and whether it did on the night before; what
# the guard refuses was not asked.
HOSTS = """
WITH asked (run_id, host_id, answered) AS (
    SELECT fetch.run_id, url.host_id, count(fetch.status) > 0
    FROM fetch
    JOIN url ON url.id = fetch.url_id
    WHERE fetch.run_id IN (:run, :before)
        AND coalesce(fetch.error, '') NOT IN ('cancelled', 'private-address')
    GROUP BY fetch.run_id, url.host_id
)
SELECT
    count(*),
    count(*) FILTER (WHERE NOT now.answered),
    count(*) FILTER (WHERE before.answered),
    count(*) FILTER (WHERE before.answered AND NOT now.answered),
    count(*) FILTER (WHERE NOT before.answered AND NOT now.answered)
FROM asked AS now
LEFT JOIN asked AS before ON before.run_id = :before AND before.host_id = now.host_id
WHERE now.run_id = :run
"""

# What nobody has made is none of the pages.
COUNT_PAGES = """
SELECT count(*), count(*) FILTER (WHERE scope = 'follow' AND document_id IS NOT NULL)
FROM page
WHERE run_id = :run AND reason IS NOT 'probe'
"""

COUNT_FETCHES = "SELECT count(*) FROM fetch WHERE run_id = :run"

# Of a first run under way, whose links have no index yet, by looking through all of them once, and
# not once for each page.
COUNT_LINKS = """
SELECT count(*)
FROM link
WHERE document_id IN (SELECT document_id FROM page WHERE run_id = :run)
"""

# What was suspect and is known to be broken is suspect no more.
COUNT_NOTES = """
SELECT note.kind, count(DISTINCT note.url_id)
FROM note
LEFT JOIN page ON page.run_id = note.run_id AND page.url_id = note.url_id
WHERE note.run_id = :run AND (note.kind <> 'suspect' OR page.verdict = 'ok')
GROUP BY note.kind
"""

# How many URLs, and how many of these are the site's own pages.
COUNT_VERDICTS = """
SELECT verdict, coalesce(reason, ''), count(*), count(*) FILTER (WHERE scope = 'follow')
FROM page
WHERE run_id = :run AND verdict IS NOT NULL AND reason IS NOT 'probe'
GROUP BY verdict, reason
ORDER BY verdict, count(*) DESC, reason
"""

# Pages that are followed, of hosts that were given up before they were asked for these.
UNASKED_PAGES = """
SELECT host.key, count(*)
FROM page
JOIN host ON host.id = page.host_id
WHERE page.run_id = :run
    AND page.scope = 'follow'
    AND page.state = 'done'
    AND page.verdict IN ('transient', 'blocked')
    AND NOT EXISTS (
        SELECT 1 FROM fetch WHERE fetch.run_id = page.run_id AND fetch.url_id = page.url_id
    )
GROUP BY host.key
ORDER BY host.key
"""

# Hosts of whose pages many were too much for the parser: more than a tenth, and not just a few.
UNREAD_PAGES = """
SELECT key, lost, pages
FROM (
    SELECT host.key, count(*) FILTER (WHERE page.reason = 'parser-lost') AS lost, count(*) AS pages
    FROM page
    JOIN host ON host.id = page.host_id
    WHERE page.run_id = :run AND page.scope = 'follow' AND page.state = 'done'
    GROUP BY host.key
) AS counted
WHERE lost > 0.1 * pages AND lost >= :least
ORDER BY key
"""

# What is open, or leads to what is open, is neither well nor ill. What bars a redirect is the
# robots.txt of where it leads.
ILL_PAGES = """
SELECT url.url, page.verdict, page.reason, robots.outcome, robots.status
FROM page
JOIN url ON url.id = page.url_id
LEFT JOIN page AS final ON final.run_id = page.run_id AND final.url_id = page.final_id
LEFT JOIN robots
    ON robots.run_id = page.run_id
    AND robots.host_id = coalesce(final.host_id, page.host_id)
WHERE page.run_id = :run
    AND page.state = 'done'
    AND final.state IS NOT 'ready'
    AND final.state IS NOT 'waiting'
    AND (
        page.verdict IS NOT 'ok'
        -- An empty page is a build that failed; an empty file of Markdown is none.
        OR (page.reason = 'empty' AND page.content_type NOT LIKE 'text/markdown%')
    )
    AND page.url_id IN (SELECT value FROM json_each(:ids))
"""

# Seeds that lead to another page than on the night before, and of whose host less than half as many
# pages were read: a login, or a notice, before the site. Where they led there in the run before
# already, that is how the site is now.
STRAYED_SEEDS = """
WITH strayed (url_id, host_id, final_id) AS (
    SELECT page.url_id, page.host_id, page.final_id
    FROM page
    JOIN page AS before ON before.run_id = :before AND before.url_id = page.url_id
    WHERE page.run_id = :run
        AND page.url_id IN (SELECT value FROM json_each(:ids))
        AND page.verdict = 'ok'
        AND before.verdict = 'ok'
        AND page.final_id <> coalesce(before.final_id, before.url_id)
        AND NOT EXISTS (
            SELECT 1
            FROM page AS last
            WHERE last.run_id = (
                SELECT max(earlier.id)
                FROM run
                JOIN run AS earlier
                    ON earlier.series = run.series
                    AND earlier.id < run.id
                    AND earlier.state = 'finished'
                WHERE run.id = :run
            )
                AND last.url_id = page.url_id
                AND last.final_id = page.final_id
        )
)
SELECT seed, final, pages, known
FROM (
    SELECT
        seed.url AS seed,
        final.url AS final,
        count(*) FILTER (WHERE page.run_id = :run) AS pages,
        count(*) FILTER (WHERE page.run_id = :before) AS known
    FROM strayed
    JOIN url AS seed ON seed.id = strayed.url_id
    JOIN url AS final ON final.id = strayed.final_id
    JOIN page
        ON page.run_id IN (:run, :before)
        AND page.host_id = strayed.host_id
        AND page.scope = 'follow'
        AND page.document_id IS NOT NULL
    GROUP BY seed.url, final.url
) AS counted
WHERE known >= :least AND pages * 2 < known
ORDER BY seed
"""

# How many pages were read, and how the run was asked to: now, on the night before, and in the run
# before, which may have been doubted. What is empty tells nobody anything.
PAGES_READ = """
SELECT
    run.id,
    run.settings,
    (
        SELECT count(*)
        FROM page
        WHERE page.run_id = run.id
            AND page.scope = 'follow'
            AND page.document_id IS NOT NULL
            AND page.reason IS NOT 'empty'
    )
FROM run
WHERE run.id IN (:run, :before)
    OR run.id = (
        SELECT max(earlier.id)
        FROM run AS this
        JOIN run AS earlier
            ON earlier.series = this.series
            AND earlier.id < this.id
            AND earlier.state = 'finished'
        WHERE this.id = :run
    )
ORDER BY run.id DESC
"""
