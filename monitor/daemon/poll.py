"""The straight line of one poll: fetch, record, evaluate, save; and the one cell that holds what is known."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.due import due_on
from monitor.core.alerting.evaluate import evaluate, evaluate_health, evaluate_monitor
from monitor.core.alerting.events import Event, events
from monitor.core.alerting.held import held_after, without
from monitor.core.alerting.notifications import Notification
from monitor.core.alerting.obey import obey
from monitor.core.alerting.orders import Answer, Order
from monitor.core.channels import Channel, ChannelState
from monitor.core.errors import SnapshotError, SourceError, SourceUnavailable
from monitor.core.plan import Plan
from monitor.core.spending.readings import Observation
from monitor.core.spending.source import SourceState
from monitor.core.state import Saving, State
from monitor.daemon.log_lines import log_event, log_poll
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
        record: Callable[[Sequence[Event]], None] = lambda _: None,
    ) -> None:
        self.state = state
        self.on_change: Callable[[], None] = lambda: None
        self._plan = plan
        self._sources = sources
        self._store = store
        self._clock = clock
        self._rng = rng
        self._record = record
        self._hush: tuple[object, ...] = (False, (), None)
        self._unsaved: dict[str, str] = {}

    async def poll(self, name: str) -> timedelta | None:
        """Poll one source to the end; return how long to wait if that is not the source's own rhythm."""
        now = self._clock()
        seen = await self._fetch(name, now)
        # The state of before is known in there alone: thousands of polls may wait for a disk that hangs.
        alerts_changed = self._learn(name, seen, now)
        wait = self._wait(name, seen)
        await self._save(name, now, alerts_changed=alerts_changed)
        return wait

    def due(self, channel: Channel) -> tuple[Notification, ...]:
        """Return what `channel` is due to hear now."""
        return due_on(channel, self.state, self._plan, self._clock())

    async def told(self, delivered: Sequence[Notification]) -> None:
        """Log a delivery, and save that before anything else is said."""
        now = self._clock()
        known = self.state
        self.state = replace(known, log=known.log.told(delivered, now), held=without(known.held, delivered))
        await self._save(None, now, alerts_changed=True)

    async def obey(self, order: Order) -> Answer:
        """Carry out what a person asked for, and save it before that is answered."""
        now = self._clock()
        before = self.state
        state, answer = obey(before, order, now, self._plan.zone)
        if answer.refused is None:
            self._become(state, now, by=order.by)
            await self._save(None, now, alerts_changed=_is_news(before, self.state))
        return answer

    def hear(self, channel: ChannelState) -> None:
        """Note how a channel does, and judge that at once: the others are to hear of one that fails for good."""
        now = self._clock()
        known = replace(self.state, channels={**self.state.channels, channel.name: channel})
        self._become(evaluate_monitor(known, self._plan, now), now)

    def stir(self) -> None:
        """Wake the channels when a silence or the quiet hours have begun or ended, or a digest is due, since lately."""
        now, digest = self._clock(), self._plan.digest
        silences = tuple(one.id for one in self.state.silences if one.holds(now))
        hush = (self._plan.quiet.holds(now), silences, digest and digest.window(now, self._plan.zone))
        if hush != self._hush:
            self._hush = hush
            self.on_change()

    def _learn(self, name: str, seen: Observation | Exception, now: datetime) -> bool:
        """Take in a look at one source; return whether that changed what must not be lost of the alerts."""
        before = self.state
        state = self._after(name, seen, now)
        log_poll(name, before.sources[name].health, state.sources[name].health)
        self._become(state, now)
        return _is_news(before, self.state)

    def _wait(self, name: str, seen: Observation | Exception) -> timedelta | None:
        health, interval = self.state.sources[name].health, self._plan.sources[name].interval
        if health.fault is None:
            closed = None if isinstance(seen, Exception) else seen.closed_for
            return closed if closed is not None and closed > interval else None
        error = seen if isinstance(seen, Exception) else seen.error
        wish = error.retry_after if isinstance(error, SourceUnavailable) else None
        return poll_delay(health, interval, wish, self._rng)

    def _after(self, name: str, seen: Observation | Exception, now: datetime) -> State:
        """Return the state after a look at one source; a bug in judging it makes the look a failed one."""
        before = self.state
        try:
            source = before.sources[name].after(seen, now)
            return evaluate(before.having(name, source), self._plan, name, now)
        except Exception as error:
            log.exception("judging a poll hit a bug; the other sources go on", source=name)
            failed = before.sources[name].after(error, now)
            return evaluate_health(before.having(name, failed), self._plan, name, now)

    async def _fetch(self, name: str, now: datetime) -> Observation | Exception:
        try:
            return await self._sources[name].fetch(now)
        except SourceError as error:
            return error
        except Exception as error:
            log.exception("poll hit a bug; the other sources go on", source=name)
            return error

    async def _save(self, name: str | None, now: datetime, *, alerts_changed: bool) -> None:
        if alerts_changed or "alerts" in self._unsaved:
            await self._write("alerts", self._store.save_alerts(self.state))
        if name is not None:
            await self._write(f"source {name}", self._store.save_source(name, self.state.sources[name]))
        error = next(iter(self._unsaved.values()), None)
        if (error is None) == (self.state.saving.failing_since is None):
            return
        if error is not None:
            log.error("state cannot be saved; alerting goes on from memory", error=error)
        else:
            log.info("state is saved again")
        saving = Saving(now, error) if error is not None else Saving()
        self._become(evaluate_monitor(replace(self.state, saving=saving), self._plan, now), now)

    async def _write(self, what: str, write: Awaitable[None]) -> None:
        """Write one file, or note why it is not written; a bug in that is no worse than a full disk."""
        try:
            await write
        except SnapshotError as refused:
            self._unsaved[what] = str(refused)
        except Exception as error:
            if what not in self._unsaved:
                log.exception("saving hit a bug; alerting goes on from memory", what=what)
            self._unsaved[what] = f"a bug in spend-monitor ({type(error).__name__}) while saving {what}; see the log"
        else:
            self._unsaved.pop(what, None)

    def _become(self, state: State, now: datetime, by: str | None = None) -> None:
        """Replace what is known, and tell the log, the history and the channels what has happened."""
        before = self.state
        self.state = replace(state, held=held_after(before, state, self._plan, now))
        happened = events(before, self.state, now, by)
        for event in happened:
            log_event(event)
        if happened:
            self._record(happened)
        self.on_change()


def _is_news(before: State, after: State) -> bool:
    """Tell whether that changed of the alerts which must not be lost: their figures are found again by the next poll.

    It is asked at each poll, and thousands of alerts may go on.
    """
    if before.log != after.log or before.silences != after.silences or len(before.alerts) != len(after.alerts):
        return True
    return any(
        alert is not known and (known is None or _lasting(alert) != _lasting(known))
        for known, alert in ((before.alerts.get(key), alert) for key, alert in after.alerts.items())
    )


def _lasting(alert: Alert) -> tuple[object, ...]:
    return alert.severity, alert.since, alert.stage, alert.acknowledged
