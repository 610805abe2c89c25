"""JSON that stands in pages, which may be anything."""

import json


def json_in(source: str) -> object:
    """Return the value that `source` writes; None where it is no JSON, or too deep."""
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None


def whole(text: str) -> str:
    """Return a `text` of JSON with `?` for halves of characters: these can be written nowhere."""
    return text.encode("utf-8", "replace").decode()
