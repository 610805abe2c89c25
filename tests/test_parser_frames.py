"""Promises about what a parser process is sent and sends: all of it, in order, in pieces."""

import fcntl
import io
import signal
import subprocess
import sys
import termios
import time
from typing import BinaryIO, cast

import pytest

from crawler.document import Reading
from crawler.engine.children import command_of, environment
from crawler.parse.__main__ import serve
from crawler.parse.document import Parser
from crawler.parse.reading import read
from crawler.parse.wire import (
    pack_reading,
    pack_task,
    read_frame,
    unpack_head,
    unpack_piece,
    write_frame,
)
from tests.parsers import PAGE


def test_a_parser_answers_in_order_until_its_input_ends() -> None:
    tasks, readings = io.BytesIO(), io.BytesIO()
    for task in (PAGE, PAGE._replace(content_type="")):
        for content in pack_task(task):
            write_frame(tasks, content)
    tasks.seek(0)

    serve(tasks, readings)

    readings.seek(0)
    assert unpacked(readings) == read(Parser(), PAGE)
    assert unpacked(readings) is None
    assert read_frame(readings) is None


def test_a_large_document_comes_in_pieces_and_whole() -> None:
    body = "".join(f'<a id="{n}" href="{n}#x">{n}</a>' for n in range(5000)).encode()
    reading = read(Parser(), PAGE._replace(body=body))
    frames = io.BytesIO()

    for content in pack_reading(reading):
        write_frame(frames, content)
    frames.seek(0)

    assert unpacked(frames) == reading
    assert len(pack_reading(reading)) == 1 + 3


def test_what_a_pause_interrupts_is_sent_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that waits is cut short by it, and Python's unbuffered streams forget the rest."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    page = PAGE._replace(body=b"".join(b"<a href=%d>%d</a>" % (n, n) for n in range(10_000)))
    with subprocess.Popen(
        command_of("crawler.parse"),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parser:
        tasks, readings = cast(BinaryIO, parser.stdin), cast(BinaryIO, parser.stdout)
        for content in pack_task(page):
            write_frame(tasks, content)
        tasks.close()
        wait_until_full(readings.fileno())
        parser.send_signal(signal.SIGSTOP)
        parser.send_signal(signal.SIGCONT)

        assert read_frame(readings) == b"ready"
        assert unpacked(readings) == read(Parser(), page)
        assert readings.read() == b""


def wait_until_full(pipe: int) -> None:
    """Wait until what is written to `pipe` waits: few have room for more than 60,000 bytes."""
    before, now = 0, 0
    while now < 60_000 or before != now:
        time.sleep(0.01)
        waiting = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))
        before, now = now, int.from_bytes(waiting, sys.byteorder)


def unpacked(frames: BinaryIO) -> Reading | None:
    head = unpack_head(read_frame(frames) or b"")
    if head is None:
        return None
    reading, pieces = head
    for _ in range(pieces):
        unpack_piece(read_frame(frames) or b"", reading)
    return reading
