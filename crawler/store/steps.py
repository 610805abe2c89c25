"""What leads from each version of the tables to the next: so every older file stays readable.

The views are no part of a version: they are written anew wherever they differ.
"""

from collections.abc import Mapping

# From version N to N + 1, by N: SQL that is run in one transaction. `schema.sql` is the newest.
STEPS: Mapping[int, str] = {}

VERSION = 1
"The version of `schema.sql`."
