"""What turns requests into records: the prices, the ledger and the application's words, in one place."""

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import TracebackType
from typing import Self

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Service
from monitor.core.spending.sense import BeyondSense, can_cost
from monitor.core.spending.usage import Usage
from monitor.inapp.asked import hash_of
from monitor.inapp.guard import say_once
from monitor.inapp.labels import current, given
from monitor.inapp.nesting import count_request
from monitor.ledger.ledger import Ledger
from monitor.ledger.place import at_home, variable
from monitor.ledger.record import OK, RequestRecord
from monitor.prices.book import PriceBook
from monitor.prices.providers import maker_of

# Of so many requests the ids are remembered, so that one that comes again is seen.
_MOST_IDS = 10_000


def _now() -> datetime:
    return datetime.now(UTC)


class Tracker:
    """Records requests in the ledger; without arguments in that of the environment, at the prices of the environment.

    `hash_key` turns prompts into keyed hashes, which find loops and repeats; without it, prompts leave no trace.
    `clock` gives the aware time at which a request begins.

    Raises:
        SettingsError, ValueError: a variable of the environment is wrong.
    """

    def __init__(
        self,
        ledger: Ledger | None = None,
        prices: PriceBook | None = None,
        *,
        project: str | None = None,
        user: str | None = None,
        tags: Sequence[str] = (),
        hash_key: bytes | None = None,
        clock: Callable[[], datetime] = _now,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.ledger = ledger or Ledger.from_env(environ)
        self.prices = prices or PriceBook.from_env(environ)
        self.labels = given(project, user, tags)
        self.hash_key = hash_key or _hash_key(environ)
        self.clock = clock
        self._ids: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, and close the ledger; the next record opens it again."""
        self.ledger.close()

    def record(
        self,
        *,
        model: str,
        provider: str | None = None,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cached_tokens: int = 0,
        cache_write_tokens: int = 0,
        reasoning_tokens: int = 0,
        usage: Usage | None = None,
        cost: Money | Decimal | None = None,
        service: Service = Service.STANDARD,
        request_id: str | None = None,
        at: datetime | None = None,
        latency: timedelta | None = None,
        status: str = OK,
        project: str | None = None,
        user: str | None = None,
        key: str = "",
        tags: Sequence[str] = (),
        estimated: bool = False,
        partial: bool = False,
        prompt: str | None = None,
    ) -> RequestRecord | None:
        """Record a request by hand, and return what was recorded.

        `input_tokens` is the whole prompt, with what was read from the cache (`cached_tokens`) and written to it; or
        give the whole `usage`. `cost` is worked out where it is not given; a Decimal is in US dollars. The provider is
        guessed from the model where none is named. `prompt` is only hashed, and only where there is a key for it. The
        same `request_id` again corrects the record.

        It never raises: what cannot be recorded (more cached tokens than tokens, a time without its zone, a cost that
        no request can have) is logged, and None is returned.
        """
        try:
            words = given(project, user, tags).within(current()).within(self.labels)
            at = at or self.clock()
            whose = provider if provider is not None else maker_of(model)
            used = usage or Usage.with_total_input(
                input_tokens,
                output_tokens,
                cache_read_tokens=cached_tokens,
                cache_write_5m_tokens=cache_write_tokens,
                reasoning_tokens=reasoning_tokens,
            )
            if isinstance(cost, Decimal | int):
                cost = Money(Decimal(cost), "USD")
            record = RequestRecord(
                request_id=request_id or uuid.uuid4().hex,
                at=at,
                provider=whose,
                model=model,
                usage=used,
                cost=cost if cost is not None else self.cost(model, used, at, whose, service),
                status=status,
                latency=latency,
                project=words.project,
                user=words.user,
                key=key,
                tags=words.tags,
                estimated=estimated,
                partial=partial,
                prompt_hash=self._hash(prompt),
            )
            self.ledger.record(record)
            count_request()
        except BeyondSense as error:
            say_once(f"a request could not be recorded, as its {error}")
            return None
        except Exception as error:  # noqa: BLE001 - the customer's program goes on.
            say_once("a request could not be recorded", error)
            return None
        return record

    def cost(self, model: str, usage: Usage, at: datetime, provider: str, service: Service) -> Money | None:
        """Return what a request cost; None: that is not known, or comes out as what no request can cost."""
        try:
            cost = self.prices.cost(model, usage, at, provider, service)
        except Unpriced:
            return None
        return cost if can_cost(cost) else None

    def unique(self, identity: str) -> str:
        """Return a provider's id of a request, changed where another request of this process had the same.

        Some relays and stand-ins give all answers one id; a record of the same id would replace the former.
        """
        if not identity:
            return uuid.uuid4().hex
        known = self._ids
        if identity in known:
            return f"{identity}-{uuid.uuid4().hex[:8]}"
        if len(known) >= _MOST_IDS:
            known.clear()
        known.add(identity)
        return identity

    def _hash(self, prompt: str | None) -> bytes | None:
        return None if prompt is None or self.hash_key is None else hash_of(prompt, self.hash_key)


def _hash_key(environ: Mapping[str, str]) -> bytes | None:
    """Return the key of the environment, or of the file that it names; None: there is none.

    Raises:
        ValueError: the file cannot be read.
    """
    if given := variable(environ, "MONITOR_PROMPT_HASH_KEY"):
        return given.encode()
    named = variable(environ, "MONITOR_PROMPT_HASH_KEY_FILE")
    try:
        return at_home(named, environ).read_bytes().strip() or None if named else None
    except OSError as error:
        raise ValueError(f"MONITOR_PROMPT_HASH_KEY_FILE cannot be read: {error.strerror}") from None


@cache
def shared(ledger: Ledger | None = None) -> Tracker:
    """Return the tracker of this process's environment, or of a ledger that is given; raises as `Tracker`."""
    return Tracker(ledger)
