"""The recipes work as they are written: each is run, or held against the schema of who reads it."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for

from crawler.cli import app, main
from tests.command import ROOT
from tests.night import Night
from tests.recipes import ACTION, TEXT, blocks, parsed, recipe
from tests.shell import script, shell
from tests.site import Site

pytestmark = pytest.mark.slow

SITE = "https://docs.example.org"


def validate(document: Any, schema: str) -> None:  # noqa: ANN401 - YAML is anything
    folder = files("check_jsonschema") / "builtin_schemas/vendor"
    known = json.loads((folder / f"{schema}.json").read_text("utf-8"))
    validator_for(known)(known).validate(document)


@pytest.mark.parametrize(
    ("document", "schema"),
    [
        (ACTION, "github-actions"),
        (recipe("jobs"), "github-workflows"),
        (recipe("links"), "gitlab-ci"),
    ],
    ids=["action", "workflow", "gitlab"],
)
def test_a_recipe_is_what_its_schema_demands(
    document: Any,  # noqa: ANN401 - YAML is anything
    schema: str,
) -> None:
    validate(document, schema)


@pytest.mark.parametrize("url", ["nowhere", "site"])
def test_cron_mails_what_this_night_said_and_nothing_older(tools: Path, url: str) -> None:
    here = tools.parent
    (here / "site").mkdir()
    (here / "site/index.html").write_text('<a href="gone">gone</a>')
    (here / "links.txt").write_text("of yesterday\n")
    script(tools / "mail", "cat > mailed.txt")
    (line,) = blocks("cron")
    command = line.split(maxsplit=5)[5].replace("/srv/links", str(here)).replace(f"{SITE}/", url)

    shell(command, tools)

    said = (here / "mailed.txt").read_text()
    assert "yesterday" not in said
    assert ("nowhere" if url == "nowhere" else "1 broken link") in said


def test_gitlab_is_given_an_image_with_what_the_installation_calls() -> None:
    job = recipe("links")["links"]

    assert any("git+https" in line for line in job["script"])
    assert "slim" not in job["image"], "there is no git in it"


def test_the_hook_looks_at_the_files_it_is_given(tools: Path) -> None:
    here = tools.parent
    (hook,) = parsed((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    subprocess.run(["git", "init", "--quiet", str(here)], check=True)
    (here / "docs").mkdir()
    (here / "docs/a.md").write_text("[b](../b.md#part)\n\n[no](no.md)\n")
    (here / "b.md").write_text("# Part\n[also](missing.md)\n")

    runs = [shell(f"{hook['entry']} docs/a.md", tools) for _ in range(2)]

    for ran in runs:
        assert ran.returncode == 1
        assert "1 broken link:" in ran.stdout
        assert "docs/no.md" in ran.stdout
    assert (here / ".git/crawler.db").is_file()
    assert recipe("repos")["repos"][0]["hooks"] == [{"id": hook["id"]}]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_units_of_systemd_are_sound(tmp_path: Path) -> None:
    names = ("crawler.service", "crawler.timer", "crawler-work@.service")
    for name, unit in zip(names, blocks("ini"), strict=True):
        (tmp_path / name).write_text(unit)

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names[1:])],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in ran.stderr.splitlines() if "crawler" in line] == []


def containers() -> list[Any]:
    """Return the containers of the recipe for Kubernetes: of the workers, and of the run."""
    made = {
        found["kind"]: found["spec"] for found in map(parsed, blocks("yaml")) if "kind" in found
    }
    pods = made["Deployment"], made["CronJob"]["jobTemplate"]["spec"]
    return [one for pod in pods for one in pod["template"]["spec"]["containers"]]


def test_workers_on_many_machines_do_what_the_command_can() -> None:
    unit = next(unit for unit in blocks("ini") if "crawler work" in unit)
    (started,) = re.findall(r"^ExecStart=/usr/bin/env crawler (.+)$", unit, re.MULTILINE)
    work, crawl = (one["args"] for one in containers())

    assert work == started.split()
    assert understood(work) == ("work", {})
    assert understood(crawl)[0] == "crawl"
    for one in containers():
        assert one["securityContext"]["readOnlyRootFilesystem"]
        assert one["envFrom"] == [{"secretRef": {"name": "crawler"}}]


def understood(words: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return which command has these arguments, and what they say."""
    command, values = app.understood(words)
    return command.__name__, values


def test_the_image_takes_what_there_is_and_runs_as_nobody() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    copied = [
        shlex.split(line)[1:-1] for line in lines if line.startswith("COPY") and "--" not in line
    ]
    kept = (ROOT / ".dockerignore").read_text().split()

    assert copied
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists()
        assert f"!{name}" in kept
    assert [line for line in lines if line.startswith("USER")] == ["USER 1000:1000"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server that answers as docs.example.org might."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "index.html").write_text('<a href="/">home</a>')
    (folder / "sitemap.xml").write_text("<urlset><url><loc>/</loc></url></urlset>")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def commands() -> list[str]:
    """Return the commands of the README that begin with ours, and need no server."""
    lines = [re.sub(r"\s+#\s.*", "", line.strip()) for line in TEXT.splitlines()]
    inline = re.findall(r"`((?:python -m )?crawler [^`\n]*)`", TEXT)
    ours = [line for line in lines if re.match(r"(python -m )?crawler( |$)", line)]
    return list(dict.fromkeys([*ours, *(each for each in inline if "URL" not in each)]))


def test_the_commands_that_take_a_server_are_understood() -> None:
    shared = [shlex.split(command)[1:] for command in commands() if "postgresql:" in command]

    assert {understood(words)[0] for words in shared} == {"crawl", "work"}


def test_every_command_of_the_readme_works_in_its_order(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("build/html", "docs", "seeds"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "build/html/index.html").write_text("<p>")
    (tmp_path / "docs/index.md").write_text("# Docs\n")
    (tmp_path / "README.md").write_text("[docs](docs/index.md)\n")
    (tmp_path / "seeds/site.txt").write_text("../build/html\n")
    monkeypatch.chdir(tmp_path)

    here = [command for command in commands() if "postgresql:" not in command]
    assert len(here) >= 9
    for command in here:
        known = command.replace("--run 7", "--run 1").replace("--from 3 --to 9", "--from 1 --to 7")
        words = shlex.split(known.replace(SITE, served))
        assert main(words[3 if words[0] == "python" else 1 :]) == 0, (command, capsys.readouterr())


def test_what_is_piped_into_the_command_is_checked(tools: Path) -> None:
    here = tools.parent
    (piped,) = [line.strip() for line in TEXT.splitlines() if "| crawler -" in line]
    subprocess.run(["git", "init", "--quiet", str(here)], check=True)
    (here / "a.md").write_text("[no](no.md)\n")
    subprocess.run(["git", "-C", str(here), "add", "a.md"], check=True)

    assert "1 broken link:" in shell(piped.partition(" #")[0], tools).stdout


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipes") / "crawl.db"
    main([str(ROOT / "seeds/site"), "--db", str(path), "--output", os.devnull])
    return path


def test_what_datasette_is_told_to_ask_is_answered(database: Path) -> None:
    crawl = recipe("databases")["databases"]["crawl"]
    with closing(sqlite3.connect(database)) as connection:
        target = connection.execute("SELECT target FROM links LIMIT 1").fetchone()[0]
        for query in crawl["queries"].values():
            values = {"target": target} if ":target" in query["sql"] else {}
            assert connection.execute(query["sql"], values).fetchall()
        for table, said in crawl["tables"].items():
            connection.execute(f"SELECT {said['sort_desc']} FROM {table}")  # noqa: S608 - ours


async def test_datasette_is_told_to_ask_who_links_to_a_page_now(site: Site, night: Night) -> None:
    query = recipe("databases")["databases"]["crawl"]["queries"]["renamed"]["sql"]
    for path in ("/page", "/other"):
        site.links("/", path)
        await night.crawl(site.url())

    with closing(sqlite3.connect(night.db)) as connection:
        found = [
            connection.execute(query, {"target": site.url(path)}).fetchall()
            for path in ("/page", "/other")
        ]
    assert found == [[], [(site.url(), 1, "")]]


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="needs sqlite3")
def test_the_database_is_asked_as_the_readme_says(database: Path) -> None:
    (command,) = [line.strip() for line in TEXT.splitlines() if line.startswith("    sqlite3 ")]
    words = shlex.split(command.replace("data/crawl.db", str(database)))

    ran = subprocess.run(words, capture_output=True, text=True, check=True)

    assert len(ran.stdout.splitlines()) > 1
