"""Pages for whoever has an account, and what stands in the place of them for all others."""

import re

_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)


def asks_for_password(body: bytes) -> bool:
    """Return whether a page has a field for a password: it may stand in the place of others."""
    return _PASSWORD.search(body) is not None
