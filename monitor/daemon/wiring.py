"""From settings to the parts: the plan, the sources, the senders, the state. Only here is anything constructed."""

import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.core.alerting.notifications import NotificationLog
from monitor.core.alerting.obsolete import obsolete
from monitor.core.budgets import Budget
from monitor.core.channels import ChannelState
from monitor.core.plan import Plan, Watched
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.daemon.alertmanager import Alertmanager
from monitor.daemon.heartbeat import Heartbeat, gap_between_pings
from monitor.daemon.links import Links
from monitor.daemon.redact import Redactor
from monitor.daemon.sender import Sender
from monitor.daemon.settings import Settings
from monitor.daemon.snapshots import Loaded, Memory
from monitor.daemon.sources import SOURCES
from monitor.daemon.trial import try_channel

if TYPE_CHECKING:
    from monitor.prices import PriceBook

log = structlog.get_logger()

SEND_DEADLINE = timedelta(seconds=30)


def plan_of(settings: Settings) -> Plan:
    watched = {
        source.name: Watched(
            name=source.name,
            kind=source.kind,
            currency=source.currency,
            interval=source.poll_interval,
            key_variable=source.key_variable,
            grain=SOURCES[source.kind].grain,
            lateness=SOURCES[source.kind].lateness,
            counted_by=source.counted_by,
        )
        for source in settings.sources
    }
    return Plan(
        sources=watched,
        # Of users and tags no provider tells: what counts them is the breaker's alone.
        budgets=tuple(budget for budget in settings.budgets if budget.scope.told_by_providers),
        rates=settings.rates,
        thresholds=settings.thresholds,
        channels=tuple(entry.channel for entry in settings.channels),
        remind_every=settings.remind_every,
        settling=settings.settling,
        zone=settings.timezone,
        quiet=settings.quiet,
        digest=settings.digest,
        tuning=settings.tuning,
    )


def book_of(settings: Settings) -> "PriceBook":
    from monitor.prices import PriceBook  # `run` asks for no price.
    from monitor.prices.override import read_prices

    return PriceBook([read_prices(settings.prices)] if settings.prices else [])


def heartbeat_of(
    settings: Settings,
    redact: Redactor,
    overdue: Callable[[], Sequence[str]],
    troubles: Callable[[], Sequence[str]],
    ssl_context: ssl.SSLContext,
) -> Heartbeat | None:
    if settings.heartbeat_url is None:
        return None
    intervals = {source.name: source.poll_interval for source in settings.sources}
    return Heartbeat(
        settings.heartbeat_url.value,
        intervals,
        gap=gap_between_pings(intervals.values()),
        overdue=overdue,
        troubles=troubles,
        ssl_context=ssl_context,
        redact=redact,
    )


def alertmanager_of(
    settings: Settings,
    redact: Redactor,
    look: Callable[[], State],
    clock: Callable[[], datetime],
    changed: Callable[[ChannelState], None],
    ssl_context: ssl.SSLContext,
) -> Alertmanager | None:
    if settings.alertmanager is None:
        return None
    return Alertmanager(
        settings.alertmanager.value,
        look,
        settings.timezone,
        clock,
        changed,
        ssl_context=ssl_context,
        redact=redact,
        link=settings.public_url,
    )


def links_of(settings: Settings, clock: Callable[[], datetime]) -> Links | None:
    """Return what makes the links in messages, where people can reach our pages."""
    if settings.public_url is None or not settings.listen:
        return None
    try:
        return Links(settings.state_dir, settings.public_url, clock)
    except OSError as error:
        log.error("messages go without links", error=error.strerror)  # noqa: TRY400 - the message says it all.
        return None


def senders_of(settings: Settings, redact: Redactor) -> Mapping[str, Sender]:
    return {
        entry.channel.name: Sender(
            entry.channel.name, entry.url.value, deadline=SEND_DEADLINE, redact=redact, pictures=entry.pictures
        )
        for entry in settings.channels
    }


async def try_named(settings: Settings, redact: Redactor, name: str) -> str | None:
    """Send a test by a sender of its own, and return why it failed: attempts that hang use up none of the alerts'."""
    return await try_channel(senders_of(settings, redact)[name], "the web page of spend-monitor")


def state_of(plan: Plan, loaded: Loaded | None = None) -> State:
    """Return the state to go on from; a source whose currency was changed starts anew.

    Alerts of which the settings know nothing any more are left out, in silence: nothing would ever end them.
    """
    known = loaded.sources if loaded else {}
    memory = loaded.memory if loaded else Memory()
    sources = {
        name: known[name]
        if name in known and known[name].spend.currency == watched.currency
        else SourceState(Spend(watched.currency))
        for name, watched in plan.sources.items()
    }
    alerts = {alert.key: alert for alert in memory.alerts if not obsolete(alert, plan)}
    names = {channel.name for channel in plan.channels}
    return State(
        sources,
        alerts,
        NotificationLog(memory.log.entries),
        channels={channel.name: channel for channel in memory.channels if channel.name in names},
        silences=memory.silences,
        held=tuple(one for one in memory.held if one.channel in names),
        episodes=memory.episodes,
    )


def memory_of(state: State, channels: tuple[ChannelState, ...]) -> Memory:
    """Return what is to be kept of the state beside the sources."""
    return Memory(tuple(state.alerts.values()), state.log, state.silences, state.held, channels, state.episodes)


def plan_lines(plan: Plan) -> list[str]:
    """Return what is watched, against what, and who will be told, for people."""
    lines = [f"watching {s.name} ({s.kind}) every {_span(s.interval)}" for s in plan.sources.values()]
    lines += [
        f"polling {watched.name} more often than once in {_span(shortest)}, which is what its provider asks for"
        for watched in plan.sources.values()
        if (shortest := SOURCES[watched.kind].shortest) is not None and watched.interval < shortest
    ]
    for budget in plan.budgets:
        steps = budget.thresholds
        counted = ", ".join(plan.counted(budget))
        lines.append(
            f"against the {budget.period.adjective} budget {budget.name}: {budget.limit} of {counted}, told at "
            f"{steps.warning:%}, {steps.critical:%}, {steps.emergency:%}".replace(".000000", "")
        )
        lines += _left_out(budget, plan) if budget.scope.source is None else []
    if not plan.budgets:
        lines.append("against the provider's own quota, as no budget is set (MONITOR_MONTHLY_BUDGET)")
    if plan.digest is not None:
        asked = [channel.name for channel in plan.channels if channel.digest]
        lines.append(f"a digest {plan.digest} {plan.zone}, to {', '.join(asked) or 'nobody'}")
    if plan.quiet.hours or plan.quiet.maintenance:
        lines.append(f"quiet below {plan.quiet.below.name.lower()}: {'; '.join(_quiet_words(plan))}")
    told = [
        f"{c.name} from {c.min_severity.name.lower()} up{f' (when it fails: {c.fallback})' if c.fallback else ''}"
        for c in plan.channels
    ]
    lines.append(
        f"telling {', '.join(told)}" if told else "telling nobody: MONITOR_NOTIFY is not set, alerts are only logged"
    )
    return lines


def _quiet_words(plan: Plan) -> list[str]:
    spans = [
        (window.start.astimezone(plan.zone), window.end.astimezone(plan.zone)) for window in plan.quiet.maintenance
    ]
    return [*map(str, plan.quiet.hours), *(f"{start:%d %b %H:%M} to {end:%d %b %H:%M %Z}" for start, end in spans)]


def _left_out(budget: Budget, plan: Plan) -> list[str]:
    """Return why a budget over all sources does not count some of them."""
    lines = []
    for watched in plan.sources.values():
        if plan.counts(budget, watched.name):
            continue
        if watched.counted_by is not None:
            lines.append(
                f"{watched.name} is not counted by {budget.name}: {watched.counted_by} tells of the same money"
            )
        else:
            lines.append(
                f"NOT counted by {budget.name}, as its currency is another: {watched.name} "
                f"(MONITOR_RATES__{watched.currency} can say what one {watched.currency} is worth)"
            )
    return lines


def new_rng() -> random.Random:
    return random.Random()  # noqa: S311 - for jitter, not for secrets.


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
