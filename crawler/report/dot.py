"""The site as a graph for Graphviz: pages, the links between them, and what is broken in red."""

from collections.abc import AsyncGenerator

from crawler.report.printable import printable
from crawler.report.subject import Subject


async def dot_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the graph, an edge for each page that links to another."""
    yield "digraph site {"
    yield "  rankdir=LR; node [shape=box, fontname=sans];"
    async with subject.edges() as edges:
        async for edge in edges:
            ends = f"{_quoted(edge.source)} -> {_quoted(edge.target)}"
            broken = "color=red, fontcolor=red, label=broken, " if edge.broken else ""
            yield f"  {ends} [{broken}weight={edge.links}];"
    yield "}"


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
