"""The answers over a whole company are what the description of the API says, to each field of each row."""

from datetime import timedelta
from pathlib import Path

import httpx
import jsonschema_rs

from monitor.core.breaker import Opening
from monitor.core.errors import Cause
from monitor.daemon.web.operations import OPERATIONS
from monitor.daemon.web.schemas import record
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import open_breaker
from tests.ledger.requests import request
from tests.web.company import AFTERNOON, Company, shown

HOUR = timedelta(hours=1)
READS = [operation for operation in OPERATIONS if operation.method == "get"]


async def test_each_answer_has_what_is_described(tmp_path: Path) -> None:
    company = Company(tmp_path, AFTERNOON - 2 * HOUR)
    company.accounts["anthropic"].fails = True
    await company.live(AFTERNOON + 3 * HOUR, HOUR)
    with Ledger(tmp_path / "ledger.sqlite3").transaction() as connection:
        open_breaker(connection, Opening("loop:nightly", Cause.LOOP, company.now, program="nightly"))
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.record(request(1, at=company.now, user="ann"))
    ledger.record(request(2, at=company.now, model="nobody-knows-it", cost=None))
    ledger.close()
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        answers = {operation.path: (await client.get(operation.path)).json() for operation in READS}

    filled = [
        path for path, answer in answers.items() if any(isinstance(part, list) and part for part in answer.values())
    ]
    for operation in READS:
        jsonschema_rs.validator_for(record(**operation.gives)).validate(answers[operation.path])
    assert len(filled) >= len(READS) - 2
