"""Any JSON endpoint, described by settings alone: what to ask, where the amount stands in the answer, what it is."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from urllib.parse import quote, urlsplit

from monitor.core.errors import SourceDrifted, SourceError
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.windows import FOREVER, Window
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.expressions import compile_expression
from monitor.daemon.sources.kind import LIVE, Endpoint, Kind
from monitor.daemon.sources.shapes.errors import refusal
from monitor.daemon.sources.shapes.numbers import ceiling, cost, kind_of, label, number
from monitor.daemon.sources.templates import NAMES, fill, fill_json, unknown_places, values_at

FIELDS = ("amount", "currency", "limit", "as_of")
_EARLIEST, _LATEST, _MILLISECONDS = 10**9, 10**11, 1000


class Figure(StrEnum):
    """What the amount is: all that was ever spent, what is left, or the cost of today or of this month."""

    COUNTER = "counter"
    BALANCE = "balance"
    DAY = "day"
    MONTH = "month"


class Generic:
    """One endpoint."""

    def __init__(self, account: Account, http: Http) -> None:
        self._account, self._http = account, http
        self._assembly = Assembly(account)
        self._figure = Figure(account.figure or "")
        self._places = {name: compile_expression(text) for name, text in account.fields.items()}

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, now: datetime) -> Observation:
        """Return the amount as a reading or as the balance, and the limit where one is told.

        Raises:
            SourceUnavailable: a timeout, 429 or 5xx; later is better.
            SourceRefused: 401 or 403.
            SourceDrifted: nothing stands where the settings say, or it is no amount.
        """
        (endpoint,) = endpoints(self._account, now)
        answer = await self._http.ask(endpoint.method, endpoint.path, content=endpoint.content)
        if answer.limit_reached:
            return Observation((), answer.received_at, answer.latency, Quota(None, None, reached=True))
        if not answer.ok:
            raise self._http.failure(answer)
        try:
            return self._read(answer, Calendar.at(now, self._account.timezone or UTC))
        except SourceError as error:
            # A good status with an error inside says more than that no amount is there.
            said = refusal(answer.body)
            told = said if isinstance(said, SourceError) else error
            raise type(told)(self._http.clean(str(told))) from None

    def _read(self, answer: Answer, calendar: Calendar) -> Observation:
        if "currency" in self._places:
            self._assembly.check_currency(label(self._at("currency", answer.body)) or "no currency")
        amount = self._at("amount", answer.body)
        as_of = min(self._as_of(answer.body) or answer.received_at, answer.received_at)
        if self._figure is Figure.BALANCE:
            left = number(amount, self._account.fields["amount"])
            return Observation((), as_of, answer.latency, balance=self._balance(left))
        spent = self._assembly.money(cost(amount, self._account.fields["amount"]))
        reading = Reading(_span(self._figure, calendar), spent)
        return Observation((reading,), as_of, answer.latency, self._quota(spent, answer.body))

    def _at(self, field: str, body: object) -> object:
        value = self._places[field](body)
        if value is None:
            variable = self._account.variable(f"fields__{field}")
            raise SourceDrifted(f"nothing stands at {self._account.fields[field]}, which {variable} names")
        return value

    def _balance(self, left: Decimal) -> Money:
        money = self._assembly.money(abs(left))  # What is owed is a balance too.
        return money * Decimal(-1) if left < 0 else money

    def _quota(self, spent: Money, body: object) -> Quota | None:
        if "limit" not in self._places:
            return None
        limit = ceiling(self._places["limit"](body), self._account.fields["limit"])
        return Quota(spent, None if limit is None else self._assembly.money(limit))

    def _as_of(self, body: object) -> datetime | None:
        if "as_of" not in self._places:
            return None
        value = self._at("as_of", body)
        moment = _moment(value, self._account.timezone or UTC)
        if moment is None:
            raise SourceDrifted(f"{self._account.fields['as_of']} is {kind_of(value)} that is no time")
        return moment


def _moment(value: object, zone: tzinfo) -> datetime | None:
    """Return the time that text in ISO 8601 or a number of seconds or milliseconds since 1970 means."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            seconds = Decimal(value) / _MILLISECONDS if value >= _LATEST else Decimal(value)
            return datetime.fromtimestamp(int(seconds), UTC) if _EARLIEST <= seconds < _LATEST else None
    except (ValueError, OverflowError, ArithmeticError):
        return None
    return None


def _span(figure: Figure, calendar: Calendar) -> Window:
    match figure:
        case Figure.COUNTER:
            return FOREVER
        case Figure.DAY:
            return calendar.day(calendar.today)
        case Figure.MONTH:
            return calendar.month(calendar.today)
        case Figure.BALANCE:
            raise ValueError("a balance covers no span")
        case _:
            assert_never(figure)


def endpoints(account: Account, now: datetime) -> tuple[Endpoint, ...]:
    """Return the one request that the settings describe, its dates filled in."""
    values = values_at(Calendar.at(now, account.timezone or UTC), account.api_key)
    address = urlsplit(account.base_url or "")
    path = fill(f"{address.path or '/'}?{address.query}".rstrip("?"), values, lambda text: quote(text, safe=""))
    content = fill_json(json.loads(account.body), values) if account.body else None
    method = account.method or ("POST" if account.body else "GET")
    return (Endpoint(path, title="the address", method=method, content=content if isinstance(content, dict) else None),)


def _headers(account: Account) -> Mapping[str, str]:
    """Return the user's headers; the key is sent in the usual one where they do not say where it goes."""
    values = {"key": account.api_key or ""}
    headers = {name: fill(text, values) for name, text in account.headers.items()}
    placed = any("{key}" in text for text in (*account.headers.values(), account.base_url or "", account.body or ""))
    if account.api_key and not placed and "authorization" not in {name.lower() for name in headers}:
        headers["Authorization"] = f"Bearer {account.api_key}"
    return headers


def _check(account: Account) -> Mapping[str, str]:
    """Return what is wrong with the description, by setting."""
    wrong: dict[str, str] = {}
    if account.figure is None:
        wrong["figure"] = f"is not set: say what the amount is, one of {', '.join(Figure)}"
    if "amount" not in account.fields:
        wrong["fields__amount"] = "is not set: write where the amount stands, as data.total.cost"
    for name, text in account.fields.items():
        if name not in FIELDS:
            wrong[f"fields__{name}"] = f"is not a field of this kind: there are {', '.join(FIELDS)}"
            continue
        try:
            compile_expression(text)
        except ValueError as error:
            wrong[f"fields__{name}"] = str(error)
    if "limit" in account.fields and account.figure == Figure.BALANCE:
        wrong["fields__limit"] = "is of no use beside a balance, which is what is left of it"
    if unknown := unknown_places(account.base_url or ""):
        wrong["base_url"] = f"has {{{unknown[0]}}} in it: what can be filled in is {', '.join(NAMES)}"
    wrong.update(_check_body(account))
    return wrong


def _check_body(account: Account) -> Mapping[str, str]:
    if account.body is None:
        return {}
    if account.method == "GET":
        return {"body": "is of no use with the method GET"}
    try:
        content = json.loads(account.body)
    except ValueError:
        return {"body": "is not JSON"}
    return {} if isinstance(content, dict) else {"body": "is not a JSON object"}


KIND = Kind(
    factory=Generic,
    base_url=None,
    key="whatever the provider of this address asks for, set by API_KEY or HEADERS",
    needs_key=False,
    headers=_headers,
    interval=timedelta(seconds=60),
    lateness=None,
    grain=LIVE,
    takes=("method", "body", "headers", "figure"),
    check=_check,
    endpoints=endpoints,
)
