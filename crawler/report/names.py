"""The names of the formats of reports."""

from typing import Literal

Format = Literal[
    "text",
    "html",
    "json",
    "jsonl",
    "csv",
    "markdown",
    "junit",
    "sarif",
    "github",
    "dot",
    "sitemap",
]
