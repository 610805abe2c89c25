"""Promises of the GitHub action: each of its steps is run, as a job would run it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.command import ROOT
from tests.recipes import ACTION, recipe
from tests.shell import script, shell

pytestmark = pytest.mark.slow


def step(name: str) -> str:
    return next(str(each["run"]) for each in ACTION["runs"]["steps"] if each.get("name") == name)


def crawled(tools: Path, options: str, urls: str = "site") -> subprocess.CompletedProcess[str]:
    """Run the step that crawls, on the folder `site` beside the tools."""
    here = tools.parent
    return shell(
        step("Crawl"),
        tools,
        RUNNER_TEMP=str(here / "runner"),
        GITHUB_OUTPUT=str(here / "output"),
        GITHUB_STEP_SUMMARY=str(here / "summary"),
        URLS=urls,
        OPTIONS=options,
        FAIL_ON="",
    )


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    step = recipe("jobs")["jobs"]["links"]["steps"][-1]

    assert step["with"].keys() <= ACTION["inputs"].keys()


def test_the_action_crawls_and_tells_what_is_broken(tools: Path) -> None:
    here = tools.parent
    (here / "site").mkdir()
    (here / "site/index.html").write_text('<a href="gone">gone</a>')

    ran = crawled(tools, "--depth all --progress none")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert (here / "output").read_text() == "status=1\n"
    assert "::error file=site/index.html,line=1," in ran.stdout
    assert (here / "summary").read_text().startswith("## 1 broken link\n")
    assert shell(step("Say whether links are broken"), tools, STATUS="1").returncode == 1


def test_the_action_names_the_files_that_the_site_is_made_from(tools: Path) -> None:
    here = tools.parent
    (here / "site").mkdir()
    (here / "site/index.html").write_text('<p>Once.\n<p><a href="gone">gone</a>')
    (here / "docs").mkdir()
    (here / "docs/index.md").write_text("[gone](gone)\n")

    ran = crawled(tools, "--depth all --sources docs --progress none")

    assert "::error file=docs/index.md,line=1," in ran.stdout


def test_the_action_says_why_a_run_cannot_be_trusted(tools: Path) -> None:
    ran = crawled(tools, "--progress none", f"http://127.0.0.1:{unused_port()}/")

    assert ran.returncode == 3
    assert "::warning title=What was checked::The run cannot be trusted: the seed" in ran.stdout
    assert (tools.parent / "summary").read_text().startswith("## The run says little")


def test_the_action_takes_options_as_a_shell_does(tools: Path) -> None:
    here = tools.parent
    (here / "site").mkdir()
    (here / "site/index.html").write_text('<a href="gone">gone</a><a href="so%20gone">gone</a>')
    (here / "crawler.toml").write_text('fail-on = "new"\n')

    options = "--depth all\n--progress none\n--exclude '/so%20gone$' --exclude \"so gone\"\n"
    first, second = crawled(tools, options), crawled(tools, options)

    assert [(ran.returncode, ran.stderr) for ran in (first, second)] == [(0, "")] * 2
    assert first.stdout.count("::error") == 1
    assert (here / "output").read_text() == "status=1\nstatus=0\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--format json", "::error::The action sets --format itself"),
        ("--depth all --db=a.db", "::error::The action sets --db itself"),
        ("--exclude 'a", "::error::The options of the action cannot be read: No closing quotation"),
        ("--user-agent ''", "crawler: user-agent must say something: hosts want to know who asks"),
    ],
)
def test_the_action_says_in_a_line_which_options_it_cannot_take(
    tools: Path, options: str, said: str
) -> None:
    ran = crawled(tools, options)

    assert (ran.returncode, ran.stderr) == (2, f"{said}\n")


@pytest.mark.parametrize(
    ("report", "number", "asked"),
    [
        ("## 1 broken link", "", ["list", "create", "create"]),
        ("## 1 broken link", "7", ["list", "edit 7"]),
        ("## No broken links", "7", ["list", "close 7"]),
        ("## No broken links", "", ["list"]),
    ],
    ids=["opened", "updated", "closed", "left"],
)
def test_the_action_keeps_one_issue(
    tools: Path, report: str, number: str, asked: list[str]
) -> None:
    here = tools.parent
    (here / "runner/links.md").write_text(f"{report}\n")
    script(tools / "gh", f'echo "$@" >> {here}/gh.log; test "$2" != list || echo "{number}"')

    ran = shell(step("Open, update or close the issue"), tools, RUNNER_TEMP=str(here / "runner"))

    assert (ran.returncode, ran.stderr) == (0, "")
    log = [line.split(" ", 1)[1] for line in (here / "gh.log").read_text().splitlines()]
    assert [line[: len(words)] for line, words in zip(log, asked, strict=True)] == asked


def test_the_issue_is_one_of_the_repository_whatever_the_job_has_checked_out() -> None:
    (issue,) = [each for each in ACTION["runs"]["steps"] if "gh issue" in str(each.get("run"))]

    assert issue["env"]["GH_REPO"] == "${{ github.repository }}"


@pytest.mark.parametrize("newest", ["", "41"])
def test_the_action_fetches_the_newest_database(tools: Path, newest: str) -> None:
    here = tools.parent
    shutil.make_archive(str(here / "kept"), "zip", ROOT / "seeds/site", "robots.txt")
    script(
        tools / "gh",
        f'case "$2" in */zip) cat {here}/kept.zip;; *) echo "{newest}";; esac',
    )
    script(tools / "unzip", f'exec {sys.executable} -m zipfile -e "$3" "$5"')
    fetch = step("Fetch the database of the nights before")

    ran = shell(fetch, tools, RUNNER_TEMP=str(here / "runner"), GITHUB_REPOSITORY="o/r")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert (here / "data/robots.txt").is_file() is bool(newest)


@pytest.mark.skipif(shutil.which("jq") is None, reason="asks what GitHub answers")
@pytest.mark.parametrize(
    ("branch", "newest"),
    [("main", "3"), ("feature/x", "5"), ('a"b', "")],
    ids=["own", "other", "none"],
)
def test_the_action_fetches_the_database_of_its_branch(
    tools: Path, branch: str, newest: str
) -> None:
    here = tools.parent
    here_too = {"repository_id": 7, "head_repository_id": 7}
    runs = [
        (6, False, {"repository_id": 7, "head_repository_id": 8, "head_branch": "main"}),
        (5, False, here_too | {"head_branch": "feature/x"}),
        (4, True, here_too | {"head_branch": "main"}),
        (3, False, here_too | {"head_branch": "main"}),
        (2, False, here_too | {"head_branch": "main"}),
    ]
    found = [{"id": id_, "expired": old, "workflow_run": run} for id_, old, run in runs]
    (here / "artifacts.json").write_text(json.dumps({"artifacts": found}))
    script(
        tools / "gh",
        f'echo "$@" >> {here}/gh.log; for query in "$@"; do :; done\n'
        f'case "$2" in */zip) ;; *) jq -r "$query" {here}/artifacts.json;; esac',
    )
    script(tools / "unzip", "")

    ran = shell(
        step("Fetch the database of the nights before"),
        tools,
        RUNNER_TEMP=str(here / "runner"),
        GITHUB_REPOSITORY="o/r",
        ARTIFACT="docs database",
        BRANCH=branch,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    asked, *fetched = (here / "gh.log").read_text().splitlines()
    assert " name=docs database " in asked
    assert fetched == ([f"api repos/o/r/actions/artifacts/{newest}/zip"] if newest else [])


def test_a_job_that_is_run_again_keeps_its_database_and_its_issue() -> None:
    (upload,) = [each for each in ACTION["runs"]["steps"] if "upload" in str(each.get("uses"))]

    assert (upload["with"]["overwrite"], upload["with"]["name"]) == (True, "${{ inputs.artifact }}")
