"""What a browser is sent for its first look at accounts that were watched for as long as anything is kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx

from monitor.core.money import Money
from monitor.core.spending.health import Health
from monitor.core.spending.readings import Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.windows import DAY, HOUR, Period
from tests.web.company import AFTERNOON, Account, Company, shown


def long_watched(folder: Path, sources: int) -> Company:
    """Return a company of so many accounts, each read every hour, with three models and two keys."""
    company = Company(folder, AFTERNOON, {f"source-{number}": Account(5, ()) for number in range(sources)})
    states = {name: _long_watched(company.now) for name in company.accounts}
    company.watch.state = replace(company.watch.state, sources=states)
    return company


async def first_look(company: Company) -> tuple[str, Mapping[str, int]]:
    """Return the page, and how many bytes each of its files took on the way."""
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address, timeout=30) as client:
        client.headers["Accept-Encoding"] = "gzip"
        page = await client.get("/")
        files = [part.split('"')[0] for part in page.text.split('="/static/')[1:]]
        answers = [page, *[await client.get(f"/static/{name}") for name in files]]
    return page.text, {answer.url.path: answer.num_bytes_downloaded for answer in answers}


def _long_watched(now: datetime) -> SourceState:
    marks = tuple((now - number * HOUR, Decimal(1700 - number)) for number in range(1690, -1, -1))
    readings = [
        Reading(Period.DAY.window(now - number * DAY, UTC), Money(Decimal("3.1415") + number, "USD"), model, None, key)
        for number in range(70)
        for model in ("gpt-4.1", "gpt-4.1-mini", "o4-mini")
        for key in ("first", "second")
    ]
    spend = Spend("USD", tuple(readings), Trail.of(marks), as_of=now, since=now - 90 * DAY)
    return SourceState(spend, Health(now, now), polls=Trail.of(marks[-700:]))
