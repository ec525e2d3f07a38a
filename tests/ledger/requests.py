"""Requests for the tests: one word says what is special about them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.ledger.record import RequestRecord

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def request(number: int = 1, **special: Any) -> RequestRecord:
    ordinary: dict[str, Any] = {
        "request_id": f"chatcmpl-{number}",
        "at": NOON,
        "provider": "openai",
        "model": "gpt-4.1",
        "usage": Usage(uncached_input_tokens=1000, cache_read_tokens=200, output_tokens=300, reasoning_tokens=50),
        "cost": usd("0.0045"),
        "latency": timedelta(milliseconds=800),
    }
    return RequestRecord(**{**ordinary, **special})
