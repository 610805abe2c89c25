"""What takes minutes: `make torture` runs all of it, and prints what it measured."""
