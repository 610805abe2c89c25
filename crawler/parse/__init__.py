"""Bytes in, links and anchors out: pure functions of one document."""
