"""The published traces: ordinary life, and what goes wrong in it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Rule
from monitor.core.budgets import Budget, Severity
from monitor.core.money import Money
from monitor.core.windows import Period, Window
from tests.traces.accounts import HOURS_OF_MONTH, Account, Habit
from tests.traces.trace import DAY, HOUR, Incident, Trace

MINUTE, QUARTER, HALF = timedelta(minutes=1), timedelta(minutes=15), timedelta(minutes=30)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)  # A Monday.


def monthly(limit: float) -> tuple[Budget, ...]:
    return (Budget("monthly", Money(Decimal(str(limit)), "USD"), Period.MONTH),)


def at(day: int, clock: str) -> datetime:
    """Return a time of the day so many days after 1 June, as `at(20, "01:10")`."""
    hours, minutes = map(int, clock.split(":"))
    return JUNE + DAY * day + HOUR * hours + MINUTE * minutes


def fast(what: str, start: datetime, lasts: timedelta, times: float, limit: float, severity: Severity) -> Incident:
    """Return an incident that spends so many `times` faster than `limit` lasts a month."""
    return Incident(what, start, start + lasts, severity, limit / HOURS_OF_MONTH * times)


def troubled(name: str, account: Account, limit: float, harder: float = 1) -> Trace:
    """Return six weeks of an account, the last three with all kinds of fast money, each so many times `harder`."""
    incidents = tuple(
        fast(what, start, lasts, times * harder, limit, severity)
        for what, start, lasts, times, severity in (
            ("the overnight loop", at(22, "01:10"), 3 * HOUR, 72, Severity.EMERGENCY),
            ("a leaked key", at(25, "14:20"), 10 * MINUTE, 777.6, Severity.EMERGENCY),
            ("a loop at work", at(29, "10:05"), 5 * HOUR, 30, Severity.EMERGENCY),
            ("a slow loop over the weekend", at(33, "02:00"), 12 * HOUR, 10, Severity.CRITICAL),
            ("a job that never ends", at(36, "20:00"), 9 * HOUR, 8, Severity.CRITICAL),
            ("a leaked key at night", at(39, "03:30"), 30 * MINUTE, 150, Severity.EMERGENCY),
        )
    )
    about = f"three quiet weeks, then three with loops and leaked keys, on ${limit:,.0f} a month"
    return Trace(name, about, account, monthly(limit), JUNE, 42, HALF, incidents)


def ordinary(name: str, about: str, account: Account, limit: float, days: int = 45) -> Trace:
    return Trace(name, about, account, monthly(limit), JUNE, days, HALF)


OUTAGE = Window(at(17, "09:00"), at(17, "15:00"))
TRACES = (
    ordinary("ordinary-5", "an office that spends $3 of $5", Account(Habit.OFFICE, 3, seed=1), 5),
    ordinary("ordinary-50", "an office that spends $30 of $50", Account(Habit.OFFICE, 30, seed=2), 50),
    ordinary("ordinary-500", "a service that spends $300 of $500", Account(Habit.SERVICE, 300, seed=3), 500),
    ordinary("ordinary-5000", "an office that spends $3,000 of $5,000", Account(Habit.OFFICE, 3000, seed=4), 5000),
    ordinary(
        "restless-500", "an office of $300 of $500 whose hours stray a lot", Account(Habit.OFFICE, 300, 0.9, 5), 500
    ),
    ordinary("monday-batch", "an office with a job each Monday", Account(Habit.BATCH, 300, seed=6), 500),
    Trace(
        "month-end",
        "three months that each spend about $480 of $500",
        Account(Habit.SERVICE, 480, 0.3, 7),
        monthly(500),
        JUNE,
        92,
        HOUR,
    ),
    Trace(
        "outage",
        "the provider is away for six hours, then all of it comes at once",
        Account(Habit.OFFICE, 300, seed=8),
        monthly(500),
        JUNE,
        30,
        QUARTER,
        (Incident("no data", OUTAGE.start, OUTAGE.end, Severity.CRITICAL, rules=frozenset({Rule.NO_DATA})),),
        (OUTAGE,),
    ),
    Trace(
        "late-billing",
        "what is spent shows eight hours later; $520 of $500, the last of it after the month is over",
        Account(Habit.SERVICE, 520, 0.3, seed=9),
        monthly(500),
        JUNE,
        33,
        HALF,
        lag=8 * HOUR,
    ),
    Trace(
        "slow-creep",
        "a service that costs 3 % more each day",
        Account(Habit.SERVICE, 200, seed=10),
        monthly(500),
        JUNE,
        61,
        HOUR,
        (Incident("creep", at(30, "12:00"), at(52, "00:00"), Severity.WARNING, rules=frozenset({Rule.FORECAST})),),
        grows=lambda day: 1.03**day,
    ),
    troubled("troubled-5", Account(Habit.OFFICE, 1.5, seed=11), 5, harder=6),
    troubled("troubled-50", Account(Habit.SERVICE, 15, seed=12), 50),
    troubled("troubled-500", Account(Habit.OFFICE, 150, seed=13), 500),
    troubled("troubled-5000", Account(Habit.BATCH, 1500, seed=14), 5000),
)
