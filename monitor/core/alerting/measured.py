"""A limit in one window, and what was spent of it: what the rules on spend judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, SpendFacts
from monitor.core.budgets import Budget, Severity, Thresholds
from monitor.core.money import Money
from monitor.core.plan import Group
from monitor.core.rules.cheaper import cheaper_model
from monitor.core.spending.coverage import known_from
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import PACE_OVER, Spend
from monitor.core.spending.tally import Tally
from monitor.core.spending.trail import Trail
from monitor.core.spending.unpriced import guessed
from monitor.core.telling.phrases import guess_words
from monitor.core.windows import Period, Window

MOST_MODELS = 3
# A source that is polled by the minute is looked at each time, a thousand of them not at each poll of one.
DRAWN_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Measured:
    """`about` names the limit in keys, `what` to people. `grain` is how fine the coarsest of the sources tells."""

    about: str
    subject: str
    what: str
    limit: Money
    window: Window
    spent: Money
    ratio: Decimal
    thresholds: Thresholds
    trail: Trail
    sources: tuple[str, ...]
    current: bool = True
    series: Series = WHOLE
    grain: timedelta = timedelta(0)
    factors: Mapping[str, Decimal] = field(default_factory=dict)
    note: str | None = None

    def key(self, rule: str) -> str:
        return f"{rule}:{self.about}:{self.window.start:%Y-%m-%dT%H:%MZ}"

    def facts(
        self,
        severity: Severity,
        sources: Mapping[str, SourceState],
        before: Alert | None,
        now: datetime,
        span: Window | None = None,
    ) -> SpendFacts:
        """Return what a message needs; it costs more than the judging, so it is asked for where something fires.

        What is looked for in all sources stays while `before` is as bad, and that was found lately enough. `span` is
        what the alert speaks of, where that is not the window.
        """
        drawn = before.spend if before is not None and before.severity is severity else None
        if drawn is None or drawn.drawn_at is None or not timedelta(0) <= now - drawn.drawn_at < DRAWN_EVERY:
            drawn = self._drawn(sources, now, span or self.window)
        pace = self.trail.pace(now, PACE_OVER) if self.current else None
        return replace(
            drawn,
            spent=self.spent,
            limit=self.limit,
            ratio=self.ratio,
            thresholds=self.thresholds,
            pace=None if pace is None else Money(pace, self.limit.currency),
        )

    def _drawn(self, sources: Mapping[str, SourceState], now: datetime, span: Window) -> SpendFacts:
        """Return the facts, with those for which all sources are looked at."""
        states = {name: sources[name].spend for name in self.sources if name in sources}
        seen = [spend.as_of for spend in states.values() if spend.as_of is not None]
        begins = [known_from(spend, self.window, now) for spend in states.values()]
        guess = self._guessed(states, self.window)
        return SpendFacts(
            spent=self.spent,
            limit=self.limit,
            ratio=self.ratio,
            what=self.what,
            as_of=min(seen, default=None),
            thresholds=self.thresholds,
            known_from=max((begin for begin in begins if begin is not None), default=None),
            models=self._models(states, now) if self.series == WHOLE else (),
            note=" ".join(filter(None, (self.note, guess_words(guess, self.limit.currency)))) or None,
            saving=self._saving(states, now),
            guess=sum((guess if span == self.window else self._guessed(states, span)).values(), Decimal(0)),
            drawn_at=now,
        )

    def _models(self, spends: Mapping[str, Spend], now: datetime) -> tuple[tuple[str, Money], ...]:
        models: dict[str, Money] = {}
        for name, spend in spends.items():
            for model, cost in spend.by("model", self.window, now).items():
                worth = Money(cost.amount * self.factors.get(name, Decimal(1)), self.limit.currency)
                models[model] = models.get(model, Money.zero(self.limit.currency)) + worth
        return tuple(sorted(models.items(), key=lambda item: (-item[1].amount, item[0]))[:MOST_MODELS])

    def _guessed(self, spends: Mapping[str, Spend], span: Window) -> Mapping[str, Decimal]:
        """Return by model how much is only the most that something without a price can cost."""
        models: dict[str, Decimal] = {}
        for name, spend in spends.items():
            for model, most in guessed(spend, span, self.series).items():
                models[model] = models.get(model, Decimal(0)) + most * self.factors.get(name, Decimal(1))
        return models

    def _saving(self, spends: Mapping[str, Spend], now: datetime) -> str | None:
        """Return what a cheaper model would save, where that is known."""
        if self.note is not None:
            return None  # Rates of a model in one currency are not compared with those in another.
        readings = [reading for spend in spends.values() for reading in spend.readings]
        return cheaper_model(readings, self.window, self.limit.currency, now)


def measured_budgets(group: Group, tally: Tally, windows: Mapping[Period, tuple[Window, ...]]) -> Iterator[Measured]:
    """Yield each budget of the group in each window under evaluation of which anything is known."""
    part = group.scope.series
    for budget in group.budgets:
        for window in windows[budget.period]:
            spent = tally.spent(window, group.currency)
            if spent is None:
                continue
            yield Measured(
                about=budget.name,
                subject=group.whose if part == WHOLE else f"{group.whose} {part}",
                what=budget_words(budget),
                limit=budget.limit,
                window=window,
                spent=spent,
                ratio=spent / budget.limit,
                thresholds=budget.thresholds,
                trail=tally.trail,
                sources=group.sources,
                current=window is windows[budget.period][0],
                series=part,
                grain=group.grain,
                factors=group.factors,
                note=group.note,
            )


def budget_words(budget: Budget) -> str:
    """Return `the monthly budget`, with the name of one that has a name of its own."""
    words = f"the {budget.period.adjective} budget"
    return words if budget.name in ("monthly", "daily") else f"{words} {budget.name}"
