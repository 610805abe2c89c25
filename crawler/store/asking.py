"""The views about the newest run, asked about any other, or about any two."""

import re
from functools import cache
from pathlib import Path

# The name hides the view of that name: whatever a view says of the newest run it says of this one.
_INSTEAD = """
WITH newest_run (run_id, before_id, series) AS (
    SELECT
        run.id,
        coalesce(:before, (
            SELECT max(night.id) FROM nights AS night
            WHERE night.series = run.series AND night.id < run.id
        ), 0),
        run.series
    FROM run
    WHERE run.id = :run
    LIMIT 1
)
"""
_VIEW = re.compile(r"^(CREATE VIEW (\w+) AS$.*?);$", re.DOTALL | re.MULTILINE)


def query_of(view: str, columns: str, tail: str = "") -> str:
    """Return the query for `columns` of what `view` says of a run; `tail` follows its FROM.

    Its parameters are `run`, and `before`, which it is measured by: NULL for the night before.
    """
    select = views_by_name()[view].partition(" AS\n")[2]
    return f"{_INSTEAD} SELECT {columns} FROM ({select}) AS found {tail}"  # noqa: S608 - our own


@cache
def views() -> str:
    """Return the statements that make the views."""
    return Path(__file__).with_name("views.sql").read_text("utf-8")


@cache
def views_by_name() -> dict[str, str]:
    """Return the statement for each view, as SQLite keeps it."""
    return {name: statement for statement, name in _VIEW.findall(views())}
