"""The fields of a price, as a file has them.

What is wrong with one is named among the problems, and something stands in for it: such a file is not used.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from monitor.core.money import BEYOND_SENSE


def number(table: Mapping[str, object], name: str, place: str, problems: list[str]) -> Decimal | None:
    written = table.get(name)
    if written is None:
        return None
    try:
        amount = (
            Decimal(written) if isinstance(written, str | int | Decimal) and not isinstance(written, bool) else None
        )
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < BEYOND_SENSE:
        problems.append(f"{place}.{name} is not an amount of 0 or more")
        return Decimal(0)
    return amount


def currency(table: Mapping[str, object], place: str, problems: list[str]) -> str:
    written = table.get("currency", "USD")
    if not isinstance(written, str) or len(written) != 3 or not written.isalpha():
        problems.append(f"{place}.currency is not a currency: write its three letters, as USD or CNY")
        return "USD"
    return written.upper()


def since(written: object, place: str, problems: list[str]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else written
    except ValueError:
        moment = written
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        problems.append(f"{place}.since is not a date: write it as 2026-09-01")
        return None
    if moment.second or moment.microsecond:
        problems.append(f"{place}.since is not on a whole minute: write it as 2026-09-01T16:30:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def table_of(value: object, place: str, problems: list[str]) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    problems.append(f"{place} is not a table")
    return {}


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
