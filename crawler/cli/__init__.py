"""The command: arguments in, exit status out."""

from crawler.cli.app import main

__all__ = ["main"]
