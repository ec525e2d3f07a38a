"""kill -9 at random moments of the real daemon, while an account climbs from nothing to its limits.

Each climb has an account and a state folder of its own, four budgets with three thresholds each, and a new daemon after
each kill. Half of the kills come at a random moment, half right after a message arrived, where the gap is between a
message sent and its being saved. A kill in the gap may repeat that message once; nothing may ever be lost.
"""

import argparse
import json
import random
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from monitor.core.budgets import Severity
from monitor.daemon.snapshots import Snapshots
from tests.benchmarks.heard import BUDGETS, Step, missing, repeats, steps
from tests.benchmarks.rig import Rig, environ, folder, start, stop, wait_for

ROUNDS_A_CLIMB = 30
LONGEST_LIFE = 2.0

Place = Callable[[], AbstractContextManager[Path]]
End = Callable[[subprocess.Popen[bytes], Path], None]


@dataclass(slots=True)
class Tally:
    """What one climb came to."""

    kills: int = 0
    in_gap: int = 0
    before_first_poll: int = 0
    messages: int = 0
    steps: int = 0
    lost: list[Step] = field(default_factory=list)
    repeats: int = 0
    repeats_without_gap: int = 0
    damaged: list[str] = field(default_factory=list)
    early_ends: int = 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--parallel", type=int, default=2)
    climb_all(arguments.parse_args(), folder, kill)


def kill(process: subprocess.Popen[bytes], _: Path) -> None:
    process.kill()
    process.wait()


def climb_all(given: argparse.Namespace, place: Place, end: End) -> None:
    """Print what all climbs came to; `place` makes the folder of each, and `end` ends a daemon whose state is there."""
    climbs = max(1, round(given.rounds / ROUNDS_A_CLIMB))
    rounds = [given.rounds // climbs + (number < given.rounds % climbs) for number in range(climbs)]
    began = time.monotonic()
    with ThreadPoolExecutor(given.parallel) as pool:
        seeds = range(given.seed, given.seed + climbs)
        tallies = list(pool.map(lambda rounds, seed: climb(rounds, seed, place, end), rounds, seeds))
    lost = [step for tally in tallies for step in tally.lost]
    damaged = [name for tally in tallies for name in tally.damaged]
    print(
        f"{climbs} climbs, {_sum(tallies, 'kills')} kills that hit a running daemon "
        f"({_sum(tallies, 'before_first_poll')} before its first poll, {_sum(tallies, 'in_gap')} between a message and "
        f"its being saved), {_sum(tallies, 'early_ends')} daemons that ended by themselves, "
        f"{_sum(tallies, 'messages')} messages, {time.monotonic() - began:.0f} s"
    )
    _verdict(f"thresholds lost, of {_sum(tallies, 'steps')}", len(lost), lost)
    _verdict("state files unreadable after a kill", len(damaged), damaged)
    print(f"messages repeated: {_sum(tallies, 'repeats')} after {_sum(tallies, 'in_gap')} kills in the gap")
    _verdict("repeats that no kill in the gap explains", _sum(tallies, "repeats_without_gap"), [])


def climb(rounds: int, seed: int, make_place: Place, end: End) -> Tally:
    """End the daemon `rounds` times on the way up, then let one live until all is said."""
    chance = random.Random(seed)  # noqa: S311
    tally = Tally()
    top = max(BUDGETS.values())
    step, round_began = 0, time.monotonic()

    def cost() -> float:
        """Return what rises by one step a round, within the round."""
        return top * min(1.0, (step + min(1.0, (time.monotonic() - round_began) / LONGEST_LIFE)) / rounds)

    with Rig(cost=cost) as rig, make_place() as place:
        budgets = {f"MONITOR_BUDGETS__{name.upper()}__LIMIT": str(limit) for name, limit in BUDGETS.items()}
        environment = environ(rig, place / "state", {"account": "0.2s"}, MONITOR_MONTHLY_BUDGET="", **budgets)
        gaps: list[tuple[float, Step]] = []
        for step in range(rounds):  # noqa: B007 - cost() reads it.
            round_began = time.monotonic()
            asked, heard = len(rig.arrived), len(rig.told)
            process = start(environment, place / "log")
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, LONGEST_LIFE))
            else:
                wait_for(lambda heard=heard: len(rig.told) > heard, LONGEST_LIFE)  # type: ignore[misc]
                time.sleep(chance.choice((0, chance.uniform(0, 0.004), chance.uniform(0, 0.05))))
            if process.poll() is not None:
                tally.early_ends += 1
                continue
            end(process, place)
            tally.kills += 1
            tally.before_first_poll += len(rig.arrived) == asked
            time.sleep(0.02)  # What it sent before the kill is still to be read.
            loaded = Snapshots(place / "state").load(["account"], set_aside=False)
            tally.damaged += loaded.damaged
            saved = {entry.alert.split(":")[1]: entry.severity for entry in loaded.memory.log.entries}
            unsaved = [known for known in set(steps(rig.told[heard:])) if saved.get(known[0], Severity.OK) < known[1]]
            tally.in_gap += bool(unsaved)
            gaps += [(time.monotonic(), known) for known in unsaved]
        step = rounds
        process = start(environment, place / "log")
        wait_for(lambda: not missing(rig.told), 10, 0.05)
        time.sleep(1)
        stop(process)
        tally.damaged += [path.name for path in (place / "state").rglob("*.damaged*")]
        tally.early_ends += _crashes(place / "log")
        tally.messages = len(rig.told)
        tally.steps = len(BUDGETS) * 3
        tally.lost = missing(rig.told)
        tally.repeats, tally.repeats_without_gap = repeats(rig.told, gaps)
    return tally


def _crashes(log: Path) -> int:
    """Return how many lines of the log tell of a bug or of state that could not be read."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
    return sum("bug" in str(line) or "could not be read" in str(line) for line in lines) + log.read_text().count(
        "\nTraceback"
    )


def _sum(tallies: list[Tally], name: str) -> int:
    return sum(getattr(tally, name) for tally in tallies)


def _verdict(what: str, count: int, which: list[Step] | list[str]) -> None:
    print(f"{what}: {count}; goal 0: {'met' if not count else f'MISSED {which}'}")


if __name__ == "__main__":
    main()
