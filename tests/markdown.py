"""A Markdown file of a folder, as the parser reads it."""

from crawler.document import Document
from crawler.parse.document import Parser

GFM = "text/markdown; charset=utf-8; variant=GFM"


def read(text: str) -> Document:
    document = Parser().parse(text.encode(), "http://docs.localhost/a.md", GFM, follow=True)
    assert document is not None
    return document


def places(document: Document) -> list[tuple[str, str, int | None]]:
    return [(link.kind, link.href, link.line) for link in document.links]
