"""What stands in a ledger, read back as records."""

from datetime import UTC, datetime, timedelta
from json import loads

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.inapp.tracker import Tracker
from monitor.ledger.reading import reading
from monitor.ledger.record import RequestRecord

_QUERY = """
SELECT request_id, at, provider, model, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens,
       cache_write_1h_tokens, output_tokens, reasoning_tokens, cost, currency, status, latency, project, user, key,
       tags, flags, prompt_hash
FROM request JOIN series ON series.id = request.series ORDER BY at, request_id
"""


def written(tracker: Tracker) -> list[RequestRecord]:
    """Return all records of a tracker's ledger, in the order in which their requests began."""
    with reading(tracker.ledger.path) as connection:
        return [_record(row) for row in connection.execute(_QUERY)]


def only(tracker: Tracker) -> RequestRecord:
    """Return the one record that there is."""
    records = written(tracker)
    assert len(records) == 1, records
    return records[0]


def nano(tracker: Tracker) -> int:
    """Return what the one record costs, in billionths."""
    cost = only(tracker).cost
    assert cost is not None
    return cost.nano


def _record(row: tuple[object, ...]) -> RequestRecord:
    identity, at, provider, model, *tokens = row[:10]
    cost, currency, status, latency, project, user, key, tags, flags, prompt_hash = row[10:]
    assert isinstance(at, int)
    assert isinstance(flags, int)
    return RequestRecord(
        request_id=str(identity),
        at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at),
        provider=str(provider),
        model=str(model),
        usage=Usage(*(count for count in tokens if isinstance(count, int))),
        cost=Money.of_nano(cost, str(currency)) if isinstance(cost, int) else None,
        status=str(status),
        latency=timedelta(microseconds=latency) if isinstance(latency, int) else None,
        project=str(project),
        user=str(user),
        key=str(key),
        tags=tuple(loads(str(tags))),
        estimated=bool(flags & 1),
        partial=bool(flags & 2),
        prompt_hash=prompt_hash if isinstance(prompt_hash, bytes) else None,
    )
