"""Built sites to crawl: Debian's documentation, any folder, or a small site made for this."""

import os
import pwd
import re
import shutil
import socket
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.bench import server
from tests.bench.web import Web

NAMES = ("python3.11-doc", "linux-doc-6.1")
GENERATED = "generated"

_FOLDERS = {
    "python3.11-doc": Path("/usr/share/doc/python3.11/html"),
    "linux-doc-6.1": Path("/usr/share/doc/linux-doc-6.1/html"),
}
_NGINX = """
daemon off;
{user}
worker_processes 1;
pid {temporary}/nginx.pid;
error_log {temporary}/error.log;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types;
    log_format path '$uri';
    access_log {temporary}/access.log path;
    client_body_temp_path {temporary}/client;
    proxy_temp_path {temporary}/proxy;
    fastcgi_temp_path {temporary}/fastcgi;
    uwsgi_temp_path {temporary}/uwsgi;
    scgi_temp_path {temporary}/scgi;
    sendfile on;
    keepalive_requests 1000000;
    open_file_cache max=20000;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root "{folder}";
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A corpus on loopback: its root, all its pages, and the log of what was asked for, if any."""

    name: str
    root: str
    pages: Sequence[str]
    log: Path | None

    @property
    def origin(self) -> str:
        return self.root[: self.root.index("/", 8)]

    def forget(self) -> None:
        """Let the log begin anew."""
        if self.log:
            self.log.write_bytes(b"")

    def asked(self) -> int | None:
        """Return how many different paths were asked for since the log began; None without log."""
        return len(set(self.log.read_bytes().splitlines())) if self.log else None


def missing(name: str, site: Path | None) -> str | None:
    """Return why the corpus `name`, or the folder `site` in its place, cannot be served, if so."""
    if name == GENERATED:
        return None
    if shutil.which("nginx") is None:
        return "nginx is not installed"
    folder = site or _FOLDERS[name]
    return None if folder.is_dir() else f"{folder} is not there"


@contextmanager
def serve(name: str, site: Path | None, temporary: Path) -> Generator[Served]:
    """Serve the corpus `name`, or the folder `site` in its place, while the block lasts."""
    port = free_port()
    if name == GENERATED:
        web = Web(200, 1, port)
        with server.started("tests.bench.web", web.size, web.hosts, port):
            yield Served(name, web.url(0), [web.url(each) for each in range(web.size)], None)
        return
    folder = (site or _FOLDERS[name]).resolve()
    with _nginx(folder, port, temporary):
        root = f"http://127.0.0.1:{port}/"
        log = temporary / "access.log"
        yield Served(name, root, [root + page for page in _pages(folder)], log)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@contextmanager
def _nginx(folder: Path, port: int, temporary: Path) -> Generator[None]:
    configuration = temporary / "nginx.conf"
    # Started by root it would serve as somebody who may not read the folder.
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    configuration.write_text(
        _NGINX.format(folder=folder, port=port, temporary=temporary, user=user), "utf-8"
    )
    with Popen(["nginx", "-e", temporary / "error.log", "-c", configuration]) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()


def _wait_for(port: int, process: Popen[bytes]) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise SystemExit("bench: nginx does not serve")


def _pages(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.html")):
        if not path.is_symlink() and not re.search(r"[^!-~]", str(path)):
            yield str(path.relative_to(folder))
