"""The SQL of documents, with their links and anchors."""

# A document, with its links and anchors, is written once, however many runs see it.
KNOWN_DOCUMENTS = "SELECT id FROM document WHERE id IN (SELECT value FROM json_each(:ids))"

INSERT_DOCUMENT = (
    "INSERT INTO document (id, url_id, digest, followed, title, drawn) VALUES (?, ?, ?, ?, ?, ?)"
)

INSERT_LINK = """
INSERT INTO link (target_id, fragment, kind, href, text, line, occurrences, section, document_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

INSERT_ANCHOR = "INSERT INTO anchor (document_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING"

# "Who links here?" is asked from the target's side; built when the first run ends, then kept.
INDEX_LINK_TARGETS = "CREATE INDEX IF NOT EXISTS link_target ON link (target_id, fragment)"

ANCHORS = "SELECT name FROM anchor WHERE document_id = ?"
