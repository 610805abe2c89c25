"""From SQL as SQLite speaks it to SQL as PostgreSQL does: by few rules, each for one difference.

What both can say the statements say so; what is left is here. A statement is translated once for
each combination of its parameters' types, for PostgreSQL must know them, and SQLite does not ask.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from crawler.store.database import Parameters

# Texts in quotes and comments are left as they are; `fetch` is a reserved word, and a number with a
# point would be exact.
_TOKEN = re.compile(
    r"""
    (?P<text> '(?:[^']|'')*' | "[^"]*" | --[^\n]* ) | ::
    | :(?P<name>[a-z]\w*)
    | (?P<place>\?)
    | \b(?P<word>fetch)\b
    | (?<![\w.])(?P<real>\d+\.\d+)(?![\w.])
    """,
    re.VERBOSE,
)

# Of an array the planner can tell how many elements it has.
_IDS = "unnest(CAST(translate(:ids, '[]', '{}') AS BIGINT[])) AS found (value)"

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # What is NULL is distinct from a value.
        (r"\bIS NOT (?=')", "IS DISTINCT FROM "),
        # Letters of either case are alike.
        (r"\bLIKE\b", "ILIKE"),
        # From the places to their links, by the index, and not by the target alone: the planner
        # would compare every place of a target with every link to it.
        (
            (
                r"\bCROSS JOIN link\s+ON link\.target_id = ([\w.]+)"
                r"\s+AND link\.fragment >= (.+)\s+AND link\.fragment <= coalesce\((.+), x''\)"
            ),
            (
                r"CROSS JOIN LATERAL (SELECT * FROM link"
                r" WHERE link.target_id = \1 AND link.fragment = \3"
                r" UNION ALL SELECT * FROM link WHERE link.target_id = \1 AND \3 IS NULL) AS link"
            ),
        ),
        # A document is of one URL: whether a page is read from it says nothing beside that it has
        # this URL, where the planner would take one row in thousands to be so.
        (r"\bAND (\w+\.document_id = (?:document|asker)\.id)\b", r"AND coalesce(\1, false)"),
        # SQLite keeps to the order of a CROSS JOIN; here that of any is kept, see `connecting`.
        (r"\bCROSS JOIN\b(?=[^,()]*?\bON\b)", "JOIN"),
        # No text is more than any other; and what is no more than itself is all.
        (r"([\w.]+) <= coalesce\((.+), x''\)", r"\1 <= coalesce(\2, \1)"),
        (r"\binstr\(", "strpos("),
        (r"\blower\(hex\(([\w.]+)\)\)", r"encode(\1, 'hex')"),
        (r"\bgroup_concat\(", "string_agg("),
        (
            r"\bjson_group_object\((\w+), (\w+)\)",
            r"CAST(coalesce(json_object_agg(\1, \2), '{}') AS TEXT)",
        ),
        (
            r"\bjson_each\(:rows\)(?: AS \w+)?",
            r"json_array_elements(CAST(:rows AS JSON)) AS found (value)",
        ),
        (r"\bjson_each\(:ids\)", _IDS),
        (
            r"\bjson_each\(([:\w.]+)\)",
            r"json_array_elements_text(CAST(\1 AS JSON)) AS found (value)",
        ),
        # JSON is kept as text.
        (r"\brun\.settings ->> ", "CAST(run.settings AS JSON) ->> "),
        # SQLite needs it there; who inserts in this order waits for no one who waits for it.
        (r"\bWHERE true\nON CONFLICT", "ORDER BY 2\nON CONFLICT"),
    )
)


class Query(NamedTuple):
    """A statement with `$1`, and the names of what stands there, in order."""

    text: str
    names: tuple[str, ...]


def translated(statement: str) -> str:
    """Return a statement as PostgreSQL says it, but for its parameters."""
    statement = _TOKEN.sub(_plainly, statement)
    for pattern, replacement in _RULES:
        statement = pattern.sub(replacement, statement)
    return statement


def query_of(statement: str, values: Parameters) -> tuple[str, list[object]]:
    """Return a statement whose parameters are named, and its arguments for `values`."""
    types = tuple((name, _type_of(value)) for name, value in values.items())
    query = _query_of(statement, types)
    return query.text, [values[name] for name in query.names]


@lru_cache(512)
def _query_of(statement: str, types: tuple[tuple[str, str | None], ...]) -> Query:
    known = dict(types)
    numbers: dict[str, int] = {}

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        type_name = known[name]
        if type_name is None:
            return "NULL"
        return f"${numbers.setdefault(name, len(numbers) + 1)}::{type_name}"

    text = _TOKEN.sub(written, translated(statement))
    return Query(text, tuple(numbers))


@lru_cache(128)
def by_place(statement: str) -> str:
    """Return a statement whose parameters, by place, are typed by where they stand."""
    numbers = iter(range(1, 100))

    def written(match: re.Match[str]) -> str:
        return f"${next(numbers)}" if match["place"] else match[0]

    return _TOKEN.sub(written, translated(statement))


def _plainly(match: re.Match[str]) -> str:
    if match["word"]:
        return '"fetch"'
    return f"CAST({match[0]} AS DOUBLE PRECISION)" if match["real"] else match[0]


def _type_of(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case float():
            return "double precision"
        case bytes():
            return "bytea"
        case _:
            return "text"
