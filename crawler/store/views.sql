-- The views are for people: `select * from broken`. Plural names; durations in milliseconds, sizes in bytes.

-- The newest run, and the last finished one before it with the same seeds.
CREATE VIEW newest_run AS
SELECT
    newest.id AS run_id,
    (
        SELECT max(earlier.id)
        FROM run AS earlier
        WHERE earlier.id < newest.id
            AND earlier.state = 'finished'
            AND earlier.settings ->> 'seeds' = newest.settings ->> 'seeds'
    ) AS before_id
FROM run AS newest
WHERE newest.id = (SELECT max(id) FROM run);

-- The newest run and the finished ones before it with the same seeds; `ago` counts back from 0.
CREATE VIEW nights AS
SELECT
    newest.id AS newest_id,
    run.id,
    run.started_at,
    row_number() OVER (PARTITION BY newest.id ORDER BY run.id DESC) - 1 AS ago
FROM run AS newest
JOIN run
    ON run.settings ->> 'seeds' = newest.settings ->> 'seeds'
    AND (run.id = newest.id OR (run.id < newest.id AND run.state = 'finished'))
WHERE newest.id = (SELECT max(id) FROM run);

CREATE VIEW pages AS
SELECT
    page.run_id,
    url.url,
    page.depth,
    page.verdict,
    page.reason,
    page.status,
    CASE WHEN page.redirect_to IS NULL THEN url.url ELSE final.url END AS final_url,
    page.content_type,
    (SELECT count(*) FROM fetch AS f WHERE f.run_id = page.run_id AND f.url_id = page.url_id) AS attempts,
    (SELECT round(sum(f.total_ms), 1) FROM fetch AS f WHERE f.run_id = page.run_id AND f.url_id = page.url_id)
        AS elapsed_ms,
    (SELECT max(f.body_bytes) FROM fetch AS f WHERE f.run_id = page.run_id AND f.url_id = page.url_id) AS bytes,
    page.scope,
    page.state,
    document.title
FROM page
JOIN url ON url.id = page.url_id
LEFT JOIN url AS final ON final.id = page.final_id
LEFT JOIN document ON document.id = page.document_id;

-- Every link of every run, with the verdict on it: that of its target, or of its fragment there.
CREATE VIEW links AS
SELECT
    source_page.run_id,
    source.url AS source,
    target.url AS target,
    link.fragment,
    CASE WHEN target_page.verdict = 'ok' THEN coalesce(fragment.verdict, 'ok') ELSE target_page.verdict END AS verdict,
    CASE WHEN target_page.verdict = 'ok' THEN coalesce(fragment.reason, target_page.reason) ELSE target_page.reason END
        AS reason,
    target_page.status,
    link.kind,
    link.text,
    link.line,
    link.href,
    link.occurrences,
    fragment.nearest,
    link.section
FROM page AS source_page
JOIN link ON link.document_id = source_page.document_id
JOIN url AS source ON source.id = source_page.url_id
JOIN url AS target ON target.id = link.target_id
LEFT JOIN page AS target_page ON target_page.run_id = source_page.run_id AND target_page.url_id = link.target_id
LEFT JOIN fragment
    ON fragment.run_id = source_page.run_id
    AND fragment.target_id = link.target_id
    AND fragment.fragment = link.fragment;

-- Dead places by run: a target, and a fragment of it or NULL for all of it. Few rows, found without reading links.
CREATE VIEW rots AS
SELECT run_id, url_id AS target_id, NULL AS fragment, reason, NULL AS nearest
FROM page
WHERE verdict = 'broken'
UNION ALL
SELECT fragment.run_id, fragment.target_id, fragment.fragment, fragment.reason, fragment.nearest
FROM fragment
JOIN page ON page.run_id = fragment.run_id AND page.url_id = fragment.target_id
WHERE fragment.verdict = 'broken' AND page.verdict = 'ok';

-- Every broken link of every run. From the dead places to the links, so that it need not read all links.
CREATE VIEW broken_links AS
SELECT
    rots.run_id,
    source.url AS source,
    target.url AS target,
    link.fragment,
    rots.reason,
    target_page.status,
    link.kind,
    link.text,
    link.line,
    link.href,
    link.occurrences,
    rots.nearest,
    rots.target_id,
    source.id AS source_id,
    link.section
FROM rots
CROSS JOIN link ON link.target_id = rots.target_id AND (rots.fragment IS NULL OR link.fragment = rots.fragment)
CROSS JOIN document ON document.id = link.document_id
CROSS JOIN page AS source_page
    ON source_page.run_id = rots.run_id
    AND source_page.url_id = document.url_id
    AND source_page.document_id = document.id
CROSS JOIN page AS target_page ON target_page.run_id = rots.run_id AND target_page.url_id = rots.target_id
CROSS JOIN url AS source ON source.id = source_page.url_id
CROSS JOIN url AS target ON target.id = rots.target_id;

-- What is broken in the newest run; since when without a break, and in how many runs with the same seeds.
CREATE VIEW broken AS
SELECT
    b.source,
    b.target,
    b.fragment,
    b.reason,
    b.status,
    b.kind,
    b.text,
    b.line,
    min(night.started_at) AS first_seen_at,
    count(night.id) AS nights,
    b.href,
    b.occurrences,
    b.nearest,
    b.section
FROM broken_links AS b
JOIN newest_run ON newest_run.run_id = b.run_id
JOIN nights AS night ON night.newest_id = b.run_id AND night.id > (
    SELECT coalesce(max(well.id), 0)
    FROM nights AS well
    WHERE well.newest_id = b.run_id
        AND NOT EXISTS (
            SELECT 1 FROM rots
            WHERE rots.run_id = well.id
                AND rots.target_id = b.target_id
                AND (rots.fragment IS NULL OR rots.fragment = b.fragment)
        )
)
GROUP BY b.source_id, b.target_id, b.fragment, b.kind
ORDER BY b.target, b.fragment, b.source, b.line;

CREATE VIEW new_broken AS
SELECT now.source, now.target, now.fragment, now.reason, now.status, now.kind, now.text, now.line, now.href
FROM broken_links AS now
JOIN newest_run ON newest_run.run_id = now.run_id
WHERE NOT EXISTS (
    SELECT 1 FROM broken_links AS before
    WHERE before.run_id = newest_run.before_id
        AND before.source_id = now.source_id
        AND before.target_id = now.target_id
        AND before.fragment = now.fragment
);

CREATE VIEW still_broken AS
SELECT now.source, now.target, now.fragment, now.reason, now.status, now.kind, now.text, now.line, now.href
FROM broken_links AS now
JOIN newest_run ON newest_run.run_id = now.run_id
WHERE EXISTS (
    SELECT 1 FROM broken_links AS before
    WHERE before.run_id = newest_run.before_id
        AND before.source_id = now.source_id
        AND before.target_id = now.target_id
        AND before.fragment = now.fragment
);

-- What was broken in the run before and is not any more: mended, or the link is gone.
CREATE VIEW fixed AS
SELECT before.source, before.target, before.fragment, before.reason, before.status, before.kind, before.text, before.line
FROM newest_run
JOIN broken_links AS before ON before.run_id = newest_run.before_id
WHERE NOT EXISTS (
    SELECT 1 FROM broken_links AS now
    WHERE now.run_id = newest_run.run_id
        AND now.source_id = before.source_id
        AND now.target_id = before.target_id
        AND now.fragment = before.fragment
);

-- URLs that went from well to ill or back at least twice in the last ten runs with the same seeds.
CREATE VIEW flaky AS
SELECT url.url, count(*) AS changes
FROM (
    SELECT
        page.url_id,
        page.verdict = 'ok' AS well,
        lag(page.verdict = 'ok') OVER (PARTITION BY page.url_id ORDER BY page.run_id) AS was_well
    FROM nights AS night
    JOIN newest_run ON newest_run.run_id = night.newest_id
    JOIN page ON page.run_id = night.id
    WHERE night.ago < 10 AND page.verdict IN ('ok', 'broken', 'transient')
) AS standing
JOIN url ON url.id = standing.url_id
WHERE standing.well <> standing.was_well
GROUP BY url.id
HAVING count(*) >= 2;

CREATE VIEW blocked AS
SELECT url.url, page.reason, page.status,
    (SELECT count(*) FROM link JOIN document ON document.id = link.document_id
        JOIN page AS source_page ON source_page.run_id = page.run_id AND source_page.document_id = document.id
            AND source_page.url_id = document.url_id
        WHERE link.target_id = page.url_id) AS links
FROM newest_run
JOIN page ON page.run_id = newest_run.run_id
JOIN url ON url.id = page.url_id
WHERE page.verdict = 'blocked';

-- Links to a permanent redirect that ends well, with the URL to write instead.
CREATE VIEW redirects AS
SELECT source.url AS source, link.line, link.href, target.url AS target, page.status, final.url AS write_instead
FROM newest_run
JOIN page ON page.run_id = newest_run.run_id AND page.status IN (301, 308) AND page.verdict = 'ok'
JOIN url AS target ON target.id = page.url_id
JOIN url AS final ON final.id = page.final_id
JOIN link ON link.target_id = page.url_id
JOIN document ON document.id = link.document_id
JOIN page AS source_page
    ON source_page.run_id = page.run_id
    AND source_page.url_id = document.url_id
    AND source_page.document_id = document.id
JOIN url AS source ON source.id = document.url_id;

CREATE VIEW slowest AS
SELECT url.url, fetch.attempt, fetch.method, fetch.status, fetch.error, fetch.ttfb_ms, fetch.total_ms, fetch.body_bytes
FROM newest_run
JOIN fetch ON fetch.run_id = newest_run.run_id
JOIN url ON url.id = fetch.url_id
ORDER BY fetch.total_ms DESC;

-- Pages that a sitemap names and no page links to, by no redirect either; not the sitemaps that an index names.
CREATE VIEW orphans AS
SELECT url.url, page.verdict, page.reason, page.status
FROM newest_run
JOIN page ON page.run_id = newest_run.run_id AND page.depth > 0
JOIN url ON url.id = page.url_id
WHERE EXISTS (SELECT 1 FROM link WHERE link.target_id = page.url_id AND link.kind = 'sitemap loc')
    AND NOT EXISTS (SELECT 1 FROM link WHERE link.document_id = page.document_id AND link.kind = 'sitemap loc')
    AND NOT EXISTS (
        SELECT 1
        FROM link
        JOIN document ON document.id = link.document_id
        JOIN page AS source_page
            ON source_page.run_id = page.run_id
            AND source_page.url_id = document.url_id
            AND source_page.document_id = document.id
        WHERE link.target_id = page.url_id AND link.kind NOT LIKE 'sitemap %' AND source_page.url_id <> page.url_id
    )
    AND page.url_id NOT IN (
        SELECT moved.final_id
        FROM newest_run AS newest
        JOIN page AS moved ON moved.run_id = newest.run_id AND moved.redirect_to IS NOT NULL
        JOIN link ON link.target_id = moved.url_id AND link.kind NOT LIKE 'sitemap %'
        JOIN document ON document.id = link.document_id
        JOIN page AS source_page
            ON source_page.run_id = moved.run_id
            AND source_page.url_id = document.url_id
            AND source_page.document_id = document.id
        WHERE moved.final_id IS NOT NULL
    );

-- Findings of the newest run that are no verdicts: walls, suspicions, duplicate ids, certificates about to end.
CREATE VIEW notes AS
SELECT url.url, note.kind, note.detail
FROM newest_run
JOIN note ON note.run_id = newest_run.run_id AND note.kind NOT IN ('probe', 'text-absent', 'text-present')
JOIN url ON url.id = note.url_id
ORDER BY note.kind, url.url, note.detail;
