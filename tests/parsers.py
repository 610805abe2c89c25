"""A page for parser processes, and such as are not as they should be, in the place of ours."""

import sys

import pytest

from crawler.engine import parser_process
from crawler.parse.reading import Task

URL = "https://example.org/a/"
PAGE = Task(
    b'<title>A</title><h1 id=top-1>A</h1><a href="b#c">b</a>', URL, "text/html", follow=True
)

# A parser to which some documents mean the end.
FATEFUL = """
import os, signal, sys, time
from crawler.parse import __main__ as parser

def read(reader, task):
    if task.body == b"DIE":
        os.kill(os.getpid(), signal.SIGKILL)
    while task.body == b"HANG":
        time.sleep(1)
    return wise_read(reader, task)

wise_read, parser.read = parser.read, read
parser.write_frame(sys.stdout.buffer, b"ready")
parser.serve(sys.stdin.buffer, sys.stdout.buffer)
"""

# A parser that may have an eighth of the memory.
LITTLE = """
import sys
from crawler.parse import __main__ as parser

parser._MEMORY //= 8
parser.limit_memory()
parser.write_frame(sys.stdout.buffer, b"ready")
parser.serve(sys.stdin.buffer, sys.stdout.buffer)
"""

# What says that it is ready, and dies of the first document.
NONE = r"""
import sys
sys.stdout.buffer.write(b"\0\0\0\5ready")
sys.stdout.buffer.flush()
sys.stdin.buffer.read(8)
"""


def put_in_place(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Have every parser run `script`."""
    monkeypatch.setattr(parser_process, "command_of", lambda _: (sys.executable, "-c", script))
