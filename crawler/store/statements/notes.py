"""The SQL of notes, and of the suspects among them."""

# What was found in a document that has not changed is still to be found there.
COPY_NOTES = """
INSERT INTO note (run_id, url_id, kind, detail)
SELECT ?, url_id, kind, detail
FROM note
WHERE run_id = ? AND url_id = ?
    AND kind NOT IN ('wall', 'certificate', 'probe', 'changed', 'archive')
ON CONFLICT DO NOTHING
"""

INSERT_NOTE = """
INSERT INTO note (run_id, url_id, kind, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
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

HOME_REDIRECTS = """
SELECT page.url_id, url.url
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
WHERE page.run_id = :run AND page.verdict = 'ok' AND document.title <> '' AND document.drawn = 0
GROUP BY host.id, document.digest
HAVING count(*) > 2
"""

# The pages that hosts are put to the test for.
SUSPECTS = """
SELECT page.url_id, url.url
FROM note
JOIN page ON page.run_id = :run AND page.url_id = note.url_id AND page.verdict = 'ok'
JOIN url ON url.id = page.url_id
WHERE note.run_id = :run AND note.kind = 'suspect' AND page.redirect_to IS NULL
UNION
SELECT alike.url_id, url.url
FROM (
    SELECT page.url_id, count(*) OVER (PARTITION BY page.host_id, document.digest) AS number
    FROM page
    JOIN document ON document.id = page.document_id
    WHERE page.run_id = :run AND page.verdict = 'ok'
        AND document.title <> '' AND document.drawn = 0
) AS alike
JOIN url ON url.id = alike.url_id
WHERE alike.number > 2
ORDER BY 2
"""

# What is suspect for the same words that its host says of a URL that nobody made, and what is to
# the last byte what the host answers there; but not the index of the folder, which it may well
# answer there, whatever its query. Such a URL has a name of hexadecimal digits: what is before
# that is its folder.
CONFIRMED_SUSPECTS = """
WITH probe (host_id, folder, said) AS MATERIALIZED (
    SELECT url.host_id, rtrim(url.url, '0123456789abcdef'), note.detail
    FROM note
    JOIN url ON url.id = note.url_id
    WHERE note.run_id = :run AND note.kind = 'probe'
)
SELECT page.url_id, url.url
FROM note AS suspect
JOIN page ON page.run_id = :run AND page.url_id = suspect.url_id AND page.verdict = 'ok'
JOIN url ON url.id = suspect.url_id
JOIN probe ON probe.host_id = url.host_id AND probe.said = suspect.detail
WHERE suspect.run_id = :run AND suspect.kind = 'suspect'
    AND substr(url.url, 1, length(probe.folder)) = probe.folder
UNION
SELECT page.url_id, url.url
FROM page
CROSS JOIN probe ON probe.host_id = page.host_id AND probe.said LIKE 'body %'
CROSS JOIN document ON document.id = page.document_id AND document.drawn = 0
CROSS JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.verdict = 'ok' AND page.depth > 0
    AND probe.said = 'body ' || lower(hex(document.digest))
    AND substr(url.url, 1, length(probe.folder)) = probe.folder
    AND url.url NOT IN (
        probe.folder, probe.folder || 'index.html', probe.folder || 'index.htm',
        probe.folder || 'index.php'
    )
    AND substr(url.url, 1, length(probe.folder) + 1) <> probe.folder || '?'
"""
