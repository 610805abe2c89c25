"""Built sites in folders, and how they answer."""

from pathlib import Path

from crawler.fetch.folder import Folder
from crawler.model import Answer

SITE = "http://site.localhost"
SECRET = b"not for the world"
PAGE = b"<p>page</p>"
MAX_BODY = 1000


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def folder(root: Path, files: dict[str, bytes] | None = None, url: str = f"{SITE}/") -> Folder:
    write(root, files or {})
    return Folder.at(root, url)


def get(site: Folder, path: str) -> Answer:
    return site.answer(site.host + path, "GET", MAX_BODY)


def status(site: Folder, path: str) -> int | None:
    return get(site, path).fetch.status


def location(site: Folder, path: str) -> tuple[int | None, str | None]:
    answer = get(site, path)
    return answer.fetch.status, answer.headers.get("location")
