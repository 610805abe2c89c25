"""Where the database is: a file, or a schema on a PostgreSQL server."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from crawler.errors import UsageError

_SCHEMES = ("postgresql://", "postgres://")
_SECRETS = ("password", "sslpassword")
_WANTED = "a database is a file, or postgresql://..."
# As libpq takes an address too; shown as the name of a file it would tell its password.
_KEYWORD = re.compile(r"(?:^|\s)(host|hostaddr|port|dbname|user|password|service)\s*=")


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """A PostgreSQL database by its URL (libpq's connection URI); as text, without its password."""

    dsn: str

    def __str__(self) -> str:
        try:
            parts = urlsplit(self.dsn)
        except ValueError:
            return f"{self.dsn.partition('://')[0]}://..."
        user, at, place = parts.netloc.rpartition("@")
        if ":" in parts.netloc and not at and "@" in self.dsn:
            return f"{parts.scheme}://..."  # what stands here may be half of a password
        name, colon, _ = user.partition(":")
        options = "&".join(
            f"{key}=***" if key.lower() in _SECRETS else f"{key}={quote(value, safe='/')}"
            for key, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        netloc = f"{name}:***{at}{place}" if colon else parts.netloc
        return f"{parts.scheme}://{netloc}{parts.path}{options and '?'}{options}"

    __repr__ = __str__


Location = Path | Server


def location_of(written: str) -> Location:
    """Return what an option `--db` means; UsageError where it is neither file nor URL of ours."""
    if written.startswith(_SCHEMES):
        return Server(written)
    if keyword := _KEYWORD.search(written):
        raise UsageError(f"{keyword[1]}=...: {_WANTED}")
    scheme, colon, _ = written.partition("://")
    if colon:
        raise UsageError(f"{scheme}://...: {_WANTED}")
    if not written or "\0" in written:
        raise UsageError(f"{written!r}: {_WANTED}")
    return Path(written)
