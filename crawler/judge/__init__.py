"""From evidence to verdicts: rules as data, no I/O."""
