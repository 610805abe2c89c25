"""What a link is for, by its `rel`."""

# Such a link names a host to be called, where programs write to, or a vocabulary (RFC 6906);
# nothing there is to be read.
_NO_DOCUMENTS = {
    *("preconnect", "dns-prefetch"),
    *("pingback", "webmention", "micropub", "microsub", "hub"),
    *("authorization_endpoint", "token_endpoint", "indieauth-metadata"),
    *("openid.server", "openid2.provider"),
    "profile",
}
# Of Dublin Core: which vocabulary the names of `<meta>` are from.
_VOCABULARY = "schema."


def names_no_document(rel: str) -> bool:
    """Return whether a link of this `rel` leads to nothing that a browser fetches."""
    tokens = set(rel.lower().split())
    return bool(tokens) and all(
        token in _NO_DOCUMENTS or token.startswith(_VOCABULARY) for token in tokens
    )
