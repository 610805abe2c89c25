"""`python -m crawler`, and the command `crawler`."""

import sys
import traceback
from contextlib import suppress


def run() -> int:
    """Run the command as the last thing that a process does, and return its exit status."""
    try:
        from crawler import cli  # noqa: PLC0415 - that takes a while, and Ctrl-C may come in it

        return cli.run()
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - a library is missing, or not for this Python: no rot
        with suppress(OSError):
            traceback.print_exc()
        return 4


if __name__ == "__main__":
    sys.exit(run())
