-- The tables of the database, version 2. Singular names are storage; people read the views.
-- Moments are UTC as text, durations in milliseconds (`robots.delay` in seconds), sizes in bytes.

-- One invocation. Runs of one `series` have the same seeds and sites, and know one another. `doubts`: a JSON array
-- of sentences, why what was found says little about the site. A finished run without any is a night: only these are
-- remembered.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'incomplete', 'interrupted', 'abandoned', 'failed')),
    reason TEXT,
    doubts TEXT NOT NULL DEFAULT '[]',
    settings TEXT NOT NULL,
    version TEXT NOT NULL
) STRICT;

-- Scheme, name and port: the unit of politeness. The id is a hash of the key.
CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL
) STRICT;

-- A URL in canonical form, shared by all runs. The id is a hash of the URL.
CREATE TABLE url (
    id INTEGER PRIMARY KEY,
    host_id INTEGER NOT NULL REFERENCES host,
    url TEXT NOT NULL
) STRICT;

-- A URL in a run: the frontier while it is open, the result when it is done. What was not asked again, as it has long
-- been well, is a copy of what it was in the run `asked_id`. `moved_id` is what to link to instead of a redirect, as
-- it was on so many nights in a row.
CREATE TABLE page (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    url_id INTEGER NOT NULL REFERENCES url,
    host_id INTEGER NOT NULL REFERENCES host,
    depth INTEGER NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    scope TEXT NOT NULL CHECK (scope IN ('follow', 'check', 'skip')),
    state TEXT NOT NULL CHECK (state IN ('ready', 'waiting', 'done')),
    not_before REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    hops INTEGER NOT NULL DEFAULT 0,
    via_id INTEGER,
    method TEXT NOT NULL,
    status INTEGER,
    verdict TEXT CHECK (verdict IN ('ok', 'broken', 'blocked', 'transient', 'unverifiable', 'skipped')),
    reason TEXT,
    redirect_to INTEGER,
    redirect_fragment TEXT,
    final_id INTEGER,
    final_fragment TEXT,
    document_id INTEGER REFERENCES document,
    etag TEXT,
    last_modified TEXT,
    content_type TEXT,
    moved_id INTEGER,
    moved_nights INTEGER,
    asked_id INTEGER,
    PRIMARY KEY (run_id, url_id)
) STRICT, WITHOUT ROWID;

-- The frontier reads the next requests of a host, the shallowest first, and of these what was ill on the night before;
-- the end of a run is an empty index.
CREATE INDEX page_open ON page (run_id, host_id, depth, priority DESC, url_id) WHERE state <> 'done';

-- One attempt on one hop: a row each, always. `headers`: JSON of the few that explain a verdict.
-- `connect_ms` has `dns_ms` in it, `ttfb_ms` both, `total_ms` all of these; `wait_ms` came before them.
CREATE TABLE fetch (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    url_id INTEGER NOT NULL REFERENCES url,
    attempt INTEGER NOT NULL,
    method TEXT NOT NULL,
    started_at TEXT NOT NULL,
    wait_ms REAL,
    dns_ms REAL,
    connect_ms REAL,
    ttfb_ms REAL,
    total_ms REAL NOT NULL,
    status INTEGER,
    error TEXT,
    detail TEXT,
    wire_bytes INTEGER NOT NULL,
    body_bytes INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    remote_ip TEXT,
    headers TEXT,
    PRIMARY KEY (run_id, url_id, attempt)
) STRICT, WITHOUT ROWID;

-- One version of a page's content. The id is a hash of URL, content and whether its links were read; `drawn` means
-- that a script draws the page, `fingerprint` is one of the words of a page that is not followed.
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    url_id INTEGER NOT NULL REFERENCES url,
    digest BLOB NOT NULL,
    followed INTEGER NOT NULL,
    drawn INTEGER NOT NULL,
    title TEXT,
    fingerprint INTEGER
) STRICT;

-- A reference in a document; those of one kind to one place are one row, and `occurrences` counts them. Its other
-- indexes, by document and by target, are built when the first run ends: see `statements/documents.py`.
CREATE TABLE link (
    document_id INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES url,
    fragment TEXT NOT NULL,
    kind TEXT NOT NULL,
    href TEXT NOT NULL,
    text TEXT NOT NULL,
    line INTEGER,
    occurrences INTEGER NOT NULL,
    section TEXT
) STRICT;

-- Where pages lead on by themselves: few.
CREATE INDEX link_refresh ON link (document_id, target_id) WHERE kind IN ('meta refresh', 'header refresh');

-- What a fragment may name.
CREATE TABLE anchor (
    document_id INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (document_id, name)
) STRICT, WITHOUT ROWID;

-- Links to this target with this fragment are not ok, though the target is, or are so by a rule of the settings; one
-- row for all of them.
CREATE TABLE fragment (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    target_id INTEGER NOT NULL REFERENCES url,
    fragment TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    nearest TEXT,
    PRIMARY KEY (run_id, target_id, fragment)
) STRICT, WITHOUT ROWID;

-- A spell of illness: the nights from which a place was not ok to that on which it was seen to be ok again. A place is a
-- target as a whole (fragment '') or a fragment of it. It is broken from the run `broken_id` on; before that it only
-- failed. Runs may be pruned before their spells are.
CREATE TABLE spell (
    series INTEGER NOT NULL,
    target_id INTEGER NOT NULL REFERENCES url,
    fragment TEXT NOT NULL,
    begun_id INTEGER NOT NULL,
    begun_at TEXT NOT NULL,
    last_ok_at TEXT,
    nights INTEGER NOT NULL,
    seen_id INTEGER NOT NULL,
    reason TEXT,
    broken_id INTEGER,
    ended_id INTEGER,
    PRIMARY KEY (series, target_id, fragment, begun_id)
) STRICT, WITHOUT ROWID;

-- What is ill now, of all that ever was.
CREATE INDEX spell_open ON spell (series, target_id) WHERE ended_id IS NULL;

-- A leaf elsewhere that is well: since when, and when it was asked last, in the run `run_id`.
CREATE TABLE watch (
    series INTEGER NOT NULL,
    url_id INTEGER NOT NULL REFERENCES url,
    since_at TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    run_id INTEGER NOT NULL,
    PRIMARY KEY (series, url_id)
) STRICT, WITHOUT ROWID;

-- Findings about a URL that are no verdict.
CREATE TABLE note (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    url_id INTEGER NOT NULL REFERENCES url,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run_id, url_id, kind, detail)
) STRICT, WITHOUT ROWID;

-- What became of a host's robots.txt.
CREATE TABLE robots (
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    host_id INTEGER NOT NULL REFERENCES host,
    fetched_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('parsed', 'unavailable', 'unreachable')),
    status INTEGER,
    delay REAL,
    body BLOB NOT NULL,
    PRIMARY KEY (run_id, host_id)
) STRICT, WITHOUT ROWID;
