"""`spend-monitor backtest`: what would have been told of a file of past spend, when, and at what cost."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.plan import Plan
from monitor.core.replaying.past import Past
from monitor.core.replaying.replay import Moment, replay, replays
from monitor.core.replaying.variants import variants
from monitor.daemon.commands.rule_changes import with_changes
from monitor.daemon.commands.timeline import Told, comparison, spent_in, story
from monitor.daemon.document import time_text
from monitor.daemon.past_columns import Read
from monitor.daemon.past_files import FileError, read_past
from monitor.daemon.settings import Settings


def backtest(settings: Settings, arguments: Namespace) -> int:
    """Print the timeline and what other settings would have done; nothing is polled, told or kept.

    Raises:
        SettingsError: an argument is wrong.
    """
    budget: Money | None = arguments.budget
    try:
        read = read_past(arguments.file, settings.timezone, budget.currency if budget else "USD")
    except FileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    plan = with_changes(_plan(settings, read.past, arguments), arguments.set)
    (name, _), *others = variants(plan)
    timeline = replay(read.past.looks, plan)
    if not arguments.json:
        print(story(read, plan, timeline), flush=True)  # noqa: T201 - what follows takes longer than this did.
    timelines = replays(read.past.looks, [other for _, other in others])
    told = [(name, timeline), *((name, other) for (name, _), other in zip(others, timelines, strict=True))]
    if arguments.json:
        print(json.dumps(_document(read, told), indent=2))  # noqa: T201
    elif others:
        print(f"\n{comparison(told, plan)}")  # noqa: T201
    return 0


def _plan(settings: Settings, past: Past, arguments: Namespace) -> Plan:
    budgets: tuple[Budget, ...] = settings.budgets
    if arguments.budget is not None:
        budgets = (
            Budget(arguments.period.adjective, arguments.budget, arguments.period, thresholds=settings.thresholds),
        )
    return Plan(
        sources={watched.name: watched for watched in past.watched},
        budgets=budgets,
        thresholds=settings.thresholds,
        remind_every=settings.remind_every,
        settling=settings.settling,
        zone=settings.timezone,
        tuning=settings.tuning,
    )


def _document(read: Read, told: Sequence[Told]) -> dict[str, Any]:
    """Return all of it for scripts: amounts as text, times in UTC, what is unknown as None."""
    looks, currency = read.past.looks, read.currency
    (_, timeline), *_ = told
    return {
        "from": time_text(looks[0].at),
        "to": time_text(looks[-1].at),
        "looks": len(looks),
        "currency": currency,
        "spent": str(spent_in(timeline)),
        "notes": list(read.notes),
        "timeline": [_told(moment) for moment in timeline.moments],
        "variants": [
            {
                "name": name,
                "messages": timeline.messages,
                "pages": timeline.pages,
                "first": _told(timeline.first) if timeline.first else None,
            }
            for name, timeline in told
        ],
    }


def _told(moment: Moment) -> dict[str, Any]:
    return {
        "at": time_text(moment.at),
        "reason": moment.reason.value,
        "severity": moment.severity.name,
        "rule": moment.alert.rule.value,
        "key": moment.alert.key,
        "summary": moment.alert.summary,
        "spent": str(moment.spent.amount) if moment.spent else None,
        "rose_since": time_text(moment.rose_since),
        "rose_by": str(moment.rose_by.amount) if moment.rose_by else None,
    }
