"""Two small built sites, `good` and `rotten`, and the address of a server that says nothing."""

import socket
from pathlib import Path

GOOD = '<a href="other.html">other</a>'
ROTTEN = '<a href="gone.html">gone</a>'


def build(folder: Path) -> None:
    for name, page in (("good", GOOD), ("rotten", ROTTEN)):
        (folder / name).mkdir()
        (folder / name / "index.html").write_text(page)
        (folder / name / "other.html").write_text("<p>here")


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/"
