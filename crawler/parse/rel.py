"""What a link is for, by its `rel`."""

# Such a link names a host to be called, no document.
_CONNECTIONS = {"preconnect", "dns-prefetch"}


def only_connects(rel: str) -> bool:
    """Return whether a link of this `rel` does no more than open connections."""
    tokens = set(rel.lower().split())
    return bool(tokens) and tokens <= _CONNECTIONS
