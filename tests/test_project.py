"""What the project promises of its files, its locks and its make targets."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

ALLOWED = re.compile(
    r"\..+|crawler|tests|seeds|data|Makefile|LICENSE|Dockerfile|action\.yml|pyproject\.toml"
    r"|requirements(-\w+)?\.txt|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md"
)
REGISTRY = re.compile(
    r"py[p]i\.org|python[h]osted\.org|np[m]js\.(?:org|com)|crat[e]s\.io|proxy\.gol[a]ng\.org"
    r"|mav[e]n\.(?:apache\.)?org|deb\.deb[i]an\.org"
)
MACHINE_PATH = re.compile(
    r"(?<![\w.-])/(?:wor[k]/(?:main|shared)|tmp/la[b]|roo[t]|hom[e]/\w+|User[s]/\w+)/"
)

PIN = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; [^\n\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n", re.MULTILINE
)

# They answer to `-c CODE` as an interpreter of another kind would.
TOO_OLD = "exec '{python}' -c \"import sys; sys.version_info = (3, 9, 2); $2\""
WITHOUT_VENV = "exec '{python}' -c \"import sys; sys.modules['ensurepip'] = None; $2\""


def test_the_top_level_holds_nothing_unexpected() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in _tracked()}

    assert [name for name in sorted(top) if not ALLOWED.fullmatch(name)] == []


@pytest.mark.parametrize("unwanted", [REGISTRY, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_file_is_bound_to_a_registry_or_a_machine(unwanted: re.Pattern[str]) -> None:
    texts = {path: path.read_text(errors="replace") for path in _tracked()}

    assert [path for path, text in texts.items() if unwanted.search(text)] == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.txt", ["build"]), ("requirements-dev.txt", ["build", "dev"])],
)
def test_a_lock_has_all_that_pyproject_asks_for(lock: str, groups: list[str]) -> None:
    pins = _pins(lock)
    wanted = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        wanted += [line for line in PROJECT["dependency-groups"][group] if isinstance(line, str)]

    for requirement in map(Requirement, wanted):
        version = pins[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"make lock: {requirement}"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_of_a_lock_is_a_version_or_its_hash(lock: str) -> None:
    assert PIN.sub("", (ROOT / lock).read_text()) == ""


def test_developers_run_the_versions_that_users_run() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-dev.txt").items()


def test_the_build_is_locked_too() -> None:
    assert PROJECT["build-system"]["requires"] == PROJECT["dependency-groups"]["build"]


@pytest.mark.slow
def test_what_the_package_imports_it_also_asks_for() -> None:
    project = PROJECT["project"]
    lines = chain(project["dependencies"], *project["optional-dependencies"].values())
    asked = {canonicalize_name(Requirement(line).name) for line in lines}
    distributions = packages_distributions()
    imported = {
        canonicalize_name(distribution)
        for path in (ROOT / "crawler").rglob("*.py")
        for name in _imports(path)
        for distribution in distributions.get(name, [])
    }

    assert imported - {"crawler"} <= asked


def test_make_help_lists_every_target() -> None:
    declared = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared

    listed = _make(ROOT, "help").stdout

    assert re.findall(r"^  make ([\w-]+)", listed, re.MULTILINE) == declared[1].split()


@pytest.mark.parametrize("target", ["crawl", "test"])
@pytest.mark.parametrize(
    ("interpreter", "advice"),
    [
        (TOO_OLD, "Python 3.11 or newer is needed"),
        ("exit 127", "Python 3.11 or newer is needed"),
        (WITHOUT_VENV, "apt install python3-venv"),
    ],
    ids=["too old", "broken", "without venv"],
)
def test_an_unfit_interpreter_gets_one_line_of_advice(
    tmp_path: Path, target: str, interpreter: str, advice: str
) -> None:
    project = _copy_of_the_project(tmp_path)
    python = _script(tmp_path / "python", interpreter.format(python=sys.executable))

    result = _make(project, target, f"PYTHON={python}")

    said, by_make = result.stderr.splitlines()
    assert advice in said
    assert by_make.startswith("make")
    assert result.returncode != 0
    assert not list(project.glob(".venv*"))


def test_a_whole_environment_is_not_made_again(tmp_path: Path) -> None:
    project = _project_with_an_environment(tmp_path)

    assert _is_ready(project)


def test_an_environment_cut_short_is_made_again(tmp_path: Path) -> None:
    project = _project_with_an_environment(tmp_path)
    (project / ".venv/ready").unlink()

    assert not _is_ready(project)


@pytest.mark.parametrize("changed", ["requirements.txt", "pyproject.toml"])
def test_an_environment_older_than_what_it_is_made_from_is_made_again(
    tmp_path: Path, changed: str
) -> None:
    project = _project_with_an_environment(tmp_path)
    later = (project / ".venv/ready").stat().st_mtime + 2
    os.utime(project / changed, (later, later))

    assert not _is_ready(project)


def test_an_environment_whose_python_is_gone_is_made_again(tmp_path: Path) -> None:
    project = _project_with_an_environment(tmp_path)
    (project / ".venv/bin/python").unlink()

    assert not _is_ready(project)


def test_an_environment_that_was_moved_is_made_again(tmp_path: Path) -> None:
    moved = _project_with_an_environment(tmp_path).rename(tmp_path / "moved")

    assert not _is_ready(moved)


def test_an_environment_of_another_version_than_asked_for_is_made_again(tmp_path: Path) -> None:
    project = _project_with_an_environment(tmp_path)
    other = _script(tmp_path / "python", "echo Python 3.99.0")

    assert not _is_ready(project, f"PYTHON={other}")


@pytest.mark.parametrize(
    ("status", "accepted"), [(0, True), (1, True), (2, False), (3, False), (4, False), (130, False)]
)
def test_make_crawl_accepts_broken_links_and_no_other_failure(
    tmp_path: Path, status: int, *, accepted: bool
) -> None:
    project = _project_with_an_environment(tmp_path, status)

    assert (_make(project, "crawl").returncode == 0) is accepted


def test_make_check_runs_every_test_ends_in_make_test_and_demands_coverage(tmp_path: Path) -> None:
    project = _copy_of_the_project(tmp_path)

    test, slow, check = (_dry_run(project, target) for target in ("test", "slow", "check"))

    (quick_ones,), (slow_ones,) = test, slow
    assert slow_ones == quick_ones.replace('-m "not slow"', "-m slow") != quick_ones
    assert [each.partition(" --cov")[0] for each in check] == [slow_ones, quick_ones]
    assert check[1] == f"{quick_ones} --cov --cov-append"


def _dry_run(project: Path, target: str) -> list[str]:
    """Return the commands of pytest that a target comes to."""
    said = _make(project, "--dry-run", target).stdout
    return [line.strip() for line in said.splitlines() if "-m pytest" in line]


def _tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git clone")
    paths = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def _pins(lock: str) -> dict[str, Version]:
    text = (ROOT / lock).read_text()
    return {canonicalize_name(name): Version(version) for name, version in PIN.findall(text)}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _make(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}  # of the make that runs the tests
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _is_ready(project: Path, *arguments: str) -> bool:
    return _make(project, "--question", ".venv/ready", *arguments).returncode == 0


def _copy_of_the_project(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy2(ROOT / name, project)
    return project


def _project_with_an_environment(folder: Path, crawl_status: int = 0) -> Path:
    """Return a copy of the project with a stand-in for an installed `.venv`."""
    project = _copy_of_the_project(folder)
    (project / ".venv/bin").mkdir(parents=True)
    _script(project / ".venv/bin/python", f'test "$1" = -c || exit {crawl_status}')
    (project / ".venv/ready").write_text(f"{project.resolve()}\n")
    return project


def _script(path: Path, command: str) -> Path:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)
    return path
