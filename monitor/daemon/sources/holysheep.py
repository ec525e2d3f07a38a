"""HolySheep: `GET /usage` and `GET /usage/limits`, in the shape that its users report.

No reference of it is published; what is not recognised is drifted, never zero.
"""

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from monitor.core.errors import SourceDrifted
from monitor.core.money import BEYOND_SENSE, Money
from monitor.core.readings import Observation, Quota, Reading
from monitor.core.windows import Period, Window
from monitor.daemon.http import Http
from monitor.daemon.sources import Account

# Figures of this size are how providers of this family say: no limit.
UNLIMITED = Decimal(999_999)


class HolySheep:
    def __init__(
        self,
        account: Account,
        *,
        ssl_context: ssl.SSLContext,
        redact: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._account = account
        self._http = Http(
            account.base_url or "https://api.holysheep.ai/v1",
            ssl_context=ssl_context,
            timeout=account.timeout,
            clock=clock,
            redact=redact,
            headers={"Authorization": f"Bearer {account.api_key}"},
            key=account.api_key,
            key_variable=account.key_variable,
        )

    async def fetch(self, now: datetime) -> Observation:
        """Return this month's cost, its days and models where told, and the quota.

        Raises:
            SourceError: by whose fault it is.
        """
        zone = self._account.timezone or UTC
        today = now.astimezone(zone).date()
        answer = await self._http.get_json(
            "usage", {"start_date": today.replace(day=1).isoformat(), "end_date": today.isoformat()}
        )
        body = _object(answer.body)
        if answer.limit_reached:
            return Observation((), answer.received_at, answer.latency, Quota(None, None, reached=True))
        month = Period.MONTH.window(now, zone)
        used = body.get("cost", body.get("quota_used"))
        readings = [Reading(month, self._money(used, "cost"))]
        for row in _rows(body.get("daily")):
            readings.append(Reading(_day(row.get("date"), zone), self._money(row.get("cost"), "daily cost")))
        for row in _rows(body.get("models")):
            readings.append(Reading(month, self._money(row.get("cost"), "model cost"), str(row.get("model"))))
        limits = await self._http.get_json("usage/limits")
        quota = self._quota(body) or (self._quota(_object(limits.body)) if limits.ok else None)
        return Observation(tuple(readings), answer.received_at, answer.latency, quota)

    def _quota(self, body: Mapping[str, Any]) -> Quota | None:
        if body.get("quota_limit") is None or body.get("quota_used") is None:
            return None
        limit = self._money(body["quota_limit"], "quota_limit")
        if limit.amount == 0 or limit.amount >= UNLIMITED:
            return None
        return Quota(self._money(body["quota_used"], "quota_used"), limit)

    def _money(self, value: object, what: str) -> Money:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise SourceDrifted(f"{what} is missing or not a number")
        try:
            amount = Decimal(value) * self._account.scale
        except InvalidOperation:
            raise SourceDrifted(f"{what} is not a number") from None
        if not amount.is_finite() or not 0 <= amount < BEYOND_SENSE:
            raise SourceDrifted(f"{what} is negative or beyond any sense")
        return Money(amount, self._account.currency)

    async def close(self) -> None:
        await self._http.close()


def _object(body: object) -> Mapping[str, Any]:
    """Return the object that holds the figures: the answer itself or its `data`."""
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    if not isinstance(body, dict):
        raise SourceDrifted(f"the answer is a {type(body).__name__} where an object belongs")
    return body


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _day(value: object, zone: tzinfo) -> Window:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise SourceDrifted("a daily row has no date") from None
    return Period.DAY.window(datetime(day.year, day.month, day.day, 12, tzinfo=zone), zone)
