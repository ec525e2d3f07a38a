"""10,000 alerts due at once on one channel: from the decision to the log that is saved, as one message."""

import asyncio
import logging
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message
from monitor.core.plan import Plan
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.telling.messages import render
from monitor.daemon.delivery import Delivery
from monitor.daemon.hold import Hold
from monitor.daemon.poll import Watch
from monitor.daemon.route import Route
from monitor.daemon.sender import Sender
from monitor.daemon.snapshots import Snapshots
from monitor.daemon.wiring import memory_of
from tests.benchmarks.memory import status
from tests.benchmarks.rig import folder, report
from tests.daemon.receivers import HttpReceiver, http_receiver

ALERTS = 10_000
NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
OPS = Channel("ops")


class Store:
    """The state folder, as the daemon writes it."""

    def __init__(self, place: Path) -> None:
        self._snapshots = Snapshots(place)
        self._snapshots.lock()

    async def save_source(self, name: str, source: SourceState) -> None:
        await self._snapshots.save_source(name, source)

    async def save_alerts(self, state: State) -> None:
        await self._snapshots.save_memory(memory_of(state, ()))


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with http_receiver() as peer, folder() as place:
        seconds, grown = asyncio.run(flood(peer, place))
        sizes = [len(body["message"]) for body in peer.bodies()]
    print(f"{ALERTS:,} alerts in {len(sizes)} messages of {sizes} characters")
    report("all due to all logged and saved", seconds, 5, "s")
    report("more memory at the peak", grown, 60, "MiB")


async def flood(peer: HttpReceiver, place: Path) -> tuple[float, float]:
    """Return the seconds until all was said, logged and saved, and the MiB that it took."""
    watch = Watch(Plan({}, channels=(OPS,)), State({}), {}, Store(place), lambda: NOW, random.Random(1))  # noqa: S311
    sender = Sender("ops", f"json://localhost:{peer.port}/", deadline=timedelta(seconds=30), redact=str)
    await sender.load()
    done = asyncio.Event()

    async def told(due: Sequence[Notification]) -> None:
        await watch.told(due)
        done.set()

    def write(due: Sequence[Notification]) -> Message:
        return render(due, UTC, NOW)

    route = Route(ChannelState("ops"), sender, {}, lambda: NOW, random.Random(1))  # noqa: S311
    delivery = Delivery(OPS, route, Hold(timedelta()), watch.due, told, write)
    loop = asyncio.create_task(delivery.run())
    before, began = status(os.getpid(), "VmHWM"), time.monotonic()
    watch.state = State({}, alerts={f"k{number}": firing(number) for number in range(ALERTS)})
    delivery.wake()
    await done.wait()
    seconds = time.monotonic() - began
    loop.cancel()
    if watch.due(OPS):
        raise SystemExit("something is still due")
    return seconds, (status(os.getpid(), "VmHWM") - before) / 1024


def firing(number: int) -> Alert:
    severity = (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY)[number % 3]
    name = f"account-{number}"
    return Alert(
        f"k{number}", Rule.THRESHOLD, name, severity, f"{name}: 96% of the monthly budget", NOW, stage=Stage.FIRING
    )


if __name__ == "__main__":
    main()
