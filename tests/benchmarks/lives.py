"""One delivery loop over a log in a file, in one life of a process after another, with a way out that can be cut."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.notifications import Notification, NotificationLog, Reason, decide
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message, Tone
from monitor.daemon.delivery import Delivery
from monitor.daemon.hold import Hold
from monitor.daemon.route import Route
from monitor.daemon.sender import Sender
from monitor.daemon.senders.failures import SendFailed
from monitor.daemon.snapshots import Memory, Snapshots

OPS = Channel("ops")
GOOD = "good"
NEVER = timedelta(days=3650)

# The alert, the severity (OK where it is over), and the reason.
Said = tuple[str, Severity, str]


class Line:
    """The way out, which is cut in one way or another and mends itself after some attempts."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._senders: dict[str, Sender] = {}
        self._kind, self._left = GOOD, 0
        self.failed: Counter[str] = Counter()

    def renew(self) -> None:
        """Forget all attempts, as a new process does."""
        self._senders = {kind: sender(kind, url) for kind, url in self._urls.items()}

    def cut(self, kind: str, attempts: int) -> None:
        self._kind, self._left = kind, attempts

    async def send(self, message: Message) -> None:
        kind = self._kind if self._left > 0 else GOOD
        self._left -= 1
        try:
            await self._senders[kind].send(message)
        except SendFailed:
            self.failed[kind] += 1
            raise


def sender(name: str, url: str) -> Sender:
    return Sender(name, url, deadline=timedelta(seconds=0.1 if name == "dripping" else 20), redact=str)


class Life:
    """One life of a process: it begins with what was saved, and ends by a stop or a crash."""

    def __init__(self, place: Path, line: Line, mail: str, alerts: dict[str, Alert], seconds: float = 0) -> None:
        line.renew()
        self._snapshots = Snapshots(place)
        memory = self._snapshots.load([], set_aside=False).memory
        self.log = NotificationLog(memory.log.entries)
        self.alerts = alerts
        self.seconds = seconds
        self.crash_in_gap = False
        self.unsaved: list[Said] = []
        state = next(iter(memory.channels), ChannelState("ops"))
        chance = random.Random(seconds)  # noqa: S311
        route = Route(state, line, {"mail": sender("mail", mail)}, self.clock, chance, timer=lambda: self.seconds)
        hold = Hold(timedelta(seconds=5), lambda: self.seconds)
        quiet = {"mail": Channel("mail", rules=frozenset())}
        self.delivery = Delivery(OPS, route, hold, self.due, self.told, self.write, fallbacks=quiet, pause=self.pause)
        self.task = asyncio.create_task(self.delivery.run())
        self.delivery.wake()

    def clock(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    async def pause(self, seconds: float) -> None:
        """Skip the wait."""
        self.seconds += seconds
        await asyncio.sleep(0)

    def due(self, channel: Channel = OPS) -> Sequence[Notification]:
        return decide(self.alerts, self.log, channel, NEVER, self.clock())

    def write(self, due: Sequence[Notification]) -> Message:
        self.unsaved = [said(note) for note in due]
        lines = [f"{key} {level.name} {reason}" for key, level, reason in self.unsaved]
        return Message(str(time.monotonic_ns()), "\n".join(lines), Tone.INFO)

    async def told(self, due: Sequence[Notification]) -> None:
        if self.crash_in_gap and due:
            self.crash_in_gap = False
            await asyncio.Event().wait()
        self.log = self.log.told(due, self.clock()).only(self.alerts, ("ops",))
        alerts, channels = tuple(self.alerts.values()), (self.delivery.state,)
        await self._snapshots.save_memory(Memory(alerts, self.log, channels=channels))
        self.unsaved = []

    async def settle(self, until: Callable[[], bool] = lambda: False) -> None:
        """Wait until nothing is due any more and all is saved, or until that is so."""
        end = time.monotonic() + 20
        while (self.due() or self.unsaved) and not until() and time.monotonic() < end:
            self.delivery.wake()
            await asyncio.sleep(0.001)

    async def crash(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self._snapshots.close()
        # What was on its way arrives, or not, before the next life begins.
        for thread in threading.enumerate():
            if thread.name in ("send-good", "send-mail"):
                await asyncio.to_thread(thread.join)


def said(note: Notification) -> Said:
    severity = Severity.OK if note.reason is Reason.RESOLVED else note.alert.severity
    return (note.alert.key, severity, note.reason.value)
