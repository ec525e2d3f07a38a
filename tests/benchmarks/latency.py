"""From the answer that shows a threshold, leaving the account, to the message arriving at the webhook.

And from the decision alone: what the loop of a channel, its thread and Apprise, already loaded, take to send.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import structlog

from monitor.core.alerts import Alert, Rule
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message, Tone
from monitor.core.notifications import Notification, Reason
from monitor.daemon.delivery import Delivery
from monitor.daemon.hold import Hold
from monitor.daemon.route import Route
from monitor.daemon.sender import Sender
from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for

ROUNDS = 10


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    first, later = zip(*(asyncio.run(decided()) for _ in range(3)), strict=True)
    report("decided to request arrived, first message of a process, longest", max(first), 20, "ms")
    report("decided to request arrived, later ones, median", median(took for each in later for took in each), 20, "ms")
    delays = [one() for _ in range(ROUNDS)]
    print("all: " + " ".join(f"{delay * 1000:.0f}" for delay in sorted(delays)) + " ms")
    report("threshold seen to told, median", median(delays), 0.5, "s")
    report("threshold seen to told, longest", max(delays), 0.5, "s")


async def decided() -> tuple[float, list[float]]:
    """Return the milliseconds of the first message, and of the others, each after half a second of quiet."""
    due: list[Notification] = []
    done = asyncio.Event()

    async def told(_: Sequence[Notification]) -> None:
        due.clear()
        done.set()

    with Rig() as rig:
        sender = Sender("ops", rig.webhook, deadline=timedelta(seconds=30), redact=str)
        await sender.load()
        route = Route(ChannelState("ops"), sender, {}, lambda: datetime.now(UTC), random.Random(1))  # noqa: S311
        message = Message("[WARNING] holysheep: 75% of the monthly budget", "75 USD of 100 USD.", Tone.WARNING)
        delivery = Delivery(Channel("ops"), route, Hold(timedelta()), lambda _: tuple(due), told, lambda _: message)
        loop = asyncio.create_task(delivery.run())
        took = []
        for number in range(ROUNDS):
            await asyncio.sleep(0.5)
            done.clear()
            alert = Alert(f"a{number}", Rule.THRESHOLD, "a", Severity.WARNING, "a", datetime.now(UTC))
            due.append(Notification("ops", alert, Reason.FIRST))
            began = time.monotonic()
            delivery.wake()
            await done.wait()
            took.append((rig.told[-1].at - began) * 1000)
        loop.cancel()
    return took[0], took[1:]


def one() -> float:
    cost = 1.0
    with Rig(cost=lambda: cost) as rig, folder() as place:
        with daemon(environ(rig, place / "state", {"account": "0.5s"}), place / "log"):
            if not wait_for(lambda: len(rig.answered) >= 4, 20):
                raise SystemExit(f"no polls came: {(place / 'log').read_text()[-2000:]}")
            time.sleep(1)
            cost = 75.0
            if not wait_for(lambda: bool(rig.told), 20):
                raise SystemExit(f"no message came: {(place / 'log').read_text()[-2000:]}")
        shown = next(answer.at for answer in rig.answered if answer.cost > 70)
        return rig.told[0].at - shown


if __name__ == "__main__":
    main()
