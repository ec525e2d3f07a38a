"""`/api/v1/openapi.json`: the description of the API."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.intake.item import UsageItem
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.fields import FORM
from monitor.daemon.web.operations import OPERATIONS, SCHEMAS, Operation
from monitor.daemon.web.schemas import TEXT, record
from monitor.daemon.web.view import View

VERSION = "3.1.0"
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
    content: dict[str, Any] = {"application/json": {"schema": record(**operation.gives)}}
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
