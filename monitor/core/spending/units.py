"""What is billed beside tokens, one by one: images, searches and the like."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Unit(StrEnum):
    """What is counted. A second is one of sound; a session is one of a tool that runs code."""

    IMAGE = "image"
    CHARACTER = "character"
    SECOND = "second"
    SEARCH = "search"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Money for one unit. 0 is free; `since` and `origin` are as those of a price."""

    amount: Decimal
    currency: str = "USD"
    since: datetime | None = None
    origin: str = ""
