"""Pages that a repository has on its forge, beside its files: issues, releases, badges."""

import re
from pathlib import Path

_ORIGIN = re.compile(r"^\[remote \"origin\"\]$[^\[]*?^\s*url\s*=\s*(\S+)$", re.MULTILINE)
# As URLs and as SSH has them, where `github.com-work` may be an alias.
_ADDRESS = re.compile(
    r"(?:\w+://)?(?:[^/@\s]*@)?(?:www\.|ssh\.|altssh\.)?(?P<host>github\.com|gitlab\.com)(?:-\w+)?"
    r"(?::\d+(?=/))?[:/](?P<name>[^\s?#/]+(?:/[^\s?#/]+?)+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"gitdir:\s*(.+?)\s*", re.DOTALL)
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
        origin = _ORIGIN.search((_git(root) / "config").read_text("utf-8", "replace"))
    except OSError:
        return None
    address = origin and _ADDRESS.fullmatch(origin[1])
    if not address:
        return None
    host = address["host"].lower()
    return f"https://{host}/{address['name']}/{_BETWEEN[host]}"


def _git(root: Path) -> Path:
    """Return git's own folder of the repository at `root`, which may be a worktree or submodule.

    Documentation of git, "gitrepository-layout": there `.git` is a file that names it.
    """
    git = root / ".git"
    if not git.is_file():
        return git
    named = _ELSEWHERE.fullmatch(git.read_text("utf-8", "replace"))
    git = root / named[1] if named else git
    common = git / "commondir"
    return git / common.read_text("utf-8").strip() if common.is_file() else git


def is_page(below: str, root: Path) -> bool:
    """Return whether `below` is the path of a forge's page, where nothing at `root` is named so.

    A link to it leads two folders up from the root, above the branch that the files are in.
    """
    name = re.split("[/?]", below, maxsplit=1)[0]
    return name in _PAGES and not (root / name).exists()
