"""A company with some accounts, watched for weeks on a clock that is set: what the page is drawn from."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from monitor.core.alerting.events import Attempt
from monitor.core.budgets import Budget, Scope
from monitor.core.channels import Channel, ChannelState
from monitor.core.errors import SourceUnavailable
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.rates import Rates
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.breaker_document import breaker_now
from monitor.daemon.counters import Counters
from monitor.daemon.history import History
from monitor.daemon.ledger_access import LedgerAccess
from monitor.daemon.poll import Watch
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.web.view import View
from monitor.daemon.web.web import Web
from monitor.daemon.wiring import state_of
from monitor.prices import PriceBook

AFTERNOON = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)
MONTHLY, DAILY = Budget("monthly", Money(Decimal(500), "USD")), Budget("daily", Money(Decimal(30), "USD"), Period.DAY)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# (model, project, key, share of the account's money)
Share = tuple[str, str | None, str | None, Decimal]


@dataclass
class Account:
    """Tells the cost of each day by its shares; `extra` is what a loop adds from a moment on, an hour."""

    a_day: float
    shares: Sequence[Share]
    currency: str = "USD"
    balance: Decimal | None = None
    seed: int = 1
    fails: bool = False
    loop_since: datetime | None = None
    loop_per_hour: Decimal = Decimal(0)
    _hours: dict[datetime, float] = field(default_factory=dict)

    async def fetch(self, now: datetime) -> Observation:
        if self.fails:
            raise SourceUnavailable("the answer took longer than 30 s")
        readings = [reading for back in range(3) for reading in self._day(now - back * DAY, now)]
        spent = self._ordinary(now - 40 * DAY, now)
        balance = None if self.balance is None else Money(max(self.balance - spent, Decimal(0)), self.currency)
        return Observation(tuple(readings), now, timedelta(milliseconds=180), balance=balance)

    def _day(self, moment: datetime, now: datetime) -> list[Reading]:
        day = Period.DAY.window(moment, UTC)
        until = min(now, day.end)
        cost = self._ordinary(day.start, until)
        costs = [(share, (cost * share[3]).quantize(Decimal("0.0001"))) for share in self.shares]
        if self.loop_since is not None and until > self.loop_since:
            looped = self.loop_per_hour * Decimal((until - max(self.loop_since, day.start)) / HOUR)
            costs[0] = (costs[0][0], costs[0][1] + looped.quantize(Decimal("0.0001")))
        return [
            Reading(day, Money(cost, self.currency), model, project, key, tokens=int(cost * 90_000), requests=10)
            for (model, project, key, _), cost in costs
        ]

    def _ordinary(self, start: datetime, end: datetime) -> Decimal:
        """Return what people at work spend: by the hour of the day, less at the weekend."""
        first = start.replace(minute=0, second=0, microsecond=0)
        hours = (end - first) // HOUR
        whole = sum(self._hour(first + number * HOUR) for number in range(hours))
        rest = self._hour(first + hours * HOUR) * ((end - first) % HOUR / HOUR)
        return Decimal(str(round(whole + rest, 6)))

    def _hour(self, hour: datetime) -> float:
        if hour not in self._hours:
            rng = random.Random(f"{self.seed} {hour:%Y-%m-%d %H}")  # noqa: S311 - the same weeks each time.
            busy = (1.0 if 8 <= hour.hour < 19 else 0.12) * (0.25 if hour.weekday() > 4 else 1)
            self._hours[hour] = self.a_day / 12.5 * busy * rng.uniform(0.4, 1.6)
        return self._hours[hour]


def accounts() -> dict[str, Account]:
    return {
        "openai": Account(
            7.6,
            (
                ("gpt-4.1", "search", None, Decimal("0.52")),
                ("gpt-4.1-mini", "search", None, Decimal("0.21")),
                ("o4-mini", "evaluation", None, Decimal("0.27")),
            ),
        ),
        "anthropic": Account(
            4.4,
            (
                ("claude-sonnet-4-5", None, "assistant-prod", Decimal("0.74")),
                ("claude-haiku-4-5", None, "nightly-batch", Decimal("0.26")),
            ),
            seed=2,
        ),
        "deepseek": Account(
            1.6,
            (
                ("deepseek-chat", None, None, Decimal("0.7")),
                ("deepseek-reasoner", None, None, Decimal("0.3")),
            ),
            currency="CNY",
            balance=Decimal(160),
            seed=3,
        ),
    }


# As the providers' own kinds have it.
LATENESS = {"openai": None, "anthropic": timedelta(minutes=5)}


@dataclass
class Company:
    """`live` polls all accounts until a moment; orders and polls by hand go on from there."""

    folder: Path
    now: datetime
    accounts: dict[str, Account] = field(default_factory=accounts)
    budgets: tuple[Budget, ...] = (
        MONTHLY,
        DAILY,
        Budget("search", Money(Decimal(60), "USD"), Period.WEEK, Scope(source="openai", project="search")),
    )
    secrets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.plan = Plan(
            {
                name: Watched(
                    name, name, account.currency, key_variable="KEY", lateness=LATENESS.get(name, timedelta())
                )
                for name, account in self.accounts.items()
            },
            self.budgets,
            channels=(Channel("team-slack"), Channel("on-call", fallback="team-slack")),
            rates=Rates({"CNY": Money(Decimal("0.139"), "USD")}),
        )
        self.history = History(self.folder, lambda work: work())
        self.watch = Watch(
            self.plan,
            state_of(self.plan),
            self.accounts,
            self,
            lambda: self.now,
            random.Random(1),  # noqa: S311
            self.history.add,
        )
        self.channels = (
            ChannelState("team-slack", "ok"),
            ChannelState("on-call", "failing", self.now - DAY, "the service answered 404: the webhook was deleted"),
        )

    async def save_source(self, name: str, source: SourceState) -> None:
        """Keep nothing: the page is drawn from what is in memory."""

    async def save_alerts(self, state: State) -> None:
        """Keep nothing."""

    async def live(self, until: datetime, every: timedelta) -> None:
        while self.now < until:
            self.now = min(self.now + every, until)
            for name in self.accounts:
                await self.watch.poll(name)
            await self._deliver()

    async def _deliver(self) -> None:
        for channel in self.plan.channels:
            due = self.watch.due(channel)
            if due:
                await self.watch.told(due)
                self.history.add([Attempt.of(channel.name, "team-slack", due, self.now, None)])
                self.channels = (replace(self.channels[0], last_success=self.now), *self.channels[1:])


def settings_of(company: Company) -> Settings:
    return Settings(
        sources=(),
        state_dir=company.folder,
        ledger=company.folder / "ledger.sqlite3",
        listen="127.0.0.1:0",
        budgets=company.plan.budgets,
    )


def view_of(company: Company) -> View:
    async def no_test(_: str) -> str | None:
        return "the service answered 404: the webhook was deleted"

    return View(
        plan=company.plan,
        state=lambda: company.watch.state,
        channels=lambda: company.channels,
        overdue=tuple,
        clock=lambda: company.now,
        redact=Redactor(company.secrets),
        obey=company.watch.obey,
        try_channel=no_test,
        breaker=lambda: asyncio.to_thread(breaker_now, settings_of(company), company.now),
        ledger=LedgerAccess(settings_of(company).ledger, PriceBook),
        counters=Counters(),
        folder=company.folder,
    )


@asynccontextmanager
async def shown(company: Company) -> AsyncIterator[Web]:
    """Serve the page of the company."""
    web = Web(settings_of(company), view_of(company))
    company.watch.on_change = web.changed
    running = asyncio.create_task(web.run())
    await web.opened.wait()
    try:
        yield web
    finally:
        await web.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
