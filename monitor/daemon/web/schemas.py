"""What stands in the answers of the API, as JSON Schema: fields may be added to any object, and none goes away."""

from typing import Any, get_args

from monitor.core.alerting.alerts import Rule, Stage
from monitor.core.breaker import Circuit
from monitor.core.budgets import Severity
from monitor.core.errors import Cause
from monitor.core.spending.readings import Dimension, Provenance
from monitor.core.windows import Period

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "description": "RFC 3339", "examples": ["2026-12-24T18:00:00Z"]}
AMOUNT: Schema = {"type": "string", "description": "A decimal number.", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def one_of(*names: str) -> Schema:
    return {"type": "string", "enum": list(names)}


def record(**fields: Schema) -> Schema:
    """Return an object in which all of these are always there."""
    return {"type": "object", "required": list(fields), "properties": fields}


SEVERITY = one_of(*Severity.__members__, "UNKNOWN")
PERIOD = one_of(*Period)
WINDOW = record(start=or_null(MOMENT), end=or_null(MOMENT))
MONEY = record(amount=AMOUNT, currency=TEXT)
COSTS = record(today=or_null(AMOUNT), month=or_null(AMOUNT))
OF_A_MODEL = record(model=TEXT, month=or_null(AMOUNT), unpriced_tokens=COUNT)
QUOTA = record(used=or_null(AMOUNT), limit=or_null(AMOUNT), unit=TEXT, reached=FLAG)

SOURCE = record(
    name=TEXT,
    kind=TEXT,
    state=TEXT,
    as_of=or_null(MOMENT),
    currency=TEXT,
    spend=COSTS,
    provenance=one_of(*Provenance),
    quota=or_null(QUOTA),
    balance=or_null(MONEY),
    by_model=many(OF_A_MODEL),
    error=or_null(TEXT),
)
OF_A_NAME = record(name=TEXT, **COSTS["properties"])
SOURCE_IN_FULL = record(
    **SOURCE["properties"],
    pace_per_hour=or_null(AMOUNT),
    runway_seconds=or_null(COUNT),
    last_success=or_null(MOMENT),
    last_attempt=or_null(MOMENT),
    failing_since=or_null(MOMENT),
    failures=COUNT,
    interval_seconds={"type": "number"},
    by=record(**{dimension: many(OF_A_NAME) for dimension in get_args(Dimension)}),
)
BUDGET = record(
    name=TEXT,
    period=PERIOD,
    window=WINDOW,
    limit=AMOUNT,
    currency=TEXT,
    spent=or_null(AMOUNT),
    ratio=or_null(AMOUNT),
    severity=SEVERITY,
)
BUDGET_IN_FULL = record(
    **BUDGET["properties"],
    thresholds=record(warning=AMOUNT, critical=AMOUNT, emergency=AMOUNT),
    elapsed=or_null(AMOUNT),
    pace_per_hour=or_null(AMOUNT),
    forecast=or_null({"type": "object"}),
)
ALERT = record(
    id=TEXT,
    key=TEXT,
    rule=one_of(*Rule),
    subject=TEXT,
    severity=SEVERITY,
    state=one_of(*Stage),
    since=or_null(MOMENT),
    summary=TEXT,
)
ALERT_IN_FULL = record(
    **ALERT["properties"],
    ended=or_null(MOMENT),
    acknowledged=or_null(record(by=TEXT, at=MOMENT, until=or_null(MOMENT), until_spent=or_null(MONEY))),
    silenced_by=many(TEXT),
    explained=FLAG,
)
SILENCE = record(id=TEXT, rule=TEXT, subject=TEXT, key=TEXT, at=MOMENT, until=MOMENT, by=TEXT, reason=TEXT)
CHANNEL = record(name=TEXT, state=TEXT, last_success=or_null(MOMENT), error=or_null(TEXT))
CIRCUIT = one_of(*Circuit)
STANDING = record(
    name=TEXT,
    state=CIRCUIT,
    period=PERIOD,
    window=WINDOW,
    limit=AMOUNT,
    currency=TEXT,
    spent=AMOUNT,
    reserved=AMOUNT,
    ratio=AMOUNT,
    reopens_at=or_null(MOMENT),
)
OPENING = record(
    name=TEXT,
    cause=one_of(*Cause),
    at=MOMENT,
    until=or_null(MOMENT),
    program=or_null(TEXT),
    budget=or_null(TEXT),
    reason=TEXT,
)
SERIES = record(source=TEXT, currency=TEXT, points=many(record(start=MOMENT, end=MOMENT, cost=or_null(AMOUNT))))
MILLISECONDS = or_null({"type": "number"})
REQUESTS = record(
    requests=COUNT,
    errors=COUNT,
    input_tokens=COUNT,
    cached_tokens=COUNT,
    output_tokens=COUNT,
    cost=or_null(AMOUNT),
    currency=TEXT,
    unpriced_requests=COUNT,
    mean_latency_ms=MILLISECONDS,
    p95_latency_ms=MILLISECONDS,
)
CHOICE = record(provider=TEXT, model=TEXT, cost=or_null(AMOUNT), currency=or_null(TEXT))
RECORDED = record(request_id=TEXT, cost=or_null(AMOUNT), currency=or_null(TEXT))
