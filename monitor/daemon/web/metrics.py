"""The metrics: what they are, and how each is read from one state at the scrape."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.budgets import Severity
from monitor.core.channels import ChannelState
from monitor.core.plan import Plan
from monitor.core.state import State
from monitor.core.windows import FOREVER, share
from monitor.daemon.counters import Counters
from monitor.daemon.document import spent_of
from monitor.daemon.web.exposition import Metric, Sample

DOLLARS = "USD"
# The worst of them are told one by one; `monitor_alerts` counts all.
MOST_ALERTS = 200
BURN_OVER = timedelta(hours=1)

BUILD = Metric("monitor_build_info", "gauge", "The release that runs; always 1.", ("version",))
UP = Metric("monitor_source_up", "gauge", "1 if the last poll of the source went well, else 0.", ("source",))
SUCCESS = Metric(
    "monitor_source_last_success_timestamp_seconds", "gauge", "When a poll of the source last went well.", ("source",)
)
POLLS = Metric("monitor_polls_total", "counter", "Polls since the start.", ("source", "result"))
POLL_DURATION = Metric(
    "monitor_poll_duration_seconds", "summary", "How long polls took, waiting included.", ("source",)
)
SPEND_USD = Metric(
    "monitor_spend_usd",
    "gauge",
    "Spent today or this month, in US dollars; other currencies by the rates that are set.",
    ("source", "window"),
)
SPEND = Metric(
    "monitor_spend",
    "gauge",
    "Spent today or this month, in the currency of the source.",
    ("source", "window", "currency"),
)
LOST = Metric(
    "monitor_source_lost_requests",
    "gauge",
    "Requests of this month that an application could not write down, and whose cost is missing.",
    ("source",),
)
BALANCE = Metric("monitor_source_balance", "gauge", "What is left of a prepaid balance.", ("source", "currency"))
LIMIT_USD = Metric("monitor_budget_limit_usd", "gauge", "The limit of the budget, in US dollars.", ("budget", "period"))
RATIO = Metric("monitor_budget_used_ratio", "gauge", "The share of the limit that is spent.", ("budget", "period"))
BURN_RATE = Metric(
    "monitor_burn_rate",
    "gauge",
    "The pace of the last hour over the pace at which the budget lasts exactly; above 1 it is used up early.",
    ("budget", "period"),
)
ALERT = Metric(
    "monitor_alert_severity",
    "gauge",
    "Alerts that fire: 1 warning, 2 critical, 3 emergency; the worst 200.",
    ("rule", "subject", "state"),
)
ALERTS = Metric("monitor_alerts", "gauge", "How many alerts fire, by severity.", ("severity", "state"))
SILENCES = Metric("monitor_silences", "gauge", "How many silences hold.")
CHANNEL_UP = Metric(
    "monitor_channel_up",
    "gauge",
    "1 if the last message on the channel was taken, else 0; none before one.",
    ("channel",),
)
TOLD = Metric(
    "monitor_notifications_total",
    "counter",
    "Messages taken since the start, by their worst alert.",
    ("channel", "severity"),
)
FAILED = Metric("monitor_notification_failures_total", "counter", "Messages not taken since the start.", ("channel",))
TAKEN_IN = Metric(
    "monitor_usage_records_total",
    "counter",
    "Requests that programs told since the start: recorded, refused, or unwritten as the ledger failed.",
    ("result",),
)
SNAPSHOT_AGE = Metric("monitor_snapshot_age_seconds", "gauge", "How long ago the state was last written to disk.")
SNAPSHOT_UP = Metric("monitor_snapshot_up", "gauge", "1 if the state can be written to disk, else 0.")

METRICS = (
    *(BUILD, UP, SUCCESS, POLLS, POLL_DURATION, SPEND_USD, SPEND, LOST, BALANCE, LIMIT_USD, RATIO, BURN_RATE),
    *(ALERT, ALERTS, SILENCES, CHANNEL_UP, TOLD, FAILED, TAKEN_IN, SNAPSHOT_AGE, SNAPSHOT_UP),
)

Samples = Iterator[Sample]


@dataclass(frozen=True, slots=True)
class Scrape:
    """One state, and what stands beside it, at one moment. `rows` are those of the sources in the document."""

    state: State
    plan: Plan
    rows: Iterable[Mapping[str, Any]]
    channels: Iterable[ChannelState]
    counters: Counters
    now: datetime
    version: str

    def samples(self) -> dict[Metric, Iterable[Sample]]:
        return {
            BUILD: [Sample((self.version,), 1)],
            UP: self._up(),
            SUCCESS: self._success(),
            POLLS: [Sample(labels, count) for labels, count in sorted(self.counters.polls.items())],
            POLL_DURATION: self._durations(),
            SPEND_USD: self._spend_usd(),
            SPEND: self._spend(),
            LOST: [Sample((name,), source.lost) for name, source in self.state.sources.items() if source.lost],
            BALANCE: self._balances(),
            LIMIT_USD: self._limits(),
            RATIO: self._ratios(),
            BURN_RATE: self._burn_rates(),
            ALERT: self._worst_alerts(),
            ALERTS: self._alerts(),
            SILENCES: [Sample((), sum(silence.holds(self.now) for silence in self.state.silences))],
            CHANNEL_UP: [Sample((c.name,), c.state == "ok") for c in self.channels if c.state != "untried"],
            TOLD: [Sample(labels, count) for labels, count in sorted(self.counters.notifications.items())],
            FAILED: [Sample((name,), count) for name, count in sorted(self.counters.notification_failures.items())],
            TAKEN_IN: [Sample((result,), count) for result, count in sorted(self.counters.usage.items())],
            SNAPSHOT_AGE: self._snapshot_age(),
            SNAPSHOT_UP: [Sample((), self.state.saving.failing_since is None)],
        }

    def _up(self) -> Samples:
        for name, source in self.state.sources.items():
            if source.health.last_attempt is not None:
                yield Sample((name,), source.health.fault is None)

    def _success(self) -> Samples:
        for name, source in self.state.sources.items():
            if source.health.last_success is not None:
                yield Sample((name,), source.health.last_success)

    def _durations(self) -> Samples:
        counts = Counter[str]()
        for (source, _), count in self.counters.polls.items():
            counts[source] += count
        for source, count in sorted(counts.items()):
            yield Sample((source,), self.counters.poll_seconds[source], "_sum")
            yield Sample((source,), count, "_count")

    def _spend_usd(self) -> Samples:
        for row in self.rows:
            factor = self.plan.rates.factor(row["currency"], DOLLARS)
            for window, amount in row["spend"].items():
                if amount is not None and factor is not None:
                    yield Sample((row["name"], window), Decimal(amount) * factor)

    def _spend(self) -> Samples:
        for row in self.rows:
            for window, amount in row["spend"].items():
                if amount is not None:
                    yield Sample((row["name"], window, row["currency"]), Decimal(amount))

    def _balances(self) -> Samples:
        for name, source in self.state.sources.items():
            if source.spend.balance is not None:
                yield Sample((name, source.spend.balance.currency), source.spend.balance.amount)

    def _limits(self) -> Samples:
        for budget in self.plan.budgets:
            factor = self.plan.rates.factor(budget.limit.currency, DOLLARS)
            if factor is not None:
                yield Sample((budget.name, budget.period.value), budget.limit.amount * factor)

    def _ratios(self) -> Samples:
        for budget in self.plan.budgets:
            spent = spent_of(budget, self.state, self.plan, self.now)
            if spent is not None:
                yield Sample((budget.name, budget.period.value), spent / budget.limit)

    def _burn_rates(self) -> Samples:
        for budget in self.plan.budgets:
            tally = self.state.tallies.get(self.plan.group(budget).counted)
            window = budget.period.window(self.now, self.plan.zone)
            pace = tally.trail.pace(self.now, BURN_OVER) if tally is not None else None
            if pace is not None and window != FOREVER:
                even = budget.limit.amount / share(window.length, timedelta(hours=1))
                yield Sample((budget.name, budget.period.value), pace / even)

    def _worst_alerts(self) -> Samples:
        worst: dict[tuple[str, str, str], Severity] = {}
        for alert in sorted(self._firing(), key=lambda one: (-one.severity, one.key)):
            labels = (alert.rule.value, alert.subject, alert.stage.value)
            if labels in worst or len(worst) < MOST_ALERTS:  # Two windows of one budget are one line: the worse.
                worst.setdefault(labels, alert.severity)
        for labels, severity in worst.items():
            yield Sample(labels, severity)

    def _alerts(self) -> Samples:
        counts = Counter((alert.severity, alert.stage) for alert in self._firing())
        for severity in (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY):
            for stage in (Stage.FIRING, Stage.ACKNOWLEDGED):
                yield Sample((severity.name.lower(), stage.value), counts[severity, stage])

    def _firing(self) -> list[Alert]:
        return [alert for alert in self.state.alerts.values() if alert.firing]

    def _snapshot_age(self) -> Samples:
        if self.counters.saved_at is not None:
            yield Sample((), max((self.now - self.counters.saved_at).total_seconds(), 0.0))
