"""What is watched, against what, and who is told: the settings as far as decisions need them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerting.quiet import Quiet
from monitor.core.budgets import Budget, Scope, Thresholds
from monitor.core.channels import Channel
from monitor.core.rates import Rates
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.tuning import Tuning
from monitor.core.windows import Period, Window


@dataclass(frozen=True, slots=True)
class Watched:
    """One source as the rules see it. Its figures move no finer than `grain`: zero for one that tells at once.

    The newest of them may be as old as `lateness`; None where that is not published.
    `counted_by` names the source that tells of the same money, as a gateway and the provider behind it do: a budget
    over all sources then counts that one only.
    """

    name: str
    kind: str
    currency: str = "USD"
    interval: timedelta = timedelta(minutes=1)
    key_variable: str = ""
    grain: timedelta = timedelta(0)
    lateness: timedelta | None = timedelta(0)
    counted_by: str | None = None


# Of an hourly budget no more than a day of hours is judged again at each poll.
MOST_SETTLING = 24
# What money is counted: of what, and in which currency.
Counted = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class Group:
    """The budgets that count the same money, and the sources they count; `factors` turn amounts into `currency`.

    `whose` names the sources to people, `grain` is how fine the coarsest of them tells, and `note` is of the rates.
    """

    scope: Scope
    currency: str
    sources: tuple[str, ...]
    budgets: tuple[Budget, ...]
    factors: Mapping[str, Decimal]
    whose: str = "all sources"
    grain: timedelta = timedelta(0)
    note: str | None = None

    @property
    def counted(self) -> Counted:
        return (self.scope, self.currency)


class _Derived:
    """A place for what is derived from the plan: found once, and no part of the value."""

    __slots__ = ("_groups",)
    _groups: Mapping[str, tuple["Group", ...]]


@dataclass(frozen=True, slots=True)
class Plan(_Derived):
    """`settling` is how long a window that has ended is still judged, for bills that come late."""

    sources: Mapping[str, Watched]
    budgets: tuple[Budget, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    channels: tuple[Channel, ...] = ()
    remind_every: timedelta = timedelta(hours=4)
    settling: timedelta = timedelta(hours=72)
    zone: tzinfo = field(default=UTC)
    tuning: Tuning = field(default_factory=Tuning)
    quiet: Quiet = field(default_factory=Quiet)
    digest: DigestSchedule | None = None
    rates: Rates = field(default_factory=Rates)

    def counts(self, budget: Budget, name: str) -> bool:
        """Tell whether the budget counts what source `name` spends.

        It is in scope, its currency has a worth in the budget's, and no other source tells of the same money.
        """
        watched = self.sources[name]
        in_scope = budget.scope.source == name or (budget.scope.source is None and watched.counted_by is None)
        return in_scope and self.rates.factor(watched.currency, budget.limit.currency) is not None

    def counted(self, budget: Budget) -> tuple[str, ...]:
        """Return the names of the sources whose spend the budget counts."""
        return tuple(name for name in self.sources if self.counts(budget, name))

    def group(self, budget: Budget) -> Group:
        """Return the money that the budget counts."""
        names, currency = self.counted(budget), budget.limit.currency
        members = [self.sources[name] for name in names]
        others = sorted({member.currency for member in members} - {currency})
        return Group(
            scope=budget.scope,
            currency=currency,
            sources=names,
            budgets=(budget,),
            factors={member.name: self.rates.factor(member.currency, currency) or Decimal(1) for member in members},
            whose=names[0] if len(names) == 1 else self._all_in(currency),
            grain=max((member.grain for member in members), default=timedelta(0)),
            note=" ".join(f"{self.rates.words(other, currency)}." for other in others) or None,
        )

    def groups(self, name: str) -> tuple[Group, ...]:
        """Return the groups of budgets that count source `name`."""
        try:
            known = self._groups
        except AttributeError:
            known = self._grouped()
            object.__setattr__(self, "_groups", known)
        return known.get(name, ())

    def windows(self, period: Period, now: datetime) -> tuple[Window, ...]:
        """Return the windows of `period` judged at `now`: this one, and those before of which bills may still come."""
        judged = [period.window(now, self.zone)]
        before = period.before(judged[0], self.zone)
        while before is not None and now < before.end + self.settling and len(judged) <= MOST_SETTLING:
            judged.append(before)
            before = period.before(before, self.zone)
        return tuple(judged)

    def _all_in(self, currency: str) -> str:
        """Return who is counted, for people: two currencies without a rate between them are two matters."""
        worthless = any(self.rates.factor(each.currency, currency) is None for each in self.sources.values())
        return f"all sources in {currency}" if worthless else "all sources"

    def _grouped(self) -> Mapping[str, tuple[Group, ...]]:
        members: dict[tuple[Scope, str], list[Budget]] = {}
        for budget in self.budgets:
            members.setdefault((budget.scope, budget.limit.currency), []).append(budget)
        by_source: dict[str, list[Group]] = {}
        for budgets in members.values():
            group = replace(self.group(budgets[0]), budgets=tuple(budgets))
            for name in group.sources:
                by_source.setdefault(name, []).append(group)
        return {name: tuple(groups) for name, groups in by_source.items()}
