"""The command: arguments in, exit status out."""

from crawler.cli.app import main, run

__all__ = ["main", "run"]
