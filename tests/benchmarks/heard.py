"""What the messages of a climb tell: of which of its budgets and thresholds, which are missing, and what came twice."""

import re
from collections import Counter

from monitor.core.budgets import Severity, Thresholds
from tests.benchmarks.rig import Told

BUDGETS = {"a": 40, "b": 60, "c": 80, "d": 100}
_SAID = re.compile(r"\[(WARNING|CRITICAL|EMERGENCY)\] [^:\n]+: [\d.]+% of the monthly budget ([abcd])\b")
_CROSSED = re.compile(r"Crossed at once: ([A-Z, ]+)\.")

Step = tuple[str, Severity]


def _said(message: Told) -> list[Step]:
    """Return the budgets and severities that a message is about."""
    return [(budget, Severity[level]) for level, budget in _SAID.findall(f"{message.title}\n{message.body}")]


def steps(told: list[Told]) -> list[Step]:
    return [step for message in told for step in dict.fromkeys(_said(message))]


def missing(told: list[Told]) -> list[Step]:
    """Return the thresholds of which no message tells, itself or as crossed at once with a higher one."""
    heard: set[Step] = set()
    for message in told:
        for part in message.body.split("\n\n"):
            about = _said(Told(message.at, message.title, part)) if "[" not in part else _said(Told(0, "", part))
            for budget, severity in about:
                heard.add((budget, severity))
                heard |= {(budget, step) for step in _crossed(part, severity)}
    wanted = {(budget, severity) for budget in BUDGETS for severity in Severity if Thresholds().share(severity)}
    return sorted(wanted - heard)


def _crossed(part: str, severity: Severity) -> list[Severity]:
    """Return the steps that a part of a message names; one of a title and one line stands for all below it."""
    if part.startswith("[") and part.count("\n") == 1:
        return [below for below in Severity if below <= severity]
    crossed = _CROSSED.search(part)
    return [Severity[name] for name in crossed[1].split(", ")] if crossed else []


def repeats(told: list[Told], gaps: list[tuple[float, Step]]) -> tuple[int, int]:
    """Return how often a message came again, and how often without a kill in the gap between the two."""
    last: dict[Step, float] = {}
    again, unexplained = 0, 0
    left = Counter(known for _, known in gaps)
    for message in told:
        for known in dict.fromkeys(_said(message)):
            if known in last:
                again += 1
                explained = any(last[known] <= at <= message.at for at, gap in gaps if gap == known) and left[known] > 0
                left[known] -= 1
                unexplained += not explained
            last[known] = message.at
    return again, unexplained
