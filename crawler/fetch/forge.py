"""Pages that a repository has on its forge, beside its files: issues, releases, badges."""

import re
from pathlib import Path

_ORIGIN = re.compile(r"^\[remote \"origin\"\]$[^\[]*?^\s*url\s*=\s*(\S+)$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:https?://(?:[^/@]*@)?|(?:ssh://)?git@)(?P<host>github\.com|gitlab\.com)[:/]"
    r"(?P<name>[^\s?#]+?/[^\s?#]+?)(?:\.git)?/?"
)
# What stands between a repository and its pages.
_BETWEEN = {"github.com": "", "gitlab.com": "-/"}
_PAGES = frozenset(
    (
        *("actions", "activity", "archive", "blame", "blob", "branches", "commit", "commits"),
        *("compare", "contributors", "deployments", "discussions", "edit", "fork", "forks"),
        *("graphs", "issues", "jobs", "labels", "merge_requests", "milestone", "milestones"),
        *("network", "packages", "pipelines", "projects", "pull", "pulls", "pulse", "raw"),
        *("releases", "security", "settings", "stargazers", "starrers", "tags", "tree"),
        *("watchers", "wiki", "wikis"),
    )
)


def forge_of(root: Path) -> str | None:
    """Return what the pages of the repository at `root` begin with; None where nobody knows.

    It is that of its remote `origin`, on GitHub or GitLab.
    """
    try:
        config = (root / ".git/config").read_text("utf-8", "replace")
    except OSError:
        return None
    origin = _ORIGIN.search(config)
    address = origin and _ADDRESS.fullmatch(origin[1])
    if not address:
        return None
    return f"https://{address['host']}/{address['name']}/{_BETWEEN[address['host']]}"


def is_page(below: str, root: Path) -> bool:
    """Return whether `below` is the path of a forge's page, where nothing at `root` is named so.

    A link to it leads two folders up from the root, above the branch that the files are in.
    """
    name = re.split("[/?]", below, maxsplit=1)[0]
    return name in _PAGES and not (root / name).exists()
