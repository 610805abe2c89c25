"""What a crawl need not load, it does not: who waits for the first request waits for imports."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from tests import command

pytestmark = pytest.mark.slow

# Only for who asks for them: the page and its charts, a live page, a terminal, the help, others.
LATER = {"aiohttp.web", "docstring_parser", "importlib.resources", "jinja2", "markupsafe", "pygal"}
LATER |= {"rich", "crawler.cli.help", "crawler.cli.live", "crawler.report.json"}
LATER |= {"crawler.engine.leading", "crawler.engine.membership", "crawler.store.leases"}
CRAWL = "from crawler.cli import main; main(sys.argv[1:])"
# Ctrl-C, in the midst of the imports.
INTERRUPTED = """
import runpy, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "crawler.settings":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
runpy.run_module("crawler", run_name="__main__")
"""


def loaded(code: str, *arguments: str, folder: Path) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)", *arguments],
        cwd=folder,
        env=command.untraced(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.splitlines()[-1].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<title>Here</title>")
    return tmp_path


def test_a_crawl_loads_only_what_every_crawl_needs(folder: Path) -> None:
    modules = loaded(CRAWL, "site", folder=folder)

    assert "crawler.report.text" in modules
    assert not modules & LATER


def test_who_interrupts_the_imports_gets_no_traceback(folder: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        cwd=folder,
        env=command.untraced(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (told.returncode, told.stdout, told.stderr) == (130, "", "")


def test_a_report_loads_its_own_format_and_no_other(folder: Path) -> None:
    modules = loaded(CRAWL, "site", "--format", "jsonl", folder=folder)

    assert "crawler.report.json" in modules
    assert "crawler.report.text" not in modules


def test_a_crawl_leaves_what_is_loaded_out_of_its_collections(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = []

    async def crawl(*_: object) -> int:
        frozen.append(gc.get_freeze_count())
        return 0

    monkeypatch.setattr("crawler.cli.crawl._run", crawl)

    assert main([str(folder / "site"), "--db", str(folder / "crawl.db")]) == 0
    assert frozen[0] > 10_000
    assert gc.get_freeze_count() == 0


def test_a_parser_process_loads_nothing_of_the_crawl(folder: Path) -> None:
    modules = loaded("import crawler.parse.__main__", folder=folder)

    assert "selectolax" in modules
    assert not modules & (LATER | {"aiohttp", "asyncio", "crawler.model", "dataclasses", "inspect"})
