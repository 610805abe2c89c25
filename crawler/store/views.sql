-- The views are for people: `select * from broken`. Plural names; durations in milliseconds, sizes in bytes.

-- The runs that count: finished, and to be trusted.
CREATE VIEW nights AS
SELECT id, series, started_at
FROM run
WHERE state = 'finished' AND doubts = '[]';

-- The runs at whose end fragments were judged: none that goes on, was killed or cancelled, or failed. What is abandoned
-- keeps its reason, and has none where it was killed.
CREATE VIEW judged AS
SELECT id
FROM run
WHERE state IN ('finished', 'incomplete') OR (state IN ('interrupted', 'abandoned') AND reason <> 'cancelled');

-- The newest run, and the night before it in its series, 0 where there is none. What other views say of this one can be
-- asked about any other run: see `asking.py`, which puts another row in its place. LIMIT, for SQLite would else look for
-- the night before again for every row that is compared with it.
CREATE VIEW newest_run AS
SELECT
    newest.id AS run_id,
    coalesce(
        (SELECT max(night.id) FROM nights AS night WHERE night.series = newest.series AND night.id < newest.id), 0
    ) AS before_id,
    newest.series
FROM run AS newest
WHERE newest.id = (SELECT max(id) FROM run)
LIMIT 1;

-- Each URL of each run. Two nights are compared by `url_id`: texts of URLs have no index, and SQLite would look through all
-- of one night for each URL of the other.
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
    (
        SELECT CAST(round(CAST(sum(f.total_ms) AS NUMERIC), 1) AS DOUBLE PRECISION)
        FROM fetch AS f
        WHERE f.run_id = page.run_id AND f.url_id = page.url_id
    ) AS elapsed_ms,
    (SELECT max(f.body_bytes) FROM fetch AS f WHERE f.run_id = page.run_id AND f.url_id = page.url_id) AS bytes,
    page.scope,
    page.state,
    document.title,
    page.url_id
FROM page
JOIN url ON url.id = page.url_id
LEFT JOIN url AS final ON final.id = page.final_id
LEFT JOIN document ON document.id = page.document_id;

-- Every link of every run, with the verdict on it: that of its target, or of its fragment there; NULL before it is
-- judged.
CREATE VIEW links AS
SELECT
    source_page.run_id,
    source.url AS source,
    target.url AS target,
    link.fragment,
    CASE
        WHEN target_page.verdict = 'ok' AND fragment.verdict IS NOT NULL THEN fragment.verdict
        WHEN target_page.verdict = 'ok'
            AND coalesce(target_page.final_fragment, link.fragment) <> ''
            AND source_page.run_id NOT IN (SELECT judged.id FROM judged) THEN NULL
        ELSE target_page.verdict
    END AS verdict,
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

-- Places that are not ok, by run: a target as a whole (fragment ''), or a fragment of one that is ok.
CREATE VIEW ill AS
SELECT run_id, url_id AS target_id, '' AS fragment, verdict, reason
FROM page
WHERE verdict IN ('broken', 'transient')
UNION ALL
SELECT fragment.run_id, fragment.target_id, fragment.fragment, fragment.verdict, fragment.reason
FROM fragment
JOIN page ON page.run_id = fragment.run_id AND page.url_id = fragment.target_id
WHERE fragment.verdict = 'broken' AND page.verdict = 'ok';

-- The nights that spells count: on which the place was ill, or all of its target. How many there were by some run is
-- what the spell says less those after it, for those before may be pruned. `+`, for SQLite would else look at all nights
-- since the spell began, though it is asked for the few after a run.
CREATE VIEW ill_nights AS
SELECT spell.series, spell.target_id, spell.fragment, spell.begun_id, night.id AS run_id
FROM spell
CROSS JOIN nights AS night
    ON night.series = spell.series
    AND +night.id >= spell.begun_id
    AND night.id <= spell.seen_id
CROSS JOIN page ON page.run_id = night.id AND page.url_id = spell.target_id
LEFT JOIN fragment
    ON fragment.run_id = night.id
    AND fragment.target_id = spell.target_id
    AND fragment.fragment = spell.fragment
WHERE page.verdict IN ('broken', 'transient') OR (page.verdict = 'ok' AND fragment.verdict = 'broken');

-- Dead places by run that a link leads to; all of them while it goes on, for who links there is not indexed yet. To one
-- place, or to any of its target: so much of an index, for a blob is more than any text.
CREATE VIEW rots AS
SELECT ill.run_id, ill.target_id, ill.fragment
FROM ill
JOIN run ON run.id = ill.run_id
WHERE ill.verdict = 'broken'
    AND (
        run.ended_at IS NULL
        OR EXISTS (
            SELECT 1
            FROM link
            CROSS JOIN document ON document.id = link.document_id
            CROSS JOIN page AS source_page
                ON source_page.run_id = ill.run_id
                AND source_page.url_id = document.url_id
                AND source_page.document_id = document.id
            WHERE link.target_id = ill.target_id
                AND link.fragment >= ill.fragment
                AND link.fragment <= coalesce(nullif(ill.fragment, ''), x'')
        )
    );

-- Every run, the newest first. What nobody has made is none of its URLs.
CREATE VIEW runs AS
SELECT
    run.id AS run_id,
    run.started_at,
    round((julianday(run.ended_at) - julianday(run.started_at)) * 86400000) AS elapsed_ms,
    run.state,
    run.reason,
    (SELECT group_concat(value, '; ') FROM json_each(run.doubts)) AS doubts,
    (SELECT count(*) FROM page WHERE page.run_id = run.id AND page.reason IS NOT 'probe') AS urls,
    (SELECT count(*) FROM rots WHERE rots.run_id = run.id) AS broken_places,
    run.settings ->> 'seeds' AS seeds,
    run.version
FROM run
ORDER BY run.id DESC;

-- Every broken link of every run: to a target that is dead, or to a dead place in one that is not. From the targets to
-- the links, so that it need not read all links, nor other runs; nor, as in `rots`, all of one target for each place in it.
CREATE VIEW broken_links AS
SELECT
    target_page.run_id,
    source.url AS source,
    target.url AS target,
    link.fragment,
    coalesce(place.reason, target_page.reason) AS reason,
    target_page.status,
    link.kind,
    link.text,
    link.line,
    link.href,
    link.occurrences,
    place.nearest,
    link.target_id,
    place.run_id IS NULL AS whole,
    source.id AS source_id,
    link.section
FROM page AS target_page
LEFT JOIN fragment AS place
    ON place.run_id = target_page.run_id
    AND place.target_id = target_page.url_id
    AND place.verdict = 'broken'
    AND target_page.verdict = 'ok'
CROSS JOIN link
    ON link.target_id = target_page.url_id
    AND link.fragment >= coalesce(place.fragment, '')
    AND link.fragment <= coalesce(place.fragment, x'')
CROSS JOIN document ON document.id = link.document_id
CROSS JOIN page AS source_page
    ON source_page.run_id = target_page.run_id
    AND source_page.url_id = document.url_id
    AND source_page.document_id = document.id
CROSS JOIN url AS source ON source.id = source_page.url_id
CROSS JOIN url AS target ON target.id = link.target_id
WHERE target_page.verdict = 'broken' OR place.run_id IS NOT NULL;

-- What is broken in the newest run; since when, and on how many nights. `is_new`: its place was not known as broken on
-- the night before, or the link was not there when its page was last read on a night before. So a page that was down
-- for a night brings nothing as new: no old rot, and not what broke meanwhile, of which links elsewhere have told; nor
-- does one that failed on the first night that is kept, and could not be read since, for nobody remembers its links;
-- nor does a style sheet by a name that it has since its last build. `whole`: all of the target is dead, not a place in
-- it. CROSS, here and below, for nights are looked through from the newest back, and SQLite would look at all of them
-- for every link. `+`, for with statistics SQLite (3.40) finds spells in the index that begun later.
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
    coalesce(
        (
            SELECT min(spell.begun_at)
            FROM spell
            WHERE spell.series = newest_run.series
                AND spell.target_id = b.target_id
                AND spell.fragment IN ('', b.fragment)
                AND +spell.begun_id <= newest_run.run_id
                AND coalesce(spell.ended_id > newest_run.run_id, true)
        ),
        run.started_at
    ) AS first_seen_at,
    coalesce(
        (
            SELECT max(spell.nights - (
                SELECT count(*)
                FROM ill_nights AS later
                WHERE later.series = spell.series
                    AND later.target_id = spell.target_id
                    AND later.fragment = spell.fragment
                    AND later.begun_id = spell.begun_id
                    AND later.run_id > newest_run.run_id
            ))
            FROM spell
            WHERE spell.series = newest_run.series
                AND spell.target_id = b.target_id
                AND spell.fragment IN ('', b.fragment)
                AND +spell.begun_id <= newest_run.run_id
                AND coalesce(spell.ended_id > newest_run.run_id, true)
        ),
        1
    ) AS nights,
    b.href,
    b.occurrences,
    b.nearest,
    b.section,
    b.whole,
    NOT (
        EXISTS (
            SELECT 1
            FROM spell AS was
            WHERE was.series = newest_run.series
                AND was.target_id = b.target_id
                AND was.fragment IN ('', b.fragment)
                AND was.broken_id <= newest_run.before_id
                AND coalesce(was.ended_id > newest_run.before_id, true)
        )
        AND coalesce(
            (
                SELECT EXISTS (
                    SELECT 1
                    FROM link
                    WHERE link.target_id = b.target_id
                        AND link.fragment = b.fragment
                        AND link.document_id = page.document_id
                )
                FROM (
                    SELECT nights.id
                    FROM nights
                    WHERE nights.series = newest_run.series AND nights.id <= newest_run.before_id
                    ORDER BY nights.id DESC
                ) AS night
                CROSS JOIN page ON page.run_id = night.id AND page.url_id = b.source_id
                CROSS JOIN document ON document.id = page.document_id AND document.followed = 1
                ORDER BY night.id DESC
                LIMIT 1
            ),
            b.kind LIKE 'css %' OR EXISTS (
                SELECT 1
                FROM page AS first
                WHERE first.run_id = (
                        SELECT min(night.id) FROM nights AS night WHERE night.series = newest_run.series
                    )
                    AND first.url_id = b.source_id
                    AND first.verdict IN ('transient', 'blocked')
            )
        )
    ) AS is_new
FROM newest_run
JOIN run ON run.id = newest_run.run_id
-- Asked once, by itself, so that PostgreSQL joins the links of this run alone, not of all.
JOIN broken_links AS b ON b.run_id = (SELECT newest.run_id FROM newest_run AS newest)
ORDER BY b.target, b.fragment, b.source, b.line NULLS FIRST;

CREATE VIEW new_broken AS
SELECT source, target, fragment, reason, status, kind, text, line, href, nearest, section
FROM broken
WHERE is_new;

CREATE VIEW still_broken AS
SELECT source, target, fragment, reason, status, kind, text, line, first_seen_at, nights, href, nearest, section
FROM broken
WHERE NOT is_new;

-- Links to places that were known as broken on the night before, and are mended: tonight the target was visited and
-- found well (`mended`), or what it is a rule of the settings calls well (`accepted`: then the reason, or the row of
-- the fragment, is the rule's), or the page was read and links there no more (`unlinked`). A link is one that its page
-- had when it was last read, and that a night has told as broken: not where the page was seen to be gone since, or was
-- not met, and has not come back with it; nor where it was read only before the place broke. What a run did not see it
-- does not mend, nor does one that is no night. `reason` is what was said last by then: that of the spell is what is
-- said now.
CREATE VIEW fixed AS
SELECT
    source.url AS source, target.url AS target, link.fragment,
    min(coalesce((
        SELECT coalesce(place.reason, page.reason)
        FROM nights AS night
        CROSS JOIN page ON page.run_id = night.id AND page.url_id = spell.target_id
        LEFT JOIN fragment AS place
            ON place.run_id = night.id
            AND place.target_id = spell.target_id
            AND place.fragment = spell.fragment
            AND page.verdict = 'ok'
        WHERE night.series = newest_run.series
            AND night.id <= newest_run.before_id
            AND (page.verdict IN ('broken', 'transient') OR place.verdict = 'broken')
        ORDER BY night.id DESC
        LIMIT 1
    ), spell.reason)) AS reason,
    target_now.status, link.kind, link.text, link.line,
    CASE
        WHEN read_now.id IS NOT NULL AND link_now.document_id IS NULL THEN 'unlinked'
        WHEN target_now.reason NOT IN ('not-html', 'empty', 'too-large') THEN 'accepted'
        WHEN place_now.verdict = 'ok' AND min(spell.fragment) <> '' THEN 'accepted'
        ELSE 'mended'
    END AS how,
    min(spell.begun_at) AS first_seen_at
FROM newest_run
JOIN nights AS tonight ON tonight.id = newest_run.run_id
JOIN spell
    ON spell.series = newest_run.series
    AND spell.broken_id <= newest_run.before_id
    AND coalesce(spell.ended_id > newest_run.before_id, true)
CROSS JOIN link
    ON link.target_id = spell.target_id
    AND link.fragment >= spell.fragment
    AND link.fragment <= coalesce(nullif(spell.fragment, ''), x'')
CROSS JOIN document ON document.id = link.document_id
CROSS JOIN url AS source ON source.id = document.url_id
CROSS JOIN url AS target ON target.id = link.target_id
LEFT JOIN page AS source_now ON source_now.run_id = newest_run.run_id AND source_now.url_id = document.url_id
LEFT JOIN document AS read_now ON read_now.id = source_now.document_id AND read_now.followed = 1
LEFT JOIN link AS link_now
    ON link_now.document_id = read_now.id
    AND link_now.target_id = link.target_id
    AND link_now.fragment = link.fragment
LEFT JOIN page AS target_now ON target_now.run_id = newest_run.run_id AND target_now.url_id = link.target_id
LEFT JOIN fragment AS place_now
    ON place_now.run_id = newest_run.run_id
    AND place_now.target_id = link.target_id
    AND place_now.fragment = link.fragment
WHERE link.document_id = (
        SELECT read_then.id
        FROM nights AS night
        LEFT JOIN page ON page.run_id = night.id AND page.url_id = document.url_id
        LEFT JOIN document AS read_then ON read_then.id = page.document_id AND read_then.followed = 1
        WHERE night.series = newest_run.series
            AND night.id <= newest_run.before_id
            AND (
                read_then.id IS NOT NULL
                OR page.verdict IN ('broken', 'skipped')
                OR page.redirect_to IS NOT NULL
                OR (page.url_id IS NULL AND link_now.document_id IS NULL)
            )
        ORDER BY night.id DESC
        LIMIT 1
    )
    AND (
        (read_now.id IS NOT NULL AND link_now.document_id IS NULL)
        OR (
            target_now.verdict = 'ok'
            AND (spell.fragment = '' OR coalesce(spell.ended_id <= newest_run.run_id, false))
            AND (
                link.fragment = ''
                OR EXISTS (
                    SELECT 1
                    FROM link AS asking
                    CROSS JOIN document AS asker ON asker.id = asking.document_id
                    CROSS JOIN page AS source_page
                        ON source_page.run_id = newest_run.run_id
                        AND source_page.url_id = asker.url_id
                        AND source_page.document_id = asker.id
                    WHERE asking.target_id = link.target_id AND asking.fragment = link.fragment
                )
            )
            AND coalesce(place_now.verdict = 'ok', true)
        )
    )
    AND EXISTS (
        SELECT 1
        FROM nights AS night
        CROSS JOIN page AS source_then
            ON source_then.run_id = night.id
            AND source_then.url_id = document.url_id
        CROSS JOIN link AS link_then
            ON link_then.document_id = source_then.document_id
            AND link_then.target_id = link.target_id
            AND link_then.fragment = link.fragment
        CROSS JOIN page AS target_then ON target_then.run_id = night.id AND target_then.url_id = link.target_id
        LEFT JOIN fragment AS place
            ON place.run_id = night.id
            AND place.target_id = link.target_id
            AND place.fragment = link.fragment
            AND place.verdict = 'broken'
        WHERE night.series = newest_run.series
            AND night.id >= spell.broken_id
            AND night.id <= newest_run.before_id
            AND (target_then.verdict = 'broken' OR (target_then.verdict = 'ok' AND place.run_id IS NOT NULL))
    )
GROUP BY
    source.id, target.id, link.fragment, link.kind, link.text, link.line, read_now.id, link_now.document_id,
    target_now.status, target_now.reason, place_now.verdict;

-- Places that fell ill at least twice in the last ten nights; `changed_id` is the run in which they last changed. What
-- a rule of the settings called well did not recover by that, and fell not ill again without the rule.
CREATE VIEW flaky AS
SELECT
    url.url || CASE WHEN spell.fragment = '' THEN '' ELSE '#' || spell.fragment END AS url,
    count(spell.last_ok_at) + count(*) FILTER (WHERE spell.ended_id <= newest_run.run_id) AS changes,
    max(CASE WHEN spell.ended_id <= newest_run.run_id THEN spell.ended_id ELSE spell.begun_id END) AS changed_id
FROM newest_run
JOIN spell ON spell.series = newest_run.series AND spell.begun_id <= newest_run.run_id
JOIN url ON url.id = spell.target_id
WHERE spell.begun_id >= coalesce((
    SELECT night.id
    FROM nights AS night
    WHERE night.series = newest_run.series AND night.id <= newest_run.run_id
    ORDER BY night.id DESC
    LIMIT 1 OFFSET 9
), 0)
    AND NOT EXISTS (
        SELECT 1
        FROM page
        LEFT JOIN fragment AS place
            ON place.run_id = page.run_id
            AND place.target_id = page.url_id
            AND place.fragment = spell.fragment
        WHERE page.run_id = spell.ended_id
            AND page.run_id <= newest_run.run_id
            AND page.url_id = spell.target_id
            AND (page.reason NOT IN ('not-html', 'empty', 'too-large') OR place.verdict = 'ok')
    )
GROUP BY url.id, spell.fragment
HAVING count(*) >= 2;

-- What fails for a passing reason and is not called broken yet.
CREATE VIEW failing AS
SELECT
    url.url, page.reason, page.status,
    coalesce(spell.begun_at, run.started_at) AS first_seen_at,
    coalesce(spell.nights - (
        SELECT count(*)
        FROM ill_nights AS later
        WHERE later.series = spell.series
            AND later.target_id = spell.target_id
            AND later.fragment = spell.fragment
            AND later.begun_id = spell.begun_id
            AND later.run_id > newest_run.run_id
    ), 1) AS nights,
    coalesce(spell.begun_id > newest_run.before_id, true) AS new
FROM newest_run
JOIN run ON run.id = newest_run.run_id
JOIN page ON page.run_id = newest_run.run_id AND page.verdict = 'transient'
JOIN url ON url.id = page.url_id
LEFT JOIN spell
    ON spell.series = newest_run.series
    AND spell.target_id = page.url_id
    AND spell.fragment = ''
    AND spell.begun_id <= newest_run.run_id
    AND coalesce(spell.ended_id > newest_run.run_id, true)
ORDER BY url.url;

-- What keeps us out; `new`: it did not when it was last settled on a night before.
CREATE VIEW blocked AS
SELECT
    url.url, page.reason, page.status,
    (
        SELECT count(*)
        FROM link
        JOIN document ON document.id = link.document_id
        JOIN page AS source_page
            ON source_page.run_id = page.run_id
            AND source_page.document_id = document.id
            AND source_page.url_id = document.url_id
        WHERE link.target_id = page.url_id
    ) AS links,
    coalesce((
        SELECT was.verdict <> 'blocked'
        FROM nights AS night
        CROSS JOIN page AS was ON was.run_id = night.id AND was.url_id = page.url_id
        WHERE night.series = newest_run.series AND night.id <= newest_run.before_id
            AND was.verdict IN ('ok', 'broken', 'blocked')
        ORDER BY night.id DESC
        LIMIT 1
    ), true) AS new
FROM newest_run
JOIN page ON page.run_id = newest_run.run_id
JOIN url ON url.id = page.url_id
WHERE page.verdict = 'blocked'
ORDER BY url.url;

-- Pages by night on which more is known of them than that they failed. CROSS, here and below, for SQLite would else look
-- through all pages of all runs.
CREATE VIEW settled AS
SELECT night.series, night.id AS run_id, page.url_id, page.document_id, page.verdict, page.redirect_to
FROM nights AS night
CROSS JOIN page ON page.run_id = night.id
WHERE page.document_id IS NOT NULL OR page.verdict NOT IN ('transient', 'blocked', 'unverifiable');

-- Pages of the site that were not there on the night before, nor when they were last settled where they were `unread` then:
-- they failed, or only what failed led to them. What has failed since the first night may always have been there.
CREATE VIEW pages_gained AS
WITH RECURSIVE unread (url_id) AS (
    SELECT page.url_id
    FROM page
    WHERE page.run_id = (SELECT newest.before_id FROM newest_run AS newest)
        AND page.document_id IS NULL
        AND page.verdict IN ('transient', 'blocked', 'unverifiable')
    UNION
    SELECT link.target_id
    FROM unread
    CROSS JOIN newest_run ON newest_run.before_id <> 0
    CROSS JOIN page AS source ON source.run_id = newest_run.run_id AND source.url_id = unread.url_id
    CROSS JOIN link ON link.document_id = source.document_id
    WHERE NOT EXISTS (
        SELECT 1 FROM page WHERE page.run_id = newest_run.before_id AND page.url_id = link.target_id
    )
)
SELECT url.url, document.title
FROM newest_run
CROSS JOIN nights AS tonight ON tonight.id = newest_run.run_id
CROSS JOIN page
    ON page.run_id = newest_run.run_id
    AND page.scope = 'follow'
    AND page.verdict = 'ok'
    AND (page.content_type LIKE '%html%' OR page.content_type LIKE '%markdown%')
LEFT JOIN page AS was ON was.run_id = newest_run.before_id AND was.url_id = page.url_id
CROSS JOIN document ON document.id = page.document_id
CROSS JOIN url ON url.id = page.url_id
WHERE newest_run.before_id <> 0
    AND was.document_id IS NULL
    AND coalesce(was.verdict <> 'ok' OR was.redirect_to IS NOT NULL, true)
    AND (
        page.url_id NOT IN (SELECT url_id FROM unread)
        OR coalesce(
            (
                SELECT settled.document_id IS NULL AND (settled.verdict <> 'ok' OR settled.redirect_to IS NOT NULL)
                FROM settled
                WHERE settled.series = newest_run.series
                    AND settled.url_id = page.url_id
                    AND settled.run_id < newest_run.before_id
                ORDER BY settled.run_id DESC
                LIMIT 1
            ),
            NOT EXISTS (
                SELECT 1
                FROM page AS first
                WHERE first.run_id = (
                        SELECT min(night.id) FROM nights AS night WHERE night.series = newest_run.series
                    )
                    AND first.url_id = page.url_id
            )
        )
    )
ORDER BY url.url;

-- Pages of the site that were there on the night before, or when they were last settled where they were `unread` then;
-- and why they are not now: a reason, `moved`, or `unlinked`. Nobody knows so of what is `unread` tonight. That are, of
-- either night, pages that failed, and what they alone led to when they were last settled.
CREATE VIEW pages_lost AS
WITH RECURSIVE unread (run_id, url_id) AS (
    SELECT page.run_id, page.url_id
    FROM page
    WHERE page.run_id IN (
            (SELECT newest.run_id FROM newest_run AS newest), (SELECT newest.before_id FROM newest_run AS newest)
        )
        AND page.document_id IS NULL
        AND page.verdict IN ('transient', 'blocked', 'unverifiable')
    UNION
    SELECT unread.run_id, link.target_id
    FROM unread
    CROSS JOIN newest_run ON newest_run.before_id <> 0
    CROSS JOIN page AS source
        ON source.run_id = (
            SELECT settled.run_id
            FROM settled
            WHERE settled.series = newest_run.series
                AND settled.url_id = unread.url_id
                AND settled.run_id <= newest_run.before_id
            ORDER BY settled.run_id DESC
            LIMIT 1
        )
        AND source.url_id = unread.url_id
    CROSS JOIN link ON link.document_id = source.document_id
    WHERE NOT EXISTS (
        SELECT 1 FROM page WHERE page.run_id = unread.run_id AND page.url_id = link.target_id
    )
),
known (url_id, run_id) AS (
    SELECT page.url_id, page.run_id
    FROM page
    WHERE page.run_id = (SELECT newest.before_id FROM newest_run AS newest)
        AND page.scope = 'follow'
        AND page.document_id IS NOT NULL
    UNION ALL
    SELECT
        unread.url_id,
        (
            SELECT settled.run_id
            FROM settled
            WHERE settled.series = newest_run.series
                AND settled.url_id = unread.url_id
                AND settled.run_id < newest_run.before_id
            ORDER BY settled.run_id DESC
            LIMIT 1
        )
    FROM newest_run
    CROSS JOIN unread ON unread.run_id = newest_run.before_id
)
SELECT
    url.url,
    document.title,
    CASE
        WHEN page.url_id IS NULL THEN 'unlinked'
        WHEN page.redirect_to IS NOT NULL AND page.verdict = 'ok' THEN 'moved'
        ELSE page.reason
    END AS reason,
    final.url AS moved_to
FROM newest_run
CROSS JOIN nights AS tonight ON tonight.id = newest_run.run_id
CROSS JOIN known ON true
LEFT JOIN page ON page.run_id = newest_run.run_id AND page.url_id = known.url_id
CROSS JOIN page AS was
    ON was.run_id = known.run_id
    AND was.url_id = known.url_id
    AND was.scope = 'follow'
    AND was.verdict = 'ok'
    AND (was.content_type LIKE '%html%' OR was.content_type LIKE '%markdown%')
CROSS JOIN document ON document.id = was.document_id
CROSS JOIN url ON url.id = was.url_id
LEFT JOIN url AS final ON final.id = page.final_id AND page.verdict = 'ok'
WHERE (
        page.url_id IS NULL
        AND known.url_id NOT IN (
            SELECT unread.url_id
            FROM unread
            WHERE unread.run_id = (SELECT newest.run_id FROM newest_run AS newest)
        )
    )
    OR page.verdict IN ('broken', 'skipped')
    OR page.redirect_to IS NOT NULL
ORDER BY url.url;

-- Anchors that pages have lost since the night before, or since they were last settled where they failed then, each with
-- the links of other pages that pointed there on the night before, or when these were last settled where they failed
-- then; `still`: they do tonight.
CREATE VIEW anchors_lost AS
WITH was (url_id, document_id) AS (
    SELECT page.url_id, page.document_id
    FROM page
    WHERE page.run_id = (SELECT newest.before_id FROM newest_run AS newest) AND page.document_id IS NOT NULL
    UNION ALL
    SELECT
        page.url_id,
        (
            SELECT settled.document_id
            FROM settled
            WHERE settled.series = (SELECT newest.series FROM newest_run AS newest)
                AND settled.url_id = page.url_id
                AND settled.run_id < page.run_id
            ORDER BY settled.run_id DESC
            LIMIT 1
        )
    FROM page
    WHERE page.run_id = (SELECT newest.before_id FROM newest_run AS newest)
        AND page.document_id IS NULL
        AND page.verdict IN ('transient', 'blocked', 'unverifiable')
)
SELECT
    url.url, anchor.name, source.url AS source, link.line, link.text, link.kind,
    EXISTS (
        SELECT 1
        FROM page AS source_now
        JOIN link AS link_now
            ON link_now.document_id = source_now.document_id
            AND link_now.target_id = link.target_id
            AND link_now.fragment = link.fragment
        WHERE source_now.run_id = newest_run.run_id AND source_now.url_id = document.url_id
    ) AS still,
    fragment.nearest
FROM newest_run
JOIN nights AS tonight ON tonight.id = newest_run.run_id
CROSS JOIN was ON true
CROSS JOIN page AS now
    ON now.run_id = newest_run.run_id
    AND now.url_id = was.url_id
    AND now.document_id <> was.document_id
CROSS JOIN anchor ON anchor.document_id = was.document_id
CROSS JOIN link ON link.target_id = now.url_id AND link.fragment = anchor.name
CROSS JOIN document ON document.id = link.document_id AND document.url_id <> now.url_id
CROSS JOIN page AS source_was
    ON source_was.run_id = newest_run.before_id
    AND source_was.url_id = document.url_id
    AND (
        source_was.document_id = document.id
        OR (
            source_was.document_id IS NULL
            AND source_was.verdict IN ('transient', 'blocked', 'unverifiable')
            AND document.id = (
                SELECT settled.document_id
                FROM settled
                WHERE settled.series = newest_run.series
                    AND settled.url_id = source_was.url_id
                    AND settled.run_id < source_was.run_id
                ORDER BY settled.run_id DESC
                LIMIT 1
            )
        )
    )
CROSS JOIN url ON url.id = now.url_id
CROSS JOIN url AS source ON source.id = document.url_id
LEFT JOIN fragment
    ON fragment.run_id = newest_run.run_id
    AND fragment.target_id = now.url_id
    AND fragment.fragment = anchor.name
WHERE NOT EXISTS (SELECT 1 FROM anchor AS kept WHERE kept.document_id = now.document_id AND kept.name = anchor.name)
ORDER BY url.url, anchor.name, source.url, link.line NULLS FIRST;

-- Links to what has moved for good, with the URL to write instead: seen on as many nights as make a failure broken, with
-- the same end, which is well.
CREATE VIEW redirects AS
SELECT
    source.url AS source,
    link.line,
    link.href,
    target.url AS target,
    page.status,
    moved.url || coalesce(
        '#' || nullif(
            CASE
                WHEN page.moved_id = page.final_id THEN coalesce(page.final_fragment, link.fragment)
                ELSE link.fragment
            END,
            ''
        ),
        ''
    ) AS write_instead,
    link.kind,
    link.text,
    page.moved_nights AS nights
FROM newest_run
JOIN run ON run.id = newest_run.run_id
JOIN page ON page.run_id = newest_run.run_id AND page.moved_id IS NOT NULL AND page.verdict = 'ok'
JOIN url AS target ON target.id = page.url_id
JOIN url AS moved ON moved.id = page.moved_id
JOIN link ON link.target_id = page.url_id
JOIN document ON document.id = link.document_id
JOIN page AS source_page
    ON source_page.run_id = page.run_id
    AND source_page.url_id = document.url_id
    AND source_page.document_id = document.id
JOIN url AS source ON source.id = document.url_id
WHERE NOT EXISTS (
        SELECT 1
        FROM fragment
        WHERE fragment.run_id = page.run_id
            AND fragment.target_id = link.target_id
            AND fragment.fragment = link.fragment
            AND fragment.verdict <> 'ok'
    )
    AND page.moved_nights >= coalesce(CAST(run.settings ->> 'confirm_runs' AS INTEGER), 3)
ORDER BY source.url, link.line NULLS FIRST, link.href;

CREATE VIEW slowest AS
SELECT url.url, fetch.attempt, fetch.method, fetch.status, fetch.error, fetch.ttfb_ms, fetch.total_ms, fetch.body_bytes
FROM newest_run
JOIN fetch ON fetch.run_id = newest_run.run_id
JOIN url ON url.id = fetch.url_id
ORDER BY fetch.total_ms DESC;

-- Pages that a sitemap, which is never HTML, names and no page links to, by no redirect either; not the sitemaps that
-- an index names.
CREATE VIEW orphans AS
SELECT url.url, page.verdict, page.reason, page.status
FROM newest_run
JOIN page ON page.run_id = newest_run.run_id AND page.depth > 0
JOIN url ON url.id = page.url_id
WHERE page.url_id IN (
        SELECT link.target_id
        FROM page AS sitemap
        CROSS JOIN link ON link.document_id = sitemap.document_id AND link.kind = 'sitemap loc'
        WHERE sitemap.run_id = (SELECT newest.run_id FROM newest_run AS newest)
            AND coalesce(sitemap.content_type, '') NOT LIKE '%html%'
    )
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
        FROM page AS moved
        CROSS JOIN link ON link.target_id = moved.url_id AND link.kind NOT LIKE 'sitemap %'
        CROSS JOIN document ON document.id = link.document_id
        CROSS JOIN page AS source_page
            ON source_page.run_id = moved.run_id
            AND source_page.url_id = document.url_id
            AND source_page.document_id = document.id
        WHERE moved.run_id = (SELECT newest.run_id FROM newest_run AS newest)
            AND moved.redirect_to IS NOT NULL
            AND moved.final_id IS NOT NULL
    );

-- Findings of the newest run that are no verdicts; what the crawl noted for its own use alone is left out.
CREATE VIEW notes AS
SELECT url.url, note.kind, note.detail
FROM newest_run
JOIN note
    ON note.run_id = newest_run.run_id
    AND note.kind NOT IN ('probe', 'password', 'text-absent', 'text-present')
JOIN url ON url.id = note.url_id
ORDER BY note.kind, url.url, note.detail;
