"""A process that parses: frames of documents in, frames of what is in them out.

It lives beside the crawl, so that the parse runs on another core, and so that a page that hangs or
kills the parser, which is C, costs that page only. It ends when its input does.
"""

import signal
import sys
from typing import BinaryIO

from crawler.parse.document import Parser
from crawler.parse.reading import read
from crawler.parse.wire import pack_reading, read_frame, unpack_task, write_frame


def serve(tasks: BinaryIO, readings: BinaryIO) -> None:
    """Answer each task in `tasks` with a reading, in order, until the end of input."""
    parser = Parser()
    while (frame := read_frame(tasks)) is not None:
        for content in pack_reading(read(parser, unpack_task(frame))):
            write_frame(readings, content)
        readings.flush()


if __name__ == "__main__":
    # Ctrl-C is for the crawl to act upon: it closes the input in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)
