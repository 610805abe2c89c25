"""`python -m crawler`, and the command `crawler`."""

import sys


def run() -> int:
    """Run the command as the last thing that a process does, and return its exit status."""
    try:
        from crawler import cli  # noqa: PLC0415 - that takes a while, and Ctrl-C may come in it

        return cli.run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
