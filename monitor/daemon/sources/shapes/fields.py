"""The user's own map of an answer: dotted paths that go before all detection."""

from collections.abc import Mapping
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.shapes.costs import total
from monitor.daemon.sources.shapes.figures import Day, Figure, Limits, Usage
from monitor.daemon.sources.shapes.numbers import ceiling, cost, count, keys_of, label, objects
from monitor.daemon.sources.shapes.rows import day_of

SCOPES = ("month", "day", "lifetime")
OF_LIMITS = "limits:"


def mapped(account: Account, usage: object, limits: object) -> Usage:
    """Return the figures at the account's paths.

    Raises:
        SourceDrifted: a path leads nowhere, or to what cannot be an amount.
    """
    reader = _Reader(account, usage, limits)
    scope = account.fields.get("scope", "").lower()
    if scope and scope not in SCOPES:
        raise SourceDrifted(f"{account.variable('fields__scope')} is none of {', '.join(SCOPES)}")
    used, top = reader.cost("quota_used"), reader.limit("quota_limit")
    spent = reader.cost("cost") if "cost" in account.fields else used
    total = None if spent is None else Figure(spent, reader.count("total_tokens"), reader.count("request_count"))
    days = reader.days()
    if total is None and not days:
        raise SourceDrifted(f"nothing says what was spent: set {account.variable('fields__cost')}")
    told = {"quota_used", "quota_limit"} & account.fields.keys()
    return Usage(
        "field map",
        asked=total if not scope else None,
        today=total if scope == "day" else None,
        month=total if scope == "month" else None,
        lifetime=total if scope == "lifetime" else None,
        days=days,
        models=reader.models(),
        limits=Limits(used, top, monthly=scope in ("", "month")) if told else None,
        currency=label(reader.at("currency")) if "currency" in account.fields else None,
        paths={name: path for name, path in account.fields.items() if name != "scope"},
    )


class _Reader:
    def __init__(self, account: Account, usage: object, limits: object) -> None:
        self._account, self._usage, self._limits = account, usage, limits

    def at(self, meaning: str) -> object:
        """Return what stands at the path of a meaning."""
        path = self._account.fields[meaning]
        value = self._limits if path.startswith(OF_LIMITS) else self._usage
        for step in path.removeprefix(OF_LIMITS).split("."):
            value = _step(value, step)
            if value is _NOTHING:
                raise SourceDrifted(
                    f"nothing stands at {path}, which {self._account.variable(f'fields__{meaning}')} names; "
                    f"the answer is {keys_of(self._limits if path.startswith(OF_LIMITS) else self._usage)}"
                )
        return value

    def cost(self, meaning: str) -> Decimal | None:
        return cost(self.at(meaning), self._account.fields[meaning]) if meaning in self._account.fields else None

    def limit(self, meaning: str) -> Decimal | None:
        return ceiling(self.at(meaning), self._account.fields[meaning]) if meaning in self._account.fields else None

    def count(self, meaning: str) -> int | None:
        return count(self.at(meaning)) if meaning in self._account.fields else None

    def days(self) -> tuple[Day, ...]:
        """Return the daily rows; their cost and date stand under the last name of `cost` and under `date`."""
        days: dict[object, Day] = {}
        for row in self._rows("daily"):
            day = day_of(row.get(self._account.fields.get("date", "date")))
            if day is None:
                raise SourceDrifted(f"a row of {self._account.fields['daily']} has no date")
            spent = self._row_cost(row, "daily")
            days[day] = Day(day, days[day].total + spent if day in days else spent)
        return tuple(days.values())

    def models(self) -> Mapping[str, Figure]:
        named = [(label(row.get(self._account.fields.get("model", "model"))), row) for row in self._rows("models")]
        return total((name, self._row_cost(row, "models")) for name, row in named if name)

    def _rows(self, meaning: str) -> list[Mapping[str, object]]:
        if meaning not in self._account.fields:
            return []
        value = self.at(meaning)
        if not isinstance(value, list):
            raise SourceDrifted(f"{self._account.fields[meaning]} is no list")
        return objects(value)

    def _row_cost(self, row: Mapping[str, object], meaning: str) -> Figure:
        name = self._account.fields.get("cost", "cost").removeprefix(OF_LIMITS).rpartition(".")[2]
        found = row.get(name, row.get("cost"))
        return Figure(cost(found, f"{self._account.fields[meaning]}.{name}"))


_NOTHING = object()


def _step(value: object, step: str) -> object:
    if isinstance(value, dict):
        return value.get(step, _NOTHING)
    if isinstance(value, list) and step.isdecimal() and len(step) < 6 and int(step) < len(value):
        return value[int(step)]
    return _NOTHING
