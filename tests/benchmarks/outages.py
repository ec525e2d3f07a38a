"""A thousand outages of a channel, of every kind, with stops and crashes in between: nothing lost, nothing said twice.

The loop, the log and its file, the sender, the plugin and the sockets are real, only the waits between attempts are
skipped. Some outages follow with the whole daemon as a process, where the waits are real too.
"""

import argparse
import asyncio
import logging
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import structlog

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.budgets import Severity
from tests.benchmarks.lives import GOOD, Life, Line, Said
from tests.benchmarks.rig import Rig, environ, folder, start, stop, wait_for
from tests.daemon.receivers import HttpReceiver, free_port, http_receiver

GONE = b'{"message": "Unknown Webhook", "code": 10015}'
_SAID = re.compile(r"\[EMERGENCY\] [^:\n]+: [\d.]+% of the monthly budget (b\d+)\b")


@contextmanager
def far_ends() -> Iterator[tuple[HttpReceiver, HttpReceiver, Mapping[str, str]]]:
    """Yield the channel's far end, its fallback's, and an address for each kind of outage."""
    with ExitStack() as stack:
        good, mail, reset, drop, drip, busy, broken, gone = (stack.enter_context(http_receiver()) for _ in range(8))
        reset.reset, drop.drop, drip.drip = True, True, 0.05
        busy.status, busy.headers = 429, {"Retry-After": "30"}
        broken.status = 500
        gone.status, gone.content = 404, GONE
        yield (
            good,
            mail,
            {
                GOOD: f"json://{good.host}/",
                "refused": f"json://127.0.0.1:{free_port()}/",
                "reset": f"json://{reset.host}/",
                "dropped": f"json://{drop.host}/",
                "dripping": f"json://{drip.host}/",
                "429": f"json://{busy.host}/",
                "500": f"json://{broken.host}/",
                "DNS": "json://nowhere.invalid/",
                "TLS": f"jsons://{good.host}/",
                "deleted": f"json://{gone.host}/",
            },
        )


@dataclass(slots=True)
class Tally:
    """What was heard in all, and what happened; `gaps` is what was sent by those that then crashed."""

    outages: int = 0
    stops: int = 0
    crashes: int = 0
    in_gap: int = 0
    heard: Counter[Said] = field(default_factory=Counter)
    gaps: Counter[Said] = field(default_factory=Counter)
    believed: dict[str, Severity] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def hear(self, *receivers: HttpReceiver) -> None:
        """Take what was accepted; what a fallback hears in another's place begins with a line that says so."""
        bodies = [body for receiver in receivers for body in receiver.bodies()]
        for body in sorted(bodies, key=lambda body: int(body["title"])):
            for line in [line for line in body["message"].splitlines() if not line.startswith("Said here")]:
                key, level, reason = line.split(" ")
                self.heard[key, Severity[level], reason] += 1
                self.believed[key] = Severity[level]
        for receiver in receivers:
            receiver.requests.clear()


async def in_process(count: int, seed: int) -> None:
    chance, tally = random.Random(seed), Tally()  # noqa: S311
    began = time.monotonic()
    with folder() as place, far_ends() as (good, mail, urls):
        parts = (place, Line(urls), f"json://{mail.host}/")
        life = Life(*parts, {})
        for number in range(count):
            kind = list(urls)[1:][number % (len(urls) - 1)]
            parts[1].cut(kind, chance.randrange(1, 4))
            life = await one(f"k{number:04}", life, parts, chance, tally)
            tally.hear(good, mail)
            tally.lost += [f"{key} in {kind}" for key in unsaid(life.alerts, tally.believed)]
            await calm(f"c{number:04}", life)
            tally.hear(good, mail)
            tally.lost += [f"{key} after {kind}" for key in unsaid(life.alerts, tally.believed)]
        await life.crash()
    failed = ", ".join(f"{kind} {number}" for kind, number in parts[1].failed.items())
    print(
        f"{tally.outages} outages (attempts failed: {failed}), {tally.stops} stops and {tally.crashes} crashes in "
        f"them, {tally.in_gap} crashes with a message under way or not yet saved, {tally.heard.total()} notices heard, "
        f"{time.monotonic() - began:.0f} s"
    )
    repeats = {said: times - 1 for said, times in tally.heard.items() if times > 1}
    beyond = [said for said, times in repeats.items() if times > tally.gaps[said]]
    verdict("lost", tally.lost)
    print(f"said twice after such a crash: {sum(repeats.values()) - sum(repeats[said] for said in beyond)}")
    verdict("said twice without one", beyond)


async def one(key: str, life: Life, parts: tuple[Path, Line, str], chance: random.Random, tally: Tally) -> Life:
    """Let things get worse and better during an outage, with an end of the process in it or not; return what lives."""
    alerts, tally.outages = life.alerts, tally.outages + 1
    for other, alert in alerts.items():
        alerts[other] = replace(alert, severity=chance.choice((Severity.OK, Severity.EMERGENCY)))
    steps = chance.sample((Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY), chance.randrange(1, 4))
    for severity in sorted(steps):
        alerts[key] = Alert(key, Rule.THRESHOLD, key, severity, key, life.clock())
        life.delivery.wake()
        await asyncio.sleep(chance.choice((0, 0.001, 0.004)))
        if chance.random() < 0.3:
            await end(life, chance, tally)
            life = Life(*parts, alerts, life.seconds)
    await life.settle()
    return life


async def end(life: Life, chance: random.Random, tally: Tally) -> None:
    """End a life by a stop, by a crash at any moment, or by a crash between a message and its being saved."""
    how = chance.choice(("stop", "crash", "gap"))
    if how == "stop":
        await life.delivery.stop(timedelta(seconds=30))
        tally.stops += 1
    elif how == "crash":
        tally.crashes += 1
    else:
        life.crash_in_gap = True
        await life.settle(until=lambda: not life.crash_in_gap)
    await life.crash()
    tally.in_gap += bool(life.unsaved)
    tally.gaps.update(life.unsaved)


async def calm(key: str, life: Life) -> None:
    """Let the outage be over and two hours go by, and say something on the channel itself; forget what has ended."""
    for ended in [key for key, alert in life.alerts.items() if not alert.firing]:
        del life.alerts[ended]
    life.seconds += 2 * 3600
    life.alerts[key] = Alert(key, Rule.THRESHOLD, key, Severity.WARNING, key, life.clock())
    await life.settle()


def unsaid(alerts: Mapping[str, Alert], believed: Mapping[str, Severity]) -> list[str]:
    """Return the alerts of which the people believe something else than what is true."""
    return [key for key, alert in alerts.items() if believed.get(key, Severity.OK) != alert.severity]


def verdict(what: str, which: Sequence[object]) -> None:
    print(f"{what}: {len(which)}; goal <= 0: {'met' if not which else f'MISSED {list(which)[:5]}'}")


def as_process(count: int, seed: int) -> None:
    """Cut the line of the whole daemon, spend, end it by a stop or a kill, mend the line, and start it again."""
    chance = random.Random(seed)  # noqa: S311
    cost, failed, began = 1.0, 0, time.monotonic()
    with Rig(cost=lambda: cost) as rig, folder() as place, far_ends() as (good, _, urls):
        budgets = {f"MONITOR_BUDGETS__B{number}__LIMIT": str(2**number) for number in range(1, count + 1)}
        channel = "MONITOR_CHANNELS__OPS__URL"
        unset = {"MONITOR_MONTHLY_BUDGET": "", "MONITOR_NOTIFY": ""}
        base = environ(rig, place / "state", {"account": "0.2s"}, **unset, **budgets)
        for number in range(1, count + 1):
            kind = list(urls)[1:][number % (len(urls) - 1)]
            with (place / "log").open("w"):
                process = start({**base, channel: urls[kind]}, place / "log")
            cost = 2.0**number
            failed += wait_for(lambda: "channel failed" in (place / "log").read_text(), 60, 0.05)
            process.send_signal(chance.choice((signal.SIGTERM, signal.SIGKILL)))
            process.wait()
            process = start({**base, channel: urls[GOOD]}, place / "log")
            wait_for(lambda number=number: f"b{number}" in emergencies(good), 20, 0.02)  # type: ignore[misc]
            stop(process)
    heard = emergencies(good)
    print(f"the whole daemon: {count} outages ({failed} seen to fail), {time.monotonic() - began:.0f} s")
    verdict("lost", [number for number in range(1, count + 1) if not heard[f"b{number}"]])
    verdict("said twice", [budget for budget, times in heard.items() if times > 1])


def emergencies(receiver: HttpReceiver) -> Counter[str]:
    """Return how often each budget's emergency was heard, in a title or in a line of a message about several."""
    return Counter(
        budget for body in receiver.bodies() for budget in set(_SAID.findall(f"{body['title']}\n{body['message']}"))
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--outages", type=int, default=1000)
    arguments.add_argument("--processes", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(in_process(given.outages, given.seed))
    if given.processes:
        as_process(given.processes, given.seed)


if __name__ == "__main__":
    main()
