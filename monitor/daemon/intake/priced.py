"""An item as the ledger keeps it: its tokens told apart, and its cost as far as that is known."""

from datetime import datetime, timedelta

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.sense import BeyondSense
from monitor.core.spending.usage import NOTHING, Usage
from monitor.daemon.intake.item import ItemRefused, UsageItem
from monitor.ledger.record import OK, RequestRecord
from monitor.prices import PriceBook
from monitor.prices.providers import maker_of

# The clocks of two machines differ; a time further ahead than this is a mistake, and would count in another window.
MOST_AHEAD = timedelta(hours=1)


def record_of(item: UsageItem, book: PriceBook, now: datetime, keep: timedelta) -> RequestRecord:
    """Return the record of a request, which began now where nothing else is said.

    Raises:
        ItemRefused: its fields do not go together, make up more than a request can be, or are of a time that cannot be
            counted.
    """
    at, usage = _at(item, now, keep), _usage(item)
    provider = maker_of(item.model) if item.provider is None else item.provider
    cost = _cost(item, usage, book, at, provider)
    try:
        return RequestRecord(
            request_id=item.request_id,
            at=at,
            provider=provider,
            model=item.model,
            usage=usage,
            cost=cost and Money.of_nano(cost.nano, cost.currency),
            status=item.status,
            latency=None if item.latency_ms is None else timedelta(microseconds=int(item.latency_ms * 1000)),
            project=item.project,
            user=item.user,
            key=item.key,
            tags=item.tags,
            estimated=item.estimated,
            partial=item.partial,
        )
    except BeyondSense as error:
        raise ItemRefused({error.field: error.why}) from None


def _at(item: UsageItem, now: datetime, keep: timedelta) -> datetime:
    at = item.at or now
    if at > now + MOST_AHEAD:
        raise ItemRefused({"at": "is in the future"})
    if at < now - keep:
        why = "is before what is kept (MONITOR_LEDGER_KEEP): said again, it would be counted again"
        raise ItemRefused({"at": why})
    return at


def _usage(item: UsageItem) -> Usage:
    cached = item.cache_read_tokens + item.cache_write_5m_tokens + item.cache_write_1h_tokens
    if item.input_tokens is None:
        uncached = item.uncached_input_tokens or 0
    elif item.uncached_input_tokens is None:
        uncached = item.input_tokens - cached
    else:
        raise ItemRefused({"uncached_input_tokens": "is another way to say input_tokens: give one of them"})
    if uncached < 0:
        raise ItemRefused({"input_tokens": "is less than what was read from the cache and written to it"})
    if item.output_tokens < item.reasoning_tokens:
        raise ItemRefused({"reasoning_tokens": "is more than output_tokens, of which it is a part"})
    return Usage(
        uncached,
        item.cache_read_tokens,
        item.cache_write_5m_tokens,
        item.cache_write_1h_tokens,
        item.output_tokens,
        item.reasoning_tokens,
    )


def _cost(item: UsageItem, usage: Usage, book: PriceBook, at: datetime, provider: str) -> Money | None:
    """Return the cost; None: it is not known. What a server refused costs nothing, what broke off may have."""
    if item.cost is not None:
        return Money(item.cost, item.currency)
    if usage == NOTHING:
        if item.status == OK:
            raise ItemRefused({"input_tokens": "is needed, or other tokens, or a cost: else it would count as free"})
        return Money.zero(item.currency) if item.status.isdecimal() else None
    try:
        return book.cost(item.model, usage, at, provider, item.service)
    except Unpriced:
        return None
