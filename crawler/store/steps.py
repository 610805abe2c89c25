"""What leads from each version of the tables to the next: so every older file stays readable.

The views are no part of a version: they are written anew wherever they differ.
"""

from collections.abc import Mapping

# From version N to N + 1, by N: SQL that is run in one transaction. `schema.sql` is the newest.
STEPS: Mapping[int, str] = {
    # Some files of version 1 have it already: the index came before its version did.
    1: (
        "CREATE INDEX IF NOT EXISTS link_refresh ON link (document_id, target_id)"
        " WHERE kind IN ('meta refresh', 'header refresh');"
    ),
}

VERSION = 2
"The version of `schema.sql`."
