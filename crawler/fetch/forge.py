"""Pages that a repository has on its forge, beside its files: issues, releases, badges."""

import os
import re
from pathlib import Path

from crawler.fetch.listing import SUFFIXES

_ORIGIN = re.compile(r"^\[remote \"origin\"\](?:(?!^\[)[\s\S])*?^\s*url\s*=\s*(\S+)", re.MULTILINE)
# As URLs and as SSH has them, where `github.com-work` may be an alias.
_ADDRESS = re.compile(
    r"(?:\w+://)?(?:[^/@\s]*@)?(?:www\.|ssh\.|altssh\.)?(?P<host>github\.com|gitlab\.com)(?:-[\w.-]+)?"
    r"(?::\d+(?=/))?[:/](?P<name>[^\s?#/]+(?:/[^\s?#/]+?)+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"gitdir:\s*(.+?)\s*", re.DOTALL)
# What stands between a repository and its pages.
_BETWEEN = {"github.com": "", "gitlab.com": "-/"}
_OF_FILES = frozenset(("blame", "blob", "commits", "edit", "raw", "tree", "wiki", "wikis"))
_PAGES = _OF_FILES | frozenset(
    (
        *("actions", "activity", "archive", "badges", "branches", "commit", "compare"),
        *("contributors", "discussions", "fork", "forks", "graphs", "issues", "labels"),
        *("merge_requests", "milestone", "milestones", "network", "pipelines", "projects"),
        *("pull", "pulls", "pulse", "releases", "security", "stargazers", "tags", "watchers"),
        "workflows",
    )
)


def forge_of(root: Path) -> str | None:
    """Return what the pages of the repository at `root` begin with; None where nobody knows.

    It is that of its remote `origin`, on GitHub or GitLab.
    """
    try:
        origin = _ORIGIN.search(_text(_git(root) / "config"))
    except (OSError, ValueError):  # of a path with a zero in it
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
    named = _ELSEWHERE.fullmatch(_text(git))
    git = root / named[1] if named else git
    common = git / "commondir"
    return git / _text(common).strip() if common.is_file() else git


def _text(path: Path) -> str:
    return os.fsdecode(path.read_bytes())


def is_page(below: str, root: Path) -> bool:
    """Return whether `below` may be the path of a forge's page: nothing at `root` is named so.

    A link to one leads two folders up from the root, above the branch that the files are in; how
    far up it led, a URL does not tell.
    """
    path = below.partition("?")[0]
    name = path.partition("/")[0]
    if name not in _PAGES or os.path.lexists(root / name):
        return False
    return name in _OF_FILES or not path.lower().endswith(SUFFIXES)
