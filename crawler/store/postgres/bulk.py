"""Many rows at once: a statement for one row becomes one for all of them, or a COPY."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from asyncpg import Connection

from crawler.store import statements as sql
from crawler.store.database import Owned
from crawler.store.postgres.dialect import by_place

_INTO = re.compile(r"\s*INSERT INTO (\w+) \(([^)]*)\)")
_INSERT = re.compile(
    r"\s*INSERT INTO (\w+) \(([^)]*)\)\s*VALUES \((?:\?, )*\?\)(\s*ON CONFLICT DO NOTHING)?\s*"
)
_UPDATE = re.compile(r"\s*UPDATE (\w+)\s+SET ([^()]*?)\s+WHERE ([^()]*)")

# Enough of a row to put it into order.
_FIRST = itemgetter(slice(2))

# Attempts on a URL are numbered on from those that are there: two may come at once.
_FETCHES = """
INSERT INTO "fetch" (
    run_id, url_id, attempt, method, started_at, wait_ms, dns_ms, connect_ms, ttfb_ms, total_ms,
    status, error, detail, wire_bytes, body_bytes, truncated, remote_ip, headers
)
SELECT
    p1, p2,
    row_number() OVER (PARTITION BY p1, p2 ORDER BY place)
    + (SELECT coalesce(max(attempt), 0) FROM "fetch" WHERE run_id = p1 AND url_id = p2),
    p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19
FROM {rows}
"""


class _Plan(NamedTuple):
    """How a statement is run for many rows.

    `text` is for all of them, which stand for `{rows}`; or there is none, and they are `copied`.
    Of rows with the same last `keys` values only the last counts.
    """

    text: str = ""
    copied: re.Match[str] | None = None
    keys: int = 0


async def write_many(
    connection: Connection,
    statement: str,
    rows: Iterable[Sequence[object]],
    types: dict[str, list[str]],
) -> None:
    """Run `statement` for each of `rows`; `types` remembers those of the parameters."""
    plan = _plan_of(statement)
    if plan is None:
        await connection.executemany(by_place(statement), rows)
    elif plan.copied:
        await _copy(connection, plan.copied, rows)
    elif values := _distinct(rows, plan):
        if statement not in types:
            prepared = await connection.prepare(by_place(statement))
            types[statement] = [parameter.name for parameter in prepared.get_parameters()]
        arrays = ", ".join(f"${n}::{name}[]" for n, name in enumerate(types[statement], 1))
        names = ", ".join(f"p{n}" for n in range(1, len(types[statement]) + 1))
        given = f"unnest({arrays}) WITH ORDINALITY AS given ({names}, place)"
        await connection.execute(plan.text.format(rows=given), *zip(*values, strict=True))


async def copy_owned(
    connection: Connection, statement: str, width: int, owned: Sequence[Owned]
) -> None:
    """Copy the rows of each owner, its id and `width` of its values, where `statement` says."""
    match = _INTO.match(statement)
    assert match is not None
    rows = (
        (owner, *values[start : start + width])
        for owner, values in owned
        for start in range(0, len(values), width)
    )
    await _copy(connection, match, rows)


async def _copy(
    connection: Connection, into: re.Match[str], rows: Iterable[Sequence[object]]
) -> None:
    table, columns = into.groups()
    names = [name.strip() for name in columns.split(",")]
    await connection.copy_records_to_table(table, records=rows, columns=names)


@lru_cache(64)
def _plan_of(statement: str) -> _Plan | None:
    if statement == sql.INSERT_FETCH:
        return _Plan(_FETCHES)
    if match := _INSERT.fullmatch(statement):
        table, columns, conflict = match.groups()
        names = tuple(name.strip() for name in columns.split(","))
        if not conflict:
            return _Plan(copied=_INTO.match(statement))
        values = ", ".join(f"p{number}" for number in range(1, len(names) + 1))
        into = f'INSERT INTO "{table}" ({columns})'
        text = f"{into} SELECT {values} FROM {{rows}} ON CONFLICT DO NOTHING"  # noqa: S608 - ours
        return _Plan(text)
    if match := _UPDATE.fullmatch(statement):
        table, columns, condition = match.groups()
        numbers = iter(range(1, 100))
        changed, which = (
            re.sub(r"\?", lambda _: f"given.p{next(numbers)}", each)
            for each in (columns, condition)
        )
        text = f"UPDATE {table} SET {changed} FROM {{rows}} WHERE {which}"  # noqa: S608 - ours
        return _Plan(text, keys=condition.count("?"))
    return None


def _distinct(rows: Iterable[Sequence[object]], plan: _Plan) -> list[Sequence[object]]:
    """Return the rows that count, in an order in which two who write do not wait for each other."""
    if plan.keys:
        return list({tuple(row[-plan.keys :]): row for row in rows}.values())
    if "ON CONFLICT" in plan.text:
        return sorted(rows, key=_FIRST)
    return list(rows)
