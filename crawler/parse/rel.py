"""What a link is for, by its `rel`."""

# Such a link names a host to be called, or where programs write to; nothing there is to be read.
_NO_DOCUMENTS = {
    *("preconnect", "dns-prefetch"),
    *("pingback", "webmention", "micropub"),
    *("authorization_endpoint", "token_endpoint", "indieauth-metadata"),
}


def names_no_document(rel: str) -> bool:
    """Return whether a link of this `rel` leads to nothing that a browser fetches."""
    tokens = set(rel.lower().split())
    return bool(tokens) and tokens <= _NO_DOCUMENTS
