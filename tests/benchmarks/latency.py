"""From the answer that shows a threshold, leaving the account, to the message arriving at the webhook.

And from the decision alone: what the loop of a channel, its thread and Apprise, already loaded, take to send.
"""

import asyncio
import logging
import os
import random
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import certifi
import structlog
import trustme

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message, Tone
from monitor.daemon.delivery import Delivery
from monitor.daemon.hold import Hold
from monitor.daemon.route import Route
from monitor.daemon.sender import Sender
from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for
from tests.daemon.receivers import http_receiver

ROUNDS = 10


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    decisions()
    delays = [one() for _ in range(ROUNDS)]
    print("all: " + " ".join(f"{delay * 1000:.0f}" for delay in sorted(delays)) + " ms")
    report("threshold seen to told, median", median(delays), 0.5, "s")
    report("threshold seen to told, longest", max(delays), 0.5, "s")


def decisions() -> None:
    """Print the times of the loop alone, in the clear and over TLS, where all that the system trusts is trusted."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with folder() as place:
        bundle = place / "trusted.pem"
        bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
        for name, tls in (("", None), (" over TLS", context)):
            first, *later = asyncio.run(decided(tls))
            report(f"decided to request arrived{name}, the first", first, 20, "ms")
            report(f"decided to request arrived{name}, the others, median", median(later), 20, "ms")


async def decided(tls: ssl.SSLContext | None) -> list[float]:
    """Return the milliseconds that each message took, each after half a second of quiet."""
    due: list[Notification] = []
    done = asyncio.Event()

    async def told(_: Sequence[Notification]) -> None:
        due.clear()
        done.set()

    with http_receiver(tls) as peer:
        url = f"{'jsons' if tls else 'json'}://localhost:{peer.port}/"
        sender = Sender("ops", url, deadline=timedelta(seconds=30), redact=str)
        await sender.load()
        route = Route(ChannelState("ops"), sender, {}, lambda: datetime.now(UTC), random.Random(1))  # noqa: S311
        message = Message("[WARNING] holysheep: 75% of the monthly budget", "75 USD of 100 USD.", Tone.WARNING)
        delivery = Delivery(Channel("ops"), route, Hold(timedelta()), lambda _: tuple(due), told, lambda _: message)
        loop = asyncio.create_task(delivery.run())
        began = []
        for number in range(2 * ROUNDS):
            await asyncio.sleep(0.5)
            done.clear()
            alert = Alert(f"a{number}", Rule.THRESHOLD, "a", Severity.WARNING, "a", datetime.now(UTC))
            due.append(Notification("ops", alert, Reason.FIRST))
            began.append(time.monotonic())
            delivery.wake()
            await done.wait()
        loop.cancel()
        return [(request.at - since) * 1000 for request, since in zip(peer.requests, began, strict=True)]


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
