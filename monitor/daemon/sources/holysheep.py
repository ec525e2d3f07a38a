"""HolySheep: `GET /usage` and `GET /usage/limits`, in whatever shape its backend answers.

No reference of it is published. The shape that its users report is tried first, then those of the relay programs that
such services run on; the first whole match is remembered. What none of them knows is drifted, never zero.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.spending.readings import Observation, RateLimit, Reading
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.assembly import Assembly, month_of
from monitor.daemon.sources.calendar import Calendar, ignores_dates
from monitor.daemon.sources.kind import LIVE, Endpoint, Kind
from monitor.daemon.sources.polled import LimitReached, Polled
from monitor.daemon.sources.relays import Relays
from monitor.daemon.sources.shapes.errors import Reached, reached
from monitor.daemon.sources.shapes.fields import OF_LIMITS, mapped
from monitor.daemon.sources.shapes.figures import Figure, Limits, Usage
from monitor.daemon.sources.shapes.limits import money_limits
from monitor.daemon.sources.shapes.numbers import keys_of
from monitor.daemon.sources.shapes.rates import body_rate_limits
from monitor.daemon.sources.shapes.usage import RelayService, read_usage

# For so many days of a month the one before is asked for again: corrections of it come late.
CORRECTED_FOR = 3
Span = tuple[date, date]


class HolySheep(Polled):
    """One account. `recognised` is the shape of the last good answer, `paths` where its figures stood."""

    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self.recognised = ""
        self.paths: Mapping[str, str] = {}
        self._assembly = Assembly(account)
        self._relays = Relays(http)
        self._relay: Callable[[], Awaitable[tuple[Answer, Usage | Reached] | None]] | None = None
        self._swept: date | None = None
        self._without_limits: date | None = None
        self._ignoring_since: date | None = None
        self._rates: tuple[RateLimit, ...] = ()

    async def observe(self, now: datetime) -> Observation:
        """Return this month's cost, by day and model where that is told, and the quota.

        What failed beside the month's cost is the observation's `error`.
        """
        calendar = self.calendar(now)
        return await (self._by_usage(calendar) if self._relay is None else self._by_relay(calendar))

    async def _by_usage(self, calendar: Calendar) -> Observation:
        try:
            limits_body = await self._mapped_limits()
            answer, told = await self._ask(self._asked(calendar), limits_body)
        except SourceDrifted as error:
            if self._account.fields or self.recognised or self._swept == calendar.today:
                raise
            self._swept = calendar.today
            return await self._sweep(calendar, error)
        if isinstance(told, Reached):
            raise LimitReached(answer, told)
        self._recognise(told)
        return await self._whole(answer, told, calendar, limits_body)

    async def _by_relay(self, calendar: Calendar) -> Observation:
        found = await self._relay() if self._relay is not None else None
        if found is None:
            self._relay, self._swept, self.recognised = None, None, ""
            raise SourceDrifted("the endpoint that told the usage no longer does")
        answer, told = found
        if isinstance(told, Reached):
            raise LimitReached(answer, told)
        self._assembly.check_currency(told.currency)
        self._recognise(told)
        quota = self._assembly.quota(None, told, told.month)
        return Observation(self._assembly.readings(told, calendar), answer.received_at, answer.latency, quota)

    async def _sweep(self, calendar: Calendar, missing: SourceDrifted) -> Observation:
        """Try the other programs' endpoints, once a day; raise the most telling error where none of them answers."""
        failures: list[SourceError] = [missing]
        relays = (self._relays.user_stats,) if isinstance(missing, RelayService) else self._relays.others
        for relay in relays:
            try:
                found = await relay()
            except SourceError as error:
                failures.append(error)
                continue
            if found is not None and isinstance(found[1], Usage):
                self._relay = relay
                return await self._by_relay(calendar)
        if any(not isinstance(failure, SourceDrifted) for failure in failures):
            self._swept = None
        order = (SourceRefused, SourceUnavailable, SourceDrifted)
        raise min(failures, key=lambda failure: order.index(type(failure)) if type(failure) in order else len(order))

    async def _whole(self, answer: Answer, told: Usage, calendar: Calendar, limits_body: object) -> Observation:
        """Return the observation, having asked for what the first answer did not tell."""
        spans = self._further(told, calendar)
        async with asyncio.TaskGroup() as group:
            limits_task = group.create_task(self.attempt(self._limits(calendar)))
            tasks = {span: group.create_task(self.attempt(self._ask(span, limits_body))) for span in spans}
        limits = limits_task.result()
        results = {span: task.result() for span, task in tasks.items()}
        failures = [result for result in (limits, *results.values()) if isinstance(result, SourceError)]
        usages = {
            span: r[1] for span, r in results.items() if not isinstance(r, SourceError) and isinstance(r[1], Usage)
        }
        readings = [*self._assembly.readings(told, calendar), *self._further_readings(told, usages, calendar)]
        month = month_of(told, calendar.first, calendar.today)
        quota = self._assembly.quota(None if isinstance(limits, SourceError) else limits, told, month)
        return Observation(
            tuple(readings),
            answer.received_at,
            answer.latency,
            quota,
            None if told.balance is None else self._assembly.money(told.balance),
            error=failures[0] if failures else None,
            rate_limits=self._rates,
        )

    def _further(self, told: Usage, calendar: Calendar) -> list[Span]:
        """Return the other spans to ask for: days where there are no rows, and the month before while it may change."""
        spans: list[Span] = []
        if told.asked is None and not told.days:
            return spans
        totals_only = told.asked is not None and not told.days
        if totals_only and self._ignoring_since == calendar.today:
            return spans
        if totals_only and told.today is None:
            spans += [(day, day) for day in (calendar.yesterday, calendar.today) if (day, day) != self._asked(calendar)]
        if calendar.today.day <= CORRECTED_FOR:
            spans.append(calendar.last_month)
        return [span for index, span in enumerate(spans) if span not in spans[:index]]

    def _further_readings(self, told: Usage, usages: Mapping[Span, Usage], calendar: Calendar) -> list[Reading]:
        totals = {span: usage.asked for span, usage in usages.items() if usage.asked and not usage.days}
        if told.asked is not None and not told.days:
            if self._asked(calendar) == (calendar.today, calendar.today):
                usages = {**usages, (calendar.today, calendar.today): told}
            if self._ignoring_since == calendar.today or self._ignores(told.asked, totals, calendar):
                self._ignoring_since = calendar.today
                return []
            if totals:
                self._ignoring_since = None
        readings: list[Reading] = []
        for span, usage in usages.items():
            if span == calendar.last_month:
                readings += self._assembly.readings(usage, calendar, span)
            elif not usage.days:
                readings += self._assembly.day(usage, calendar, span[0])
        return readings

    def _ignores(self, month: Figure, totals: Mapping[Span, Figure], calendar: Calendar) -> bool:
        today = totals.get((calendar.today, calendar.today), month)
        yesterday = totals.get((calendar.yesterday, calendar.yesterday))
        before = totals.get(calendar.last_month)
        within, known = calendar.yesterday >= calendar.first, self._ignoring_since is not None
        if yesterday and ignores_dates(month, today, yesterday, within=within, before=known):
            # Without an answer for today there is nothing to compare yesterday with but the month that holds it.
            return within is False or (calendar.today, calendar.today) in totals
        return before is not None and ignores_dates(month, month, before, within=False, before=known)

    async def _ask(self, span: Span, limits_body: object) -> tuple[Answer, Usage | Reached]:
        params = {"start_date": span[0].isoformat(), "end_date": span[1].isoformat()}
        answer = await self._http.get_json("usage", params)
        if answer.limit_reached:
            return answer, reached(answer.body)
        if answer.missing:
            raise SourceDrifted(
                f"{answer.status}: there is no usage endpoint: check {self._account.variable('base_url')}"
            )
        if not answer.ok:
            raise self._http.failure(answer)
        if self._account.fields:
            told: Usage | Reached = mapped(self._account, answer.body, limits_body)
        else:
            told = read_usage(answer.body)
        if isinstance(told, Usage):
            self._assembly.check_currency(told.currency)
        return answer, told

    async def _limits(self, calendar: Calendar) -> Limits | None:
        """Return the money limit of /usage/limits; None where there is none, or no such endpoint."""
        if self._without_limits == calendar.today or "quota_limit" in self._account.fields:
            return None
        answer = await self._http.get_json("usage/limits")
        self._rates = body_rate_limits(answer.body)
        if answer.missing and not answer.limit_reached:
            self._without_limits = calendar.today
            return None
        try:
            self.good(answer)
        except LimitReached as stop:
            return stop.told.limits
        if not isinstance(answer.body, dict):
            raise SourceDrifted(f"the limits are {keys_of(answer.body)} where an object belongs")
        found = money_limits(answer.body)
        if found is not None:
            self.paths = {**self.paths, **{name: f"{OF_LIMITS}{path}" for name, path in found[1].items()}}
        return None if found is None else found[0]

    async def _mapped_limits(self) -> object:
        if not any(path.startswith(OF_LIMITS) for path in self._account.fields.values()):
            return None
        answer = await self._http.get_json("usage/limits")
        if not answer.ok:
            raise self._http.failure(answer)
        return answer.body

    def _asked(self, calendar: Calendar) -> Span:
        first = calendar.today if self._account.fields.get("scope", "").lower() == "day" else calendar.first
        return first, calendar.today

    def _recognise(self, told: Usage) -> None:
        self.recognised, self.paths = told.shape, told.paths


def _endpoints(account: Account, now: datetime) -> tuple[Endpoint, ...]:
    calendar = Calendar.at(now, account.timezone or UTC)
    month = {"start_date": calendar.first.isoformat(), "end_date": calendar.today.isoformat()}
    today = {"start_date": calendar.today.isoformat(), "end_date": calendar.today.isoformat()}
    return (
        Endpoint("usage", month, "usage, this month"),
        Endpoint("usage", today, "usage, today"),
        Endpoint("usage", title="usage, without dates"),
        Endpoint("usage/limits"),
        Endpoint("dashboard/billing/subscription"),
        Endpoint("dashboard/billing/usage"),
        Endpoint("/api/usage/token/"),
    )


KIND = Kind(
    factory=HolySheep,
    base_url="https://api.holysheep.ai/v1",
    key="the key that your requests use, from the provider's console",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    breakdowns=("model",),
    endpoints=_endpoints,
)
