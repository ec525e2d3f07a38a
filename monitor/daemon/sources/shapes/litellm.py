"""The answers of a LiteLLM proxy: the budgets of a key, its user and its team, and the activity of days."""

from collections.abc import Iterator
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.costs import Part
from monitor.daemon.sources.shapes.figures import Figure, Limits
from monitor.daemon.sources.shapes.numbers import JsonObject, ceiling, cost, count, kind_of, label
from monitor.daemon.sources.shapes.places import at, cost_at, object_at, rows_at
from monitor.daemon.sources.shapes.rows import day_of


def budget(body: object, path: str) -> Limits | None:
    """Return what was spent of the budget at `path`; None where nothing is told there."""
    if at(body, path) is None:
        return None
    held = object_at(body, path)
    limit = ceiling(held.get("max_budget"), f"{path}.max_budget")
    used = None if held.get("spend") is None else cost(held["spend"], f"{path}.spend")
    return Limits(used, limit, reached=limit is not None and used is not None and used >= limit)


def teams(body: object) -> Iterator[tuple[str, str]]:
    """Yield the ID and the name of each team that the answer about a user or a team tells of."""
    listed = at(body, "teams")
    for team in (at(body, "team_info"), *(listed if isinstance(listed, list) else ())):
        identity, alias = label(at(team, "team_id")), label(at(team, "team_alias"))
        if identity and alias:
            yield identity, alias


def activity(body: object) -> Iterator[tuple[Part, Figure]]:
    """Yield what a page tells of each day: the whole, each model, and each key with its team as the project.

    A page is a number of rows, so a day may go on with the next.

    Raises:
        SourceDrifted: a day without a date or without its spend.
    """
    for row in rows_at(body, "results"):
        day = day_of(row.get("date"))
        if day is None:
            raise SourceDrifted("results.date is no day")
        yield Part(day), _figure(row, "results.metrics")
        for name, held in _breakdown(row, "models"):
            yield Part(day, model=name), _figure(held, "results.breakdown.models.metrics")
        for name, held in _breakdown(row, "api_keys"):
            alias = label(at(held, "metadata.key_alias")) or name[:12]
            team = label(at(held, "metadata.team_id"))
            yield Part(day, project=team, key=alias), _figure(held, "results.breakdown.api_keys.metrics")


def has_more(body: object) -> bool:
    return at(body, "metadata.has_more") is True


def _breakdown(row: JsonObject, name: str) -> Iterator[tuple[str, JsonObject]]:
    held = at(row, f"breakdown.{name}")
    if held is None:
        return
    if not isinstance(held, dict):
        raise SourceDrifted(f"results.breakdown.{name} is {kind_of(held)} where an object belongs")
    for key, value in held.items():
        if not isinstance(value, dict):
            raise SourceDrifted(f"results.breakdown.{name} holds {kind_of(value)} where objects belong")
        yield label(key) or "unnamed", value


def _figure(held: JsonObject, path: str) -> Figure:
    metrics = held.get("metrics")
    if not isinstance(metrics, dict) or metrics.get("spend") is None:
        raise SourceDrifted(f"nothing stands at {path}.spend")
    return Figure(
        cost(metrics["spend"], f"{path}.spend"), count(metrics.get("total_tokens")), count(metrics.get("api_requests"))
    )


def spend_of_key(body: object) -> Decimal:
    """Return what a key has spent since its budget was last reset, or in its lifetime where it has none."""
    return cost_at(body, "info.spend")
