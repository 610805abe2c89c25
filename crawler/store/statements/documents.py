"""The SQL of documents, with their links and anchors."""

# A document, with its links and anchors, is written once, however many runs see it.
KNOWN_DOCUMENTS = "SELECT id FROM document WHERE id IN (SELECT value FROM json_each(:ids))"

INSERT_DOCUMENT = (
    "INSERT INTO document (id, url_id, digest, followed, title, drawn, fingerprint)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)

# What a document has, in the order of a Link; rows of values follow, each after the document's id.
INSERT_LINKS = """
INSERT INTO link (document_id, target_id, fragment, kind, href, text, line, occurrences, section)
"""

INSERT_ANCHORS = "INSERT INTO anchor (document_id, name)"

# What a document links to, and who links to a place: also whether a document does, which may have
# as many links as a place has; and the few links with a text directive. All are built when the
# first run ends, which takes less time than to keep them up to date meanwhile, and then kept.
INDEX_LINKS = "CREATE INDEX IF NOT EXISTS link_document ON link (document_id)"
INDEX_LINK_PLACES = """
CREATE INDEX IF NOT EXISTS link_place ON link (target_id, fragment, document_id)
"""
INDEX_LINK_TEXTS = """
CREATE INDEX IF NOT EXISTS link_text ON link (target_id, fragment)
WHERE fragment LIKE '%:~:text=%'
"""
# What had its place in files of before.
DROP_LINK_TARGETS = "DROP INDEX IF EXISTS link_target"

ANCHORS = "SELECT name FROM anchor WHERE document_id = :document"

# Where documents lead that the run has not met, or only as deeper: all that unchanged pages can
# bring. It is a look-up for each document, and for each link, neither join nor NOT EXISTS:
# PostgreSQL knows nothing yet of a new run, and would read all of it to find one page.
NEW_TARGETS = """
WITH source (document_id, depth) AS MATERIALIZED (
    SELECT document.id, (
        SELECT page.depth FROM page WHERE page.run_id = :run AND page.url_id = document.url_id
    )
    FROM json_each(:ids)
    JOIN document ON document.id = value
)
SELECT
    link.document_id, link.target_id, min(url.url), count(*) FILTER (
        WHERE link.fragment <> '' OR link.kind IN ('meta refresh', 'header refresh')
    ) > 0
FROM source
JOIN link ON link.document_id = source.document_id
JOIN url ON url.id = link.target_id
WHERE coalesce((
    SELECT page.depth FROM page WHERE page.run_id = :run AND page.url_id = link.target_id
), source.depth + 2) > source.depth + 1
GROUP BY link.document_id, link.target_id
"""
