"""xAI: the prepaid balance of a team and what its days cost, from the management API.

`total.val` of the balance is in cents, as a string, with its sign turned: "-1000" is ten dollars of credit, a positive
figure is owed. The usage is asked for by POST, which changes nothing, and is in dollars by UTC day; its `timeSeries` is
null where there was none, and `limitReached` says that something was left out. A key knows its team; `FIELDS__TEAM`
names another.

Source: https://docs.x.ai/developers/rest-api-reference/management/billing
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import readings_since, since
from monitor.daemon.sources.kind import DAY, UTC, Endpoint, Kind
from monitor.daemon.sources.polled import Polled, cleaned, from_root, observation
from monitor.daemon.sources.shapes.costs import Costs, Part, total
from monitor.daemon.sources.shapes.figures import Figure
from monitor.daemon.sources.shapes.numbers import cost, label
from monitor.daemon.sources.shapes.places import at, number_at, rows_at
from monitor.daemon.sources.shapes.rows import day_of

VALIDATION = "auth/management-keys/validation"
CENTS = 100


class XAI(Polled):
    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self._team = account.fields.get("team")
        self._backfilled = False

    async def observe(self, now: datetime) -> Observation:
        if self._team is None:
            self._team = team_of((await self.get(VALIDATION)).body)
        team = f"v1/billing/teams/{quote(self._team, safe='')}"
        answer = await self.get(f"{team}/prepaid/balance")
        owed = self.money(number_at(answer.body, "total.val") / CENTS)
        # A team that never bought credit pays afterwards, and its zero is no empty purse.
        balance = None if at(answer.body, "changes") == [] and not owed.amount else self.money(Decimal(0)) - owed
        try:
            readings = await self._days(team, self.calendar(now))
        except SourceRefused as error:
            return observation(answer, quota=Quota(None, None), balance=balance, error=cleaned(error, self._http))
        return observation(answer, readings, quota=Quota(None, None), balance=balance, complete=True)

    async def _days(self, team: str, calendar: Calendar) -> tuple[Reading, ...]:
        first = since(calendar, first_time=not self._backfilled)
        costs = usage((await self.post(f"{team}/usage", question(first, calendar.today))).body)
        self._backfilled = True
        return readings_since(costs, calendar, self.money, first)


def team_of(body: object) -> str:
    """Return the team that a management key is for."""
    of_team = at(body, "scopeId") if at(body, "scope") == "SCOPE_TEAM" else None
    team = label(at(body, "teamId")) or label(of_team)
    if team is None:
        raise SourceDrifted("nothing stands at teamId: make a management key of the team, not of the organization")
    return team


def question(first: date, last: date) -> Mapping[str, object]:
    """Return the question for the dollars of each day from `first` to `last`, both included."""
    return {
        "analyticsRequest": {
            "timeRange": {"startTime": f"{first} 00:00:00", "endTime": f"{last} 23:59:59", "timezone": "Etc/GMT"},
            "timeUnit": "TIME_UNIT_DAY",
            "values": [{"name": "usd", "aggregation": "AGGREGATION_SUM"}],
            "groupBy": [],
            "filters": [],
        }
    }


def usage(body: object) -> Costs:
    """Return the cost of each day.

    Raises:
        SourceDrifted: something was left out, or a point without a day or an amount.
    """
    if at(body, "limitReached") is True:
        raise SourceDrifted("limitReached: the usage is longer than one answer, and would be told too low")
    if isinstance(body, dict) and "timeSeries" in body and body["timeSeries"] is None:
        return {}
    points = [point for series in rows_at(body, "timeSeries") for point in rows_at(series, "dataPoints")]
    rows: list[tuple[Part, Figure]] = []
    for point in points:
        day, values = day_of(point.get("timestamp")), point.get("values")
        if day is None or not isinstance(values, list) or not values:
            raise SourceDrifted("a point of timeSeries.dataPoints has no timestamp or no values")
        rows.append((Part(day), Figure(cost(values[0], "timeSeries.dataPoints.values"))))
    return total(rows)


def _endpoints(account: Account, now: datetime) -> tuple[Endpoint, ...]:
    team = account.fields.get("team")
    if team is None:
        return (Endpoint(from_root(account, VALIDATION)),)
    path = from_root(account, f"v1/billing/teams/{quote(team, safe='')}")
    today = Calendar.at(now, UTC).today
    return (
        Endpoint(f"{path}/prepaid/balance"),
        Endpoint(f"{path}/usage", title=f"{path}/usage, today", method="POST", content=question(today, today)),
    )


KIND = Kind(
    factory=XAI,
    base_url="https://management-api.x.ai",
    key="a management key (not one for inference), from console.x.ai > Settings > Management Keys",
    interval=timedelta(minutes=5),
    lateness=None,
    grain=DAY,
    endpoints=_endpoints,
)
