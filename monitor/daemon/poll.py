"""The straight line of one poll: fetch, record, evaluate, save; and the one cell that holds what is known."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.core.alerts import Alert
from monitor.core.channels import Channel
from monitor.core.errors import SnapshotError, SourceError, SourceUnavailable
from monitor.core.evaluate import evaluate
from monitor.core.health import Fault
from monitor.core.muting import audible
from monitor.core.notifications import Notification, decide
from monitor.core.plan import Plan
from monitor.core.readings import Observation
from monitor.core.source import SourceState
from monitor.core.state import Saving, State
from monitor.daemon.retry import poll_delay

log = structlog.get_logger()


class Source(Protocol):
    async def fetch(self, now: datetime) -> Observation:
        """Ask the provider; raises SourceError."""


class Store(Protocol):
    """Where the state is kept; both raise SnapshotError."""

    async def save_source(self, name: str, source: SourceState) -> None: ...

    async def save_alerts(self, state: State) -> None: ...


class Watch:
    """Holds the state. It is replaced whole and only between awaits, so that nothing ever sees half of a poll."""

    def __init__(
        self,
        plan: Plan,
        state: State,
        sources: Mapping[str, Source],
        store: Store,
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self.state = state
        self.on_change: Callable[[], None] = lambda: None
        self._plan = plan
        self._sources = sources
        self._store = store
        self._clock = clock
        self._rng = rng

    async def poll(self, name: str) -> timedelta | None:
        """Poll one source to the end; return how long to wait if that is not the source's own rhythm."""
        now = self._clock()
        seen = await self._fetch(name, now)
        before = self.state
        source = before.sources[name].after(seen, now)
        self.state = evaluate(replace(before, sources={**before.sources, name: source}), self._plan, name, now)
        self._tell(name, before, self.state)
        self.on_change()
        await self._save(name, now, alerts_changed=_said(before) != _said(self.state))
        if source.health.fault is None:
            return None
        error = seen if isinstance(seen, Exception) else seen.error
        wish = error.retry_after if isinstance(error, SourceUnavailable) else None
        return poll_delay(source.health, self._plan.sources[name].interval, wish, self._rng)

    def due(self, channel: Channel) -> tuple[Notification, ...]:
        """Return what `channel` is due to hear now."""
        now = self._clock()
        heard = audible(self.state.alerts, self.state.silences, now)
        return decide(heard, self.state.log, channel, self._plan.remind_every, now)

    async def told(self, delivered: Sequence[Notification]) -> None:
        """Log a delivery, and save that before anything else is said."""
        now = self._clock()
        self.state = replace(self.state, log=self.state.log.told(delivered, now))
        await self._save(None, now, alerts_changed=True)

    async def _fetch(self, name: str, now: datetime) -> Observation | Exception:
        try:
            return await self._sources[name].fetch(now)
        except SourceError as error:
            return error
        except Exception as error:
            log.exception("poll hit a bug; the other sources go on", source=name)
            return error

    async def _save(self, name: str | None, now: datetime, *, alerts_changed: bool) -> None:
        error: SnapshotError | None = None
        try:
            if alerts_changed or self.state.saving.error:  # What changed while the disk refused is not written yet.
                await self._store.save_alerts(self.state)
            if name is not None:
                await self._store.save_source(name, self.state.sources[name])
        except SnapshotError as refused:
            error = refused
        failing = self.state.saving.failing_since
        if (error is None) == (failing is None):
            return
        if error is not None:
            log.error("state cannot be saved; alerting goes on from memory", error=str(error))
        else:
            log.info("state is saved again")
        saving = Saving(now, str(error)) if error else Saving()
        anyone = name or next(iter(self.state.sources))
        self.state = evaluate(replace(self.state, saving=saving), self._plan, anyone, now)
        self.on_change()

    def _tell(self, name: str, before: State, after: State) -> None:
        """Log what changed: a failure once, its end once, each alert as it rises and falls."""
        was, now = before.sources[name].health, after.sources[name].health
        if now.fault is not None and (now.fault, now.error) != (was.fault, was.error):
            level = log.warning if now.fault is Fault.UNAVAILABLE else log.error
            level("poll failed", source=name, fault=now.fault.value, error=now.error)
        elif now.fault is None and was.fault is not None:
            log.info("poll succeeds again", source=name)
        elif was.last_attempt is None:
            log.info("first poll succeeded", source=name)
        for alert in _risen(before.alerts, after.alerts):
            log.warning("alert", severity=alert.severity.name, summary=alert.summary, key=alert.key)
        for key, alert in before.alerts.items():
            if alert.firing and (key not in after.alerts or not after.alerts[key].firing):
                log.info("alert is over", key=key, summary=after.alerts.get(key, alert).summary)


def _risen(before: Mapping[str, Alert], after: Mapping[str, Alert]) -> list[Alert]:
    return [
        alert
        for key, alert in after.items()
        if alert.firing and (key not in before or before[key].severity < alert.severity)
    ]


def _said(state: State) -> tuple[object, ...]:
    """Return what must not be lost of the alerts: the figures in them are found again by the next poll."""
    return (
        state.log,
        {key: (alert.severity, alert.since, alert.stage, alert.acknowledged) for key, alert in state.alerts.items()},
    )
