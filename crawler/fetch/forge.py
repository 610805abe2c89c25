"""Pages that a forge has above a repository's files: issues, releases, badges."""

import os
import re
from pathlib import Path
from urllib.parse import urljoin

from crawler.repository import ABOVE

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
_TO_PAGES = 2


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


def page_of(forge: str, below: str) -> str | None:
    """Return the URL on a forge of the path `below`, with its query, if it is above the root.

    The files are in folders for their branch and for what shows them: there is nothing else.
    """
    above, path = 0, below
    while path.startswith(ABOVE):
        above, path = above + 1, path.removeprefix(ABOVE)
    return urljoin(f"{forge}blob/HEAD/", "../" * above + path) if above >= _TO_PAGES else None
