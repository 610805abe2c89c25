"""The renewal of our views: views that others built on them stay, and so do the rights to read."""

from asyncpg import Connection, DependentObjectsStillExistError, InvalidTableDefinitionError

from crawler.errors import UsageError
from crawler.location import Server
from crawler.store.postgres.schema import OURS, views_to_make

_RETIRED = """
SELECT relname
FROM pg_class
WHERE relkind = 'v' AND relnamespace = to_regnamespace(quote_ident(current_schema()))
    AND obj_description(oid, 'pg_class') = $1 AND relname <> ALL ($2)
"""

# Those of ours that go with one.
_LEANING = """
WITH RECURSIVE leaning (id) AS (
    SELECT CAST(CAST($1 AS TEXT) AS REGCLASS)
    UNION
    SELECT CAST(pg_rewrite.ev_class AS REGCLASS)
    FROM leaning
    JOIN pg_depend ON pg_depend.refclassid = CAST('pg_class' AS REGCLASS)
        AND pg_depend.refobjid = leaning.id
        AND pg_depend.classid = CAST('pg_rewrite' AS REGCLASS)
    JOIN pg_rewrite ON pg_rewrite.oid = pg_depend.objid
)
SELECT relname FROM leaning JOIN pg_class ON pg_class.oid = leaning.id WHERE relname = ANY ($2)
"""

_RIGHTS = """
SELECT format(
    'GRANT %s ON %I TO %s',
    privilege_type,
    relname,
    CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
)
FROM pg_class
CROSS JOIN aclexplode(relacl)
WHERE relname = ANY ($1) AND relnamespace = to_regnamespace(quote_ident(current_schema()))
    AND grantee <> relowner
"""

# Who could read all that was ours is to read what is new too: reports need every view.
_RIGHTS_TO_NEW = """
WITH ours AS (
    SELECT relname, relacl, relowner
    FROM pg_class
    WHERE relkind = 'v' AND relname = ANY (CAST($1 AS TEXT[]))
        AND relnamespace = to_regnamespace(quote_ident(current_schema()))
), readers AS (
    SELECT grantee
    FROM ours
    CROSS JOIN aclexplode(relacl)
    WHERE privilege_type = 'SELECT' AND grantee <> relowner
    GROUP BY grantee
    HAVING count(DISTINCT relname) = (SELECT count(*) FROM ours)
)
SELECT format(
    'GRANT SELECT ON %I TO %s',
    view,
    CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
)
FROM readers
CROSS JOIN unnest(CAST($1 AS TEXT[])) AS view
WHERE view NOT IN (SELECT relname FROM ours)
"""


async def renew(connection: Connection, server: Server) -> None:
    """Write our views over those that are there, inside the open transaction.

    Where that cannot be, as a column went or changed its place, one is made anew, with those that
    lean on it, for the same readers: UsageError where a view of somebody else leans on it too.
    """
    views = views_to_make()
    await _retire(connection, list(views))
    rights = [right for (right,) in await connection.fetch(_RIGHTS_TO_NEW, list(views))]
    for name, statement in views.items():
        try:
            async with connection.transaction():
                await connection.execute(statement)
        except InvalidTableDefinitionError:
            rights += await _dropped(connection, server, name)
            await connection.execute(statement)
    for right in rights:
        await connection.execute(right)


async def _retire(connection: Connection, ours: list[str]) -> None:
    """Drop what was a view of ours, unless others lean on it."""
    retired = [name for (name,) in await connection.fetch(_RETIRED, OURS, ours)]
    if retired:
        try:
            async with connection.transaction():
                await connection.execute(f"DROP VIEW {', '.join(retired)}")
        except DependentObjectsStillExistError:
            pass


async def _dropped(connection: Connection, server: Server, name: str) -> list[str]:
    """Drop a view with those of ours that lean on it; return what gives their readers them back."""
    names = [each for (each,) in await connection.fetch(_LEANING, name, list(views_to_make()))]
    rights = [right for (right,) in await connection.fetch(_RIGHTS, names)]
    try:
        await connection.execute(f"DROP VIEW {', '.join(names)}")
    except DependentObjectsStillExistError as error:
        said = "; ".join(str(error.detail).splitlines())
        raise UsageError(
            f"{server}: cannot be brought up to date, as {name} has other columns now: {said};"
            " drop what is yours of these, and make it again afterwards"
        ) from error
    return rights
