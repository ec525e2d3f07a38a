"""What the sources of documented APIs share: good answers only, limits that are reached, and errors without secrets."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import BEYOND_SENSE, Money
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import Endpoint
from monitor.daemon.sources.shapes.errors import Reached, reached, refusal
from monitor.daemon.sources.shapes.figures import Limits
from monitor.daemon.wire import Parameters

LONGEST_MESSAGE = 400
T = TypeVar("T")


class LimitReached(Exception):
    """The provider refuses because money or quota ran out: an answer, and no failure."""

    def __init__(self, answer: Answer, told: Reached) -> None:
        super().__init__()
        self.answer, self.told = answer, told


class Polled:
    """The base of a source: a subclass asks with `get` and `post`, and returns what it learnt from `observe`."""

    def __init__(self, account: Account, http: Http) -> None:
        self._account, self._http = account, http

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, now: datetime) -> Observation:
        """Return what the account tells, or that its limit is reached.

        Raises:
            SourceUnavailable: a timeout, 429 or 5xx; later is better.
            SourceRefused: the key is not taken, or is of the wrong kind.
            SourceDrifted: an answer that is not what the provider documents.
        """
        try:
            seen = await self.observe(now)
        except LimitReached as stop:
            return self._stopped(stop, self.calendar(now))
        except SourceError as error:
            raise cleaned(error, self._http) from None
        return seen

    async def observe(self, now: datetime) -> Observation:
        """Return what the account tells; raises as `fetch` does, and LimitReached."""
        raise NotImplementedError

    async def get(self, path: str, params: Parameters | None = None) -> Answer:
        """Return a good answer to a GET of a path from the server's root.

        The address may end in `/v1` or not: it is written as the provider's documentation writes it.
        """
        return self.good(await self._http.get_json(self._from_root(path), params))

    async def get_if_there(self, path: str, params: Parameters | None = None) -> Answer | None:
        """Return a good answer as `get` does, or None where the server has no such endpoint."""
        answer = await self._http.get_json(self._from_root(path), params)
        return None if answer.missing else self.good(answer)

    async def post(self, path: str, content: Mapping[str, object]) -> Answer:
        """Return a good answer to a POST of JSON; the path is as in `get`."""
        return self.good(await self._http.post_json(self._from_root(path), content))

    async def attempt(self, request: Awaitable[T]) -> T | SourceError:
        """Return what a request tells, or its error where the rest of an observation stands without it."""
        try:
            return await request
        except SourceError as error:
            return cleaned(error, self._http)

    def calendar(self, now: datetime) -> Calendar:
        return Calendar.at(now, self._account.timezone or UTC)

    def money(self, amount: Decimal, currency: str = "USD") -> Money:
        """Return an amount of the provider's as the account's own; it may be negative where it is a balance.

        Raises:
            SourceDrifted: the provider's currency is not the account's, or the amount is beyond any sense.
        """
        if currency != self._account.currency:
            raise SourceDrifted(
                f"the amounts are in {currency}, not in {self._account.currency}: "
                f"set {self._account.variable('currency')}={currency}"
            )
        scaled = amount * self._account.scale
        if abs(scaled) >= BEYOND_SENSE:
            raise SourceDrifted(f"an amount times {self._account.variable('scale')} is beyond any sense")
        return Money(scaled, currency)

    def quota(self, limits: Limits) -> Quota:
        """Return a limit as the account's quota; raises as `money` does."""
        used, limit = (None if amount is None else self.money(amount) for amount in (limits.used, limits.limit))
        return Quota(used, limit, limits.reached)

    def _stopped(self, stop: LimitReached, calendar: Calendar) -> Observation:
        """Return what a refusal tells: the limit, and what was used of the day or month that it is of."""
        used, limit = self._figure(stop.told.limits.used), self._figure(stop.told.limits.limit)
        spans = {"month": calendar.month(calendar.today), "day": calendar.day(calendar.today)}
        span = spans.get(stop.told.period or "")
        readings = (Reading(span, used),) if span is not None and used is not None else ()
        return observation(stop.answer, readings, quota=Quota(used, limit, reached=True))

    def _figure(self, amount: Decimal | None) -> Money | None:
        """Return a figure of a refusal, which stands without one that makes no sense."""
        scaled = None if amount is None else amount * self._account.scale
        return Money(scaled, self._account.currency) if scaled is not None and scaled < BEYOND_SENSE else None

    def good(self, answer: Answer) -> Answer:
        """Return an answer that is what was asked for; raises where it is an error, with whatever status it came."""
        if answer.limit_reached:
            raise LimitReached(answer, reached(answer.body))
        if not answer.ok:
            raise self._http.failure(answer)
        said = refusal(answer.body)
        if isinstance(said, Reached):
            raise LimitReached(answer, said)
        if said is not None:
            raise said
        return answer

    def _from_root(self, path: str) -> str:
        return from_root(self._account, path)


def from_root(account: Account, path: str) -> str:
    prefix = urlsplit(account.base_url or "").path.rstrip("/").removesuffix("/v1")
    return f"{prefix}/{path}"


def asked(*paths: str) -> Callable[[Account, datetime], Sequence[Endpoint]]:
    """Return what `probe` shows of a source that asks for these paths from the server's root."""
    return lambda account, _: tuple(Endpoint(from_root(account, path)) for path in paths)


def observation(
    answer: Answer,
    readings: Sequence[Reading] = (),
    *,
    quota: Quota | None = None,
    balance: Money | None = None,
    error: SourceError | None = None,
    complete: bool = False,
) -> Observation:
    """Return an observation that is as old as the answer; `complete` where it has all parts of all its spans."""
    spans = frozenset(reading.span for reading in readings) if complete else frozenset()
    return Observation(tuple(readings), answer.received_at, answer.latency, quota, balance, error=error, complete=spans)


def cleaned(error: SourceError, http: Http) -> SourceError:
    """Return the error with a text that is fit to be shown: a provider's own words may hold a key."""
    text = http.clean(str(error), LONGEST_MESSAGE)
    match error:
        case SourceUnavailable():
            return SourceUnavailable(text, error.retry_after)
        case SourceRefused():
            return SourceRefused(text)
        case _:
            return SourceDrifted(text)
