"""Where the database is: a file, or a schema on a PostgreSQL server."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

_SCHEMES = ("postgresql://", "postgres://")
_SECRETS = ("password", "sslpassword")


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
        name, colon, _ = user.partition(":")
        options = "&".join(
            f"{key}=***" if key in _SECRETS else f"{key}={quote(value, safe='/')}"
            for key, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        netloc = f"{name}:***{at}{place}" if colon else parts.netloc
        return f"{parts.scheme}://{netloc}{parts.path}{options and '?'}{options}"

    __repr__ = __str__


Location = Path | Server


def location_of(written: str) -> Location:
    """Return what an option `--db` means."""
    return Server(written) if written.startswith(_SCHEMES) else Path(written)
