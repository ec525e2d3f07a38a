"""The daemon: starts the parts in order, waits for a signal, stops them in order."""

import asyncio
import os
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from monitor.core.alerting.events import Attempt
from monitor.core.alerting.notifications import Notification
from monitor.core.alerting.uncounted import uncounted
from monitor.core.channels import Channel, ChannelState, fallbacks
from monitor.core.errors import SettingsError
from monitor.core.plan import Plan
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.daemon.accounts import sources_of
from monitor.daemon.alertmanager import Alertmanager
from monitor.daemon.breaker_document import breaker_now
from monitor.daemon.counters import Counters
from monitor.daemon.delivery import Delivery
from monitor.daemon.desk import Desk
from monitor.daemon.folder import Lock
from monitor.daemon.heartbeat import Heartbeat, troubles_of
from monitor.daemon.history import History
from monitor.daemon.hold import Hold
from monitor.daemon.host_breaker import HostBreaker
from monitor.daemon.inbox import Inbox
from monitor.daemon.ledger_access import LedgerAccess
from monitor.daemon.links import Links
from monitor.daemon.open_files import make_room
from monitor.daemon.poll import Watch
from monitor.daemon.redact import Redactor
from monitor.daemon.route import Route
from monitor.daemon.schedule import Schedule
from monitor.daemon.sender import Sender
from monitor.daemon.settings import Settings
from monitor.daemon.snapshots import Snapshots
from monitor.daemon.sources import Source
from monitor.daemon.systemd import Systemd
from monitor.daemon.trial import rejections
from monitor.daemon.web.part import WebPart
from monitor.daemon.web.view import View
from monitor.daemon.wiring import (
    alertmanager_of,
    book_of,
    heartbeat_of,
    links_of,
    memory_of,
    new_rng,
    plan_lines,
    plan_of,
    senders_of,
    state_of,
    try_named,
)
from monitor.daemon.writer import Writer
from monitor.ledger.ledger import Ledger

log = structlog.get_logger()

# A stop takes at most this and a little more, whatever a provider or a channel does.
STOP_PATIENCE = timedelta(seconds=6)
# How long the channels wait for the first poll; a provider that hangs is itself something to tell.
LOAD_PATIENCE = timedelta(seconds=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


class App:
    """One daemon over one state folder, which may be locked already, as sources may be asked already.

    `run` returns when `stop` is called.
    """

    def __init__(
        self,
        settings: Settings,
        redact: Redactor,
        clock: Callable[[], datetime] = utc_now,
        *,
        ssl_context: ssl.SSLContext | None = None,
        sources: Mapping[str, Source] | None = None,
        lock: Lock | None = None,
    ) -> None:
        self.settings = settings
        self.plan: Plan = plan_of(settings)
        self.clock = clock
        self._redact = redact
        self._ssl_context = ssl_context or ssl.create_default_context()
        self._sources = sources
        self._snapshots = Snapshots(settings.state_dir, lock)
        self._history = History(settings.state_dir, self._snapshots.later)
        self._stop = asyncio.Event()
        self._polled = asyncio.Event()
        self._unpolled = set(self.plan.sources)
        pictures = any(entry.pictures for entry in settings.channels)
        self.writer = Writer(self.plan, lambda: self.watch.state, self.clock, pictures=pictures)
        self.deliveries: tuple[Delivery, ...] = ()
        self.watch: Watch
        self.heartbeat: Heartbeat | None = None
        self.alertmanager: Alertmanager | None = None
        self.counters = Counters()
        self.links: Links | None = None
        self.web: WebPart | None = None
        self.host_breaker: HostBreaker | None = None

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Watch until stopped.

        Raises:
            SnapshotError: the state folder is unusable or held by another daemon.
            SettingsError: Apprise rejects a channel's URL.
        """
        self._snapshots.lock()
        make_room(len(self.plan.sources))
        systemd = Systemd(os.environ)
        sources = self._sources
        if sources is None:
            sources = sources_of(self.settings, self._redact, self.clock, self._ssl_context)
        senders = senders_of(self.settings, self._redact)
        schedule = self._prepare(sources, senders)
        desk = Desk(Inbox(self.settings.state_dir), self.watch.obey, self._snapshots.in_turn, self.watch.stir)
        await desk.open()
        schedule.start()
        loops: list[asyncio.Task[None]] = []
        try:
            await self._load(senders)
            self.links = links_of(self.settings, self.clock)
            self.writer.link = self.links.url if self.links is not None else None
            self.watch.on_change = self._wake
            loops.extend(map(asyncio.create_task, self._loops(systemd, schedule, desk)))
            self._wake()
            systemd.ready(f"watching {', '.join(self.plan.sources)}")
            await self._stop.wait()
            log.info("stopping")
        finally:
            systemd.stopping()
            if self.web is not None:
                await self.web.stop()
            await asyncio.gather(schedule.stop(STOP_PATIENCE), *(d.stop(STOP_PATIENCE) for d in self.deliveries))
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*(source.close() for source in sources.values()), return_exceptions=True)
            self._snapshots.close()
        log.info("stopped")

    def _prepare(self, sources: Mapping[str, Source], senders: Mapping[str, Sender]) -> Schedule:
        """Take up what was known at the last stop, and make what each poll goes through; return what starts them."""
        loaded = self._snapshots.load(self.plan.sources, set_aside=True)
        for line in loaded.damaged:
            log.error("a state file could not be read; starting without it", file=line)
        known = state_of(self.plan, loaded)
        self.watch = Watch(self.plan, known, sources, self, self.clock, new_rng(), self._history.add)
        self.deliveries = tuple(self._delivery(channel, senders) for channel in self.plan.channels)
        longest = max(source.timeout for source in self.settings.sources)
        intervals = {source.name: source.poll_interval for source in self.settings.sources}
        schedule = Schedule(intervals, self._poll, slack=longest + timedelta(minutes=1))
        for line in plan_lines(self.plan):
            log.info(line)
        for name in self.settings.unsupported:
            log.warning("a key is set for a provider that is not watched yet", variable=name)
        self.heartbeat = heartbeat_of(self.settings, self._redact, schedule.overdue, self._troubles, self._ssl_context)
        self.alertmanager = alertmanager_of(
            self.settings, self._redact, lambda: self.watch.state, self.clock, self.watch.hear, self._ssl_context
        )
        return schedule

    def _loops(self, systemd: Systemd, schedule: Schedule, desk: Desk) -> Iterator[Coroutine[None, None, None]]:
        """Yield all that goes on beside the polls."""
        for delivery in self.deliveries:
            yield delivery.run()
        yield self._feed(systemd, schedule)
        yield desk.run()
        if self.heartbeat is not None:
            yield self.heartbeat.run()
        if self.alertmanager is not None:
            yield self.alertmanager.run()
        if self.settings.listen:
            self.web = WebPart(self.settings, self._view(schedule))
            yield self.web.run()
        if self.settings.breaker.follow_daemon:
            self.host_breaker = HostBreaker(Ledger(self.settings.ledger), lambda: self.watch.state.alerts.values())
            yield self.host_breaker.run()

    async def save_source(self, name: str, source: SourceState) -> None:
        await self._snapshots.save_source(name, source)
        self.counters.saved_at = self.clock()

    async def save_alerts(self, state: State) -> None:
        await self._snapshots.save_memory(memory_of(state, self.channel_states()))

    def channel_states(self) -> tuple[ChannelState, ...]:
        return tuple(delivery.state for delivery in self.deliveries)

    async def _poll(self, name: str) -> timedelta | None:
        began = monotonic()
        try:
            wait = await self.watch.poll(name)
        finally:
            self._polled.set()
        took = timedelta(seconds=monotonic() - began)
        self.counters.polled(name, took, well=self.watch.state.sources[name].health.fault is None)
        if self.heartbeat is not None:
            self.heartbeat.polled(name, took)
        if name in self._unpolled:
            self._unpolled.remove(name)
            for line in () if self._unpolled else uncounted(self.plan, self.watch.state.sources):
                log.warning(line)
        return wait

    def _troubles(self) -> tuple[str, ...]:
        told = zip(self.plan.channels, self.deliveries, strict=True)
        waiting = [delivery.state for channel, delivery in told if self.watch.due(channel)]
        return troubles_of(self.watch.state, waiting, self.clock())

    async def _load(self, senders: Mapping[str, Sender]) -> None:
        """Load Apprise after the first poll: it takes longer than all else, and beside it would hold the request up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._polled.wait(), LOAD_PATIENCE.total_seconds())
        rejected = await rejections(senders)
        if rejected:
            variables = {entry.channel.name: entry.variable for entry in self.settings.channels}
            raise SettingsError([f"{variables[name]}: {reason}" for name, reason in rejected.items()])

    def _delivery(self, channel: Channel, senders: Mapping[str, Sender]) -> Delivery:
        """Return the loop of a channel, which goes on from how the channel did before a restart."""
        channels = {c.name: c for c in self.plan.channels}
        others = {name: channels[name] for name in fallbacks(channel.name, channels)}
        ways = {name: senders[name] for name in others}
        state = self.watch.state.channels.get(channel.name, ChannelState(channel.name))
        route = Route(state, senders[channel.name], ways, self.clock, new_rng(), changed=self.watch.hear)
        return Delivery(
            channel,
            route,
            Hold(self.settings.group_wait),
            self.watch.due,
            self.watch.told,
            self.writer.write,
            fallbacks=others,
            attempted=partial(self._attempted, channel.name),
        )

    def _attempted(self, channel: str, due: Sequence[Notification], by: str, error: str | None) -> None:
        self.counters.attempted(channel, due, error)
        self._history.add([Attempt.of(channel, by, due, self.clock(), error)])

    def _wake(self) -> None:
        for delivery in self.deliveries:
            delivery.wake()
        if self.alertmanager is not None:
            self.alertmanager.wake()
        if self.host_breaker is not None:
            self.host_breaker.wake()
        if self.web is not None:
            self.web.changed()

    def _view(self, schedule: Schedule) -> View:
        return View(
            plan=self.plan,
            state=lambda: self.watch.state,
            channels=self._shown_channels,
            overdue=schedule.overdue,
            clock=self.clock,
            redact=self._redact,
            obey=self.watch.obey,
            try_channel=lambda name: try_named(self.settings, self._redact, name),
            breaker=lambda: asyncio.to_thread(breaker_now, self.settings, self.clock()),
            ledger=LedgerAccess(self.settings.ledger, lambda: book_of(self.settings)),
            counters=self.counters,
            folder=self.settings.state_dir,
            links=self.links,
        )

    def _shown_channels(self) -> tuple[ChannelState, ...]:
        """Return how all do that are told: the Alertmanager is told everything, and has no address to be tested."""
        return (*self.channel_states(), *([self.alertmanager.state] if self.alertmanager is not None else []))

    async def _feed(self, systemd: Systemd, schedule: Schedule) -> None:
        """Feed the watchdog, but only while polls really happen: a daemon that polls nothing is to be restarted."""
        every = systemd.watchdog_interval
        if every is None:
            return
        while True:
            overdue = schedule.overdue()
            if overdue:
                log.error("polls are overdue; the watchdog is not fed", sources=overdue)
            else:
                systemd.watchdog()
            await asyncio.sleep(every.total_seconds())
