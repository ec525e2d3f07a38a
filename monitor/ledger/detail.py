"""What only single requests tell: how slow the slowest are, and which prompts were sent again."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitor.core.moments import micros
from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.ledger.columns import TOKENS, halves, whole
from monitor.ledger.record import OK
from monitor.ledger.sums import Dimension, labelled, names

# The labels in the order they were asked for, then the currency.
Labels = tuple[str, ...]

_PROMPT = TOKENS[:4]


@dataclass(frozen=True, slots=True)
class Repeats:
    """`known` requests came with a hash of their prompt; `repeated` of them had been answered before, for `cost`."""

    known: int
    repeated: int
    cost: Money


@dataclass(frozen=True, slots=True)
class PromptClass:
    """The requests whose prompts have at least `least` tokens, and not as many as the next class."""

    least: int
    requests: int
    usage: Usage
    cost: Money


def slowest(
    connection: sqlite3.Connection, window: Window, *by: Dimension, percent: int = 95
) -> Mapping[Labels, timedelta]:
    """Return the latency that `percent` of 100 requests do not exceed (the nearest rank), for each set of labels."""
    rows = connection.execute(
        f"SELECT {names(by)} currency, max(latency) FROM ("
        f"SELECT {names(by)} currency, latency, "
        f"row_number() OVER (PARTITION BY {names(by)} currency ORDER BY latency) AS place, "
        f"count(*) OVER (PARTITION BY {names(by)} currency) AS requests "
        f"FROM request JOIN {labelled(by)} ON series = id WHERE at >= ? AND at < ? AND latency IS NOT NULL"
        f") WHERE place <= (requests * {percent} + 99) / 100 GROUP BY {names(by)} currency",
        (micros(window.start), micros(window.end)),
    )
    return {tuple(labels): timedelta(microseconds=latency) for *labels, latency in rows}


def repeats(connection: sqlite3.Connection, window: Window, *by: Dimension) -> Mapping[Labels, Repeats]:
    """Return how often a model was sent a prompt again that it had answered in this window, and what that cost.

    A cache of answers would have saved that. Only requests that succeeded, and came with a hash, are counted.
    """
    apart = ", tag" if Dimension.TAG in by else ""
    rows = connection.execute(
        f"SELECT {names(by)} currency, count(*), sum(again), {halves('iif(again, cost, 0)')} FROM ("
        f"SELECT {names(by)} currency, cost, "
        f"row_number() OVER (PARTITION BY provider, model, prompt_hash{apart} ORDER BY at, request_id) > 1 AS again "
        f"FROM request JOIN {labelled(by)} ON series = id "
        f"WHERE at >= ? AND at < ? AND prompt_hash IS NOT NULL AND status = '{OK}'"
        f") GROUP BY {names(by)} currency",
        (micros(window.start), micros(window.end)),
    )
    return {
        (*labels, currency): Repeats(known, repeated, Money.of_nano(whole(high, low), currency))
        for *labels, currency, known, repeated, high, low in rows
    }


def by_prompt_size(
    connection: sqlite3.Connection, window: Window, bounds: tuple[int, ...], *by: Dimension, currency: str = "USD"
) -> Mapping[Labels, tuple[PromptClass, ...]]:
    """Return the requests with a price, told apart by the size of the prompt between each two of `bounds`.

    Within such a class a price has one tier, so that a sum of tokens costs what the single requests would.
    """
    size = " + ".join(_PROMPT)
    reached = " ".join(f"WHEN {size} > {bound} THEN {bound + 1}" for bound in sorted(bounds, reverse=True))
    least = f"CASE {reached} ELSE 0 END" if bounds else "0"
    sums = ", ".join(f"sum({column})" for column in TOKENS)
    rows = connection.execute(
        f"SELECT {names(by)} {least} AS least, count(*), {halves('cost')}, {sums} "
        f"FROM request JOIN {labelled(by)} ON series = id "
        f"WHERE at >= ? AND at < ? AND cost IS NOT NULL AND currency = ? GROUP BY {names(by)} least ORDER BY least",
        (micros(window.start), micros(window.end), currency),
    )
    found: dict[Labels, list[PromptClass]] = {}
    for row in rows:
        labels, (start, requests, high, low, *tokens) = tuple(row[: len(by)]), row[len(by) :]
        one = PromptClass(start, requests, Usage(*tokens), Money.of_nano(whole(high, low), currency))
        found.setdefault(labels, []).append(one)
    return {labels: tuple(classes) for labels, classes in found.items()}
