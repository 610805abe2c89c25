"""How fast the crawler is beside its peers, and how little it needs: `python -m tests.bench`."""
