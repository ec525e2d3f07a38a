"""`/api/v1/openapi.json`: the description of the API, from one table of what there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.intake.intake import MOST_ITEMS
from monitor.daemon.intake.item import UsageItem
from monitor.daemon.reporting import By
from monitor.daemon.web import usage
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.fields import FORM
from monitor.daemon.web.history import LARGEST_PAGE
from monitor.daemon.web.requests import MOST_DAYS
from monitor.daemon.web.view import View

VERSION = "3.1.0"
TEXT = {"type": "string"}
DURATION = {"type": "string", "description": "90, 90s, 5m, 1h30m or 7d", "examples": ["2h"]}
MOMENT = {"type": "string", "description": "RFC 3339", "examples": ["2026-12-24T18:00:00Z"]}
BY = {"type": "string", "description": "Who asks."}
FORMAT = {"type": "string", "enum": ["json", "csv"], "default": "json"}
END = {"type": "string", "description": "A time of RFC 3339, or `window_ends`, or `doubled`."}
SCHEMAS = "#/components/schemas/"
ABOUT = "Amounts are decimal texts, times are RFC 3339 in UTC, and what is unknown is null."
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {"type": "array", "items": {"type": "object"}, "description": "What is wrong with each item."},
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """`gives` are the names in the answer; `asks` the parameters of a GET, or the fields of a POST.

    `takes` is the body of a POST by its media type, where that is no object of texts.
    """

    method: str
    path: str
    summary: str
    gives: tuple[str, ...]
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
STATUS = ("as_of", "severity", "sources", "budgets", "alerts", "channels", "caveats")
BREAKER = ("as_of", "circuit", "follow_daemon", "when_blind", "budgets", "openings", "error")
USAGE = {"$ref": f"{SCHEMAS}UsageItem"}
MANY = {"type": "array", "items": USAGE, "maxItems": MOST_ITEMS}
SILENCE = {"rule": TEXT, "subject": TEXT, "key": TEXT, "for": DURATION, "until": MOMENT, "reason": TEXT, "by": BY}

OPERATIONS = (
    Operation("get", "/api/v1/status", "What is known now; the document of `check --json`.", STATUS),
    Operation("get", "/api/v1/sources", "Each account, by model, project and key.", ("as_of", "sources")),
    Operation("get", "/api/v1/budgets", "Each budget, its pace and where that leads.", ("as_of", "budgets")),
    Operation("get", "/api/v1/alerts", "The alerts, the worst that fires first.", ("as_of", "alerts")),
    Operation("get", "/api/v1/silences", "The silences that hold.", ("as_of", "silences")),
    Operation("get", "/api/v1/breaker", "How the breakers of applications on this machine stand.", BREAKER),
    Operation(
        *("get", "/api/v1/spend", "What each source spent by day or hour; a gap is null."),
        *(("per", "from", "to", "zone", "series"), CHART, (404, 422)),
        csv=True,
    ),
    Operation(
        *("get", "/api/v1/history", "What happened, the newest first.", ("records", "next"), PAGE_OF_HISTORY, (422,)),
        csv=True,
    ),
    Operation(
        *("get", "/api/v1/report", "What an application's own requests cost, by what they can be told apart."),
        *(("from", "to", "by", "rows", "total", "totals", "before"), REPORT, (404, 422, 503)),
    ),
    Operation(
        *("get", "/api/v1/compare", "What the same requests would have cost on other models."),
        *(("from", "to", "spent", "currency", "models"), COMPARE, (404, 422, 503)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/acknowledge", "Say that an alert is known.", ("answer",)),
        *({"for": DURATION, "until": END, "by": BY}, (404, 409, 422)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/snooze", "Acknowledge it for a while.", ("answer",)),
        *({"for": DURATION, "by": BY}, (404, 409, 422)),
    ),
    Operation(
        *("post", "/api/v1/alerts/{alert}/unacknowledge", "Take that back.", ("answer",), {"by": BY}, (404, 409, 422))
    ),
    Operation(
        *("post", "/api/v1/silences", "Have alerts not spoken of for a while.", ("answer",), SILENCE, (409, 422)),
    ),
    Operation("post", "/api/v1/silences/{silence}/end", "End a silence.", ("answer",), {"by": BY}, (404, 409, 422)),
    Operation(
        *("post", "/api/v1/channels/{channel}/test", "Send a test message.", ("answer",)),
        *({"by": BY}, (404, 422, 429, 502)),
    ),
    Operation(
        *("post", "/api/v1/breaker/open", "Refuse what costs in every program on the ledger.", ("answer",)),
        *({"for": DURATION, "until": MOMENT, "reason": TEXT, "by": BY}, (409, 422, 503)),
    ),
    Operation(
        *("post", "/api/v1/breaker/close", "End all that holds the breaker open.", ("answer",)),
        *({"by": BY}, (409, 422, 503)),
    ),
    Operation(
        *("post", usage.PATH, "Tell of requests; the right ones are recorded, also beside wrong ones."),
        *(("recorded", "items"), {}, (409, 422, 503)),
        takes={"application/json": {"schema": {"anyOf": [USAGE, MANY]}}, usage.LINES[0]: {"schema": TEXT}},
    ),
)


def routes(view: View) -> list[BaseRoute]:
    async def description(_: Request) -> Response:
        return json_answer(openapi(), view.redact)

    return [Route("/api/v1/openapi.json", description)]


def openapi() -> dict[str, Any]:
    """Return the description.

    Source: https://spec.openapis.org/oas/v3.1.0
    """
    item = UsageItem.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": VERSION,
        "info": {"title": "spend-monitor", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **item.pop("$defs"), "UsageItem": item},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _described(operation: Operation) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {} for name in operation.gives}
    schema = {"type": "object", "required": list(operation.gives), "properties": properties}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if operation.csv:
        content["text/csv"] = {"schema": TEXT}
    answers: dict[str, Any] = {"200": {"description": "OK", "content": content}}
    if operation.method == "post" and not operation.takes:
        answers["303"] = {"description": "Back to the page that sent the form."}
    for status in (*operation.refusals, 401, 403, 413, 421):
        refusal = {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
        answers[str(status)] = {"description": "Refused.", "content": refusal}
    named = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": TEXT} for name in named
    ]
    described: dict[str, Any] = {"summary": operation.summary, "responses": answers, "parameters": parameters}
    if operation.method == "get":
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.asks.items()]
    elif operation.takes:
        described["requestBody"] = {"required": True, "content": dict(operation.takes)}
    else:
        asked = {"type": "object", "properties": dict(operation.asks), "additionalProperties": False}
        described["requestBody"] = {"content": {"application/json": {"schema": asked}, FORM: {"schema": asked}}}
    return described
