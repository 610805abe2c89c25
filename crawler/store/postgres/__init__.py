"""PostgreSQL behind the seam `Database`: for many machines, or a service that a team shares."""

from crawler.store.postgres.opening import opened, opened_to_read

__all__ = ["opened", "opened_to_read"]
