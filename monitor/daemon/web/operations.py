"""What the API can be asked, what each asking takes, and what it gives: one table, of which the description is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.daemon.intake.intake import MOST_ITEMS
from monitor.daemon.reporting import By
from monitor.daemon.web import schemas, usage
from monitor.daemon.web.history import LARGEST_PAGE
from monitor.daemon.web.requests import MOST_DAYS
from monitor.daemon.web.schemas import AMOUNT, COUNT, FLAG, MOMENT, TEXT, Schema, many, or_null, record

DURATION = {"type": "string", "description": "90, 90s, 5m, 1h30m or 7d", "examples": ["2h"]}
BY = {"type": "string", "description": "Who asks."}
FORMAT = {"type": "string", "enum": ["json", "csv"], "default": "json"}
END = {"type": "string", "description": "A time of RFC 3339, or `window_ends`, or `doubled`."}
SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Operation:
    """`gives` is what stands in the answer, by name; `asks` the parameters of a GET, or the fields of a POST.

    `takes` is the body of a POST by its media type, where that is no object of texts.
    """

    method: str
    path: str
    summary: str
    gives: Mapping[str, Schema]
    asks: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    csv: bool = False
    takes: Mapping[str, Any] = field(default_factory=dict)


PAGE_OF_HISTORY = {
    "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 100},
    "before": {"type": "string", "description": "`next` of the page before."},
    "alert": {"type": "string", "description": "The id of an alert, the beginning of one, or its key."},
    "format": FORMAT,
}
CHART = {
    "source": {"type": "array", "items": TEXT, "description": "Names of sources; all without it."},
    "per": {"type": "string", "enum": ["day", "hour"], "default": "day"},
    "from": MOMENT,
    "to": MOMENT,
    "format": FORMAT,
}
REPORT = {
    "by": {"type": "string", "enum": list(By), "default": By.DAY},
    "days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": 7},
}
COMPARE = {
    "model": {"type": "array", "items": TEXT, "description": "`provider/model`; without it those that were used."},
    "days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": 30},
}
SOURCES = {"as_of": MOMENT, "sources": many(schemas.SOURCE_IN_FULL)}
BUDGETS = {"as_of": MOMENT, "budgets": many(schemas.BUDGET_IN_FULL)}
ALERTS = {"as_of": MOMENT, "alerts": many(schemas.ALERT_IN_FULL)}
SILENCES = {"as_of": MOMENT, "silences": many(schemas.SILENCE)}
SPAN = {"from": MOMENT, "to": MOMENT}
ANSWER = {"answer": TEXT}
STATUS = {
    "as_of": MOMENT,
    "severity": schemas.SEVERITY,
    "sources": many(schemas.SOURCE),
    "budgets": many(schemas.BUDGET),
    "alerts": many(schemas.ALERT),
    "channels": many(schemas.CHANNEL),
    "caveats": many(TEXT),
}
BREAKER = {
    "as_of": MOMENT,
    "circuit": or_null(schemas.CIRCUIT),
    "follow_daemon": FLAG,
    "when_blind": TEXT,
    "budgets": many(schemas.STANDING),
    "openings": many(schemas.OPENING),
    "error": or_null(TEXT),
}
SPENT = {"per": TEXT, **SPAN, "zone": TEXT, "series": many(schemas.SERIES)}
HISTORY = {"records": many(record()), "next": or_null(TEXT)}
RECORDED = {"recorded": COUNT, "items": many(schemas.RECORDED)}
REPORTED = {
    **SPAN,
    "by": TEXT,
    "rows": many(schemas.REQUESTS),
    "total": schemas.REQUESTS,
    "totals": many(schemas.REQUESTS),
    "before": many(schemas.REQUESTS),
}
COMPARED = {**SPAN, "spent": AMOUNT, "currency": TEXT, "models": many(schemas.CHOICE)}
USAGE = {"$ref": f"{SCHEMAS}UsageItem"}
MANY = {"type": "array", "items": USAGE, "maxItems": MOST_ITEMS}
SILENCE = {"rule": TEXT, "subject": TEXT, "key": TEXT, "for": DURATION, "until": MOMENT, "reason": TEXT, "by": BY}

OPERATIONS = (
    Operation("get", "/api/v1/status", "What is known now; the document of `check --json`.", STATUS),
    Operation("get", "/api/v1/sources", "Each account, by model, project and key.", SOURCES),
    Operation("get", "/api/v1/budgets", "Each budget, its pace and where that leads.", BUDGETS),
    Operation("get", "/api/v1/alerts", "The alerts, the worst that fires first.", ALERTS),
    Operation("get", "/api/v1/silences", "The silences that hold.", SILENCES),
    Operation("get", "/api/v1/breaker", "How the breakers of applications on this machine stand.", BREAKER),
    Operation(
        *("get", "/api/v1/spend", "What each source spent by day or hour; a gap is null."),
        *(SPENT, CHART, (404, 422)),
        csv=True,
    ),
    Operation(
        *("get", "/api/v1/history", "What happened, the newest first.", HISTORY, PAGE_OF_HISTORY, (422,)),
        csv=True,
    ),
    Operation(
        *("get", "/api/v1/report", "What an application's own requests cost, by what they can be told apart."),
        *(REPORTED, REPORT, (404, 422, 503)),
    ),
    Operation(
        *("get", "/api/v1/compare", "What the same requests would have cost on other models."),
        *(COMPARED, COMPARE, (404, 422, 503)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/acknowledge", "Say that an alert is known.", ANSWER),
        *({"for": DURATION, "until": END, "by": BY}, (404, 409, 422)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/snooze", "Acknowledge it for a while.", ANSWER),
        *({"for": DURATION, "by": BY}, (404, 409, 422)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/unacknowledge", "Take that back.", ANSWER, {"by": BY}, (404, 409, 422))
    ),
    Operation(
        *("post", "/api/v1/silences", "Have alerts not spoken of for a while.", ANSWER, SILENCE, (409, 422)),
    ),
    Operation("post", "/api/v1/silences/{silence}/end", "End a silence.", ANSWER, {"by": BY}, (404, 409, 422)),
    Operation(
        *("post", "/api/v1/channels/{channel}/test", "Send a test message.", ANSWER),
        *({"by": BY}, (404, 422, 429, 502)),
    ),
    Operation(
        *("post", "/api/v1/breaker/open", "Refuse what costs in every program on the ledger.", ANSWER),
        *({"for": DURATION, "until": MOMENT, "reason": TEXT, "by": BY}, (409, 422, 503)),
    ),
    Operation(
        *("post", "/api/v1/breaker/close", "End all that holds the breaker open.", ANSWER),
        *({"by": BY}, (409, 422, 503)),
    ),
    Operation(
        *("post", usage.PATH, "Tell of requests; the right ones are recorded, also beside wrong ones."),
        *(RECORDED, {}, (409, 422, 503)),
        takes={"application/json": {"schema": {"anyOf": [USAGE, MANY]}}, usage.LINES[0]: {"schema": TEXT}},
    ),
)
