"""What a request says: the fields of a JSON object or of an HTML form, and the parameters of an address."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.core.alerting.orders import Until
from monitor.core.parsing.durations import parse_duration
from monitor.core.windows import FOREVER

FORM = "application/x-www-form-urlencoded"


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def is_form(request: Request) -> bool:
    """Tell whether a page sent it; curl calls whatever it is given a form, and is mostly given JSON."""
    return content_type(request) == FORM and not (await request.body()).lstrip().startswith(b"{")


async def fields_of(request: Request, known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the fields that say something; of a form, those that are not `known` are left out.

    Raises:
        HTTPException: it is no object of texts, or has a field that nobody knows (422).
    """
    body = await request.body()
    if await is_form(request):
        pairs = parse_qsl(body.decode(errors="replace"), max_num_fields=50)
        return {name: text.strip() for name, text in pairs if name in known and text.strip()}
    try:
        content = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise HTTPException(422, "the body is no JSON") from None
    if not isinstance(content, dict) or not all(isinstance(value, str | None) for value in content.values()):
        raise HTTPException(422, "the body is to be an object of texts")
    for name in content:
        if name not in known:
            raise HTTPException(422, f"{name[:40]} is no field here: there are {', '.join(known)}")
    return {name: text.strip() for name, text in content.items() if text and text.strip()}


def end_of(fields: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the time that `for` or `until` names, None where there is neither.

    Raises:
        HTTPException: it is no duration or no time, or both are there (422).
    """
    if "for" in fields and "until" in fields:
        raise HTTPException(422, "for and until are two ways to say one thing: give one of them")
    if "for" in fields:
        return now + duration_of(fields["for"], "for")
    return moment_of(fields["until"], "until") if "until" in fields else None


def ending_of(fields: Mapping[str, str], now: datetime) -> datetime | Until | None:
    """Return the same, or one of the ends that are no time."""
    if fields.get("until") in set(Until) and "for" not in fields:
        return Until(fields["until"])
    return end_of(fields, now)


def duration_of(text: str, name: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise HTTPException(422, f"{name} {error}") from error


def moment_of(text: str, name: str) -> datetime:
    """Return a time of RFC 3339; one without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(422, f"{name} is no time: write it as 2026-12-24T18:00:00Z") from None
    if moment not in FOREVER:
        raise HTTPException(422, f"{name} is a time beyond any sense")
    return moment
