"""claude-relay-service: what a key has cost in all, today and this month, by model, from its statistics.

Its `/v1/usage` is never asked: that counts as a request of the key, and has no money in it. The statistics take the key
in the body of a POST. Days begin at midnight of UTC+8, unless the relay's TIMEZONE_OFFSET is another.

Source: https://github.com/Wei-Shaw/claude-relay-service
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from monitor.core.errors import SourceError
from monitor.core.spending.readings import Observation, Reading
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import summed
from monitor.daemon.sources.kind import LIVE, Endpoint, Kind
from monitor.daemon.sources.relay import RelaySource
from monitor.daemon.sources.shapes.figures import Figure

# The zone of UTC+8: in these names the sign is turned.
EAST_8 = ZoneInfo("Etc/GMT-8")
# The costs of models are rounded to a millionth, that of the day is not.
ROUNDED = Decimal("0.999")


class ClaudeRelayService(RelaySource):
    program = "claude-relay-service"

    async def observe(self, now: datetime) -> Observation:
        calendar = self.calendar(now)
        answer, told = self.told(await self._relays.user_stats())
        month, today = await asyncio.gather(*(self.attempt(self._relays.model_stats(p)) for p in ("monthly", "daily")))
        if month is not None and not isinstance(month, SourceError):
            whole = summed(month.values())
            # Of keys older than the statistics by model, less is told of the month than of its last day.
            if told.today is None or whole.cost >= told.today.cost * ROUNDED:
                told = replace(told, month=whole, models=month)
        seen = self.seen(answer, told, calendar)
        parts = () if today is None or isinstance(today, SourceError) else self._models(today, calendar)
        error = next((failed for failed in (month, today) if isinstance(failed, SourceError)), None)
        return replace(seen, readings=(*seen.readings, *parts), error=error)

    def _models(self, models: Mapping[str, Figure], calendar: Calendar) -> tuple[Reading, ...]:
        day = calendar.day(calendar.today)
        return tuple(
            Reading(day, self._assembly.money(told.cost), model, tokens=told.tokens, requests=told.requests)
            for model, told in models.items()
        )


def _endpoints(account: Account, _: datetime) -> tuple[Endpoint, ...]:
    key = {"apiKey": account.api_key or ""}
    models = {**key, "period": "monthly"}
    return (
        Endpoint("/apiStats/api/user-stats", method="POST", content=key),
        Endpoint("/apiStats/api/user-model-stats", method="POST", content=models),
    )


KIND = Kind(
    factory=ClaudeRelayService,
    base_url=None,
    key="the key that your requests use (cr_...), from the relay's administrator",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    breakdowns=("model",),
    zone=EAST_8,
    endpoints=_endpoints,
)
