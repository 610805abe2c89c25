"""Findings for people and machines: a function a format."""
