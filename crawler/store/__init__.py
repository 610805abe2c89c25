"""What a run remembers: tables for storage, views for people."""
