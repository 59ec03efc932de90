"""The two systems that leads come from."""

from enum import StrEnum


class Source(StrEnum):
    """A system that sends records; its value is what the database and `sync_metadata` say."""

    ZOHO = "zoho"
    PORTAL = "portal"
