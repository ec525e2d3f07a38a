"""What is watched, against what, and who is told: the settings as far as decisions need them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.core.budgets import Budget, Scope, Thresholds
from monitor.core.channels import Channel
from monitor.core.digest_schedule import DigestSchedule
from monitor.core.quiet import Quiet
from monitor.core.tuning import Tuning
from monitor.core.windows import Period, Window

# The kind of a source that knows requests as the application made them, and not as a provider bills them.
LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Watched:
    """One source as the rules see it. Its figures move no finer than `grain`: zero for one that tells at once."""

    name: str
    kind: str
    currency: str = "USD"
    interval: timedelta = timedelta(minutes=1)
    key_variable: str = ""
    grain: timedelta = timedelta(0)


# What money is counted: of what, and in which currency.
Counted = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class Group:
    """The budgets that count the same money, and the sources they count."""

    scope: Scope
    currency: str
    sources: tuple[str, ...]
    budgets: tuple[Budget, ...]

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

    def counts(self, budget: Budget, name: str) -> bool:
        """Tell whether the budget counts what source `name` spends: it is in scope and in the budget's currency.

        The ledger has the same requests as the providers that bill them: a budget that names no source counts it only
        where nothing else is counted.
        """
        if budget.scope.source not in (None, name) or self.sources[name].currency != budget.limit.currency:
            return False
        if budget.scope.source == name or self.sources[name].kind != LEDGER:
            return True
        return all(other.kind == LEDGER for other in self.sources.values() if other.currency == budget.limit.currency)

    def counted(self, budget: Budget) -> tuple[str, ...]:
        """Return the names of the sources whose spend the budget counts."""
        return tuple(name for name in self.sources if self.counts(budget, name))

    def group(self, budget: Budget) -> Group:
        """Return the money that the budget counts."""
        return Group(budget.scope, budget.limit.currency, self.counted(budget), (budget,))

    def groups(self, name: str) -> tuple[Group, ...]:
        """Return the groups of budgets that count source `name`."""
        try:
            known = self._groups
        except AttributeError:
            known = self._grouped()
            object.__setattr__(self, "_groups", known)
        return known.get(name, ())

    def windows(self, period: Period, now: datetime) -> tuple[Window, ...]:
        """Return the windows of `period` that are judged at `now`: this one, and the last while its bills may come."""
        current = period.window(now, self.zone)
        before = period.before(current, self.zone)
        return (current,) if before is None or now >= before.end + self.settling else (current, before)

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
