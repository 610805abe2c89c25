"""`python -m crawler`."""

import sys

from crawler.cli import run

sys.exit(run())
