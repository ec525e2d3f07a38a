from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.core.errors import SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Provenance, Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import Period
from monitor.daemon.commands.probe import probe
from monitor.daemon.connections import Connections
from monitor.daemon.sources import Account, open_source
from monitor.ledger.ledger import Ledger
from monitor.ledger.losses import lose
from tests.daemon.sources.accounts import CONTEXT, account
from tests.ledger.requests import request, usd

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def of(ledger: Ledger, zone: ZoneInfo | None = None, currency: str = "USD") -> Account:
    plain = account(zone=zone, currency=currency)
    return replace(plain, name="ledger", kind="ledger", api_key=None, base_url=ledger.path.as_uri())


async def spend_of(of: Account) -> Spend:
    source = open_source(of, connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    seen = await source.fetch(NOW)
    await source.close()
    return Spend(of.currency).record(seen, NOW)


async def test_days_and_months_are_those_of_the_requests(ledger: Ledger) -> None:
    ledger.record(request(1, at=NOW, cost=usd("1")))
    ledger.record(request(2, at=NOW - timedelta(days=3), cost=usd("2")))
    ledger.record(request(3, at=NOW - timedelta(days=40), cost=usd("4")))

    spend = await spend_of(of(ledger))

    today, month = Period.DAY.window(NOW, UTC), Period.MONTH.window(NOW, UTC)
    before = Period.MONTH.before(month, UTC)
    assert before is not None
    assert spend.spent(today, NOW) == usd("1")
    assert spend.spent(Period.DAY.window(NOW - timedelta(days=3), UTC), NOW) == usd("2")
    assert spend.spent(Period.DAY.window(NOW - timedelta(days=1), UTC), NOW) == usd("0")
    assert spend.spent(month, NOW) == usd("3")
    assert spend.spent(before, NOW) == usd("4")
    assert spend.provenance is Provenance.ESTIMATED
    assert spend.as_of == NOW


async def test_days_begin_where_the_account_says(ledger: Ledger) -> None:
    ledger.record(request(1, at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC), cost=usd("1")))
    ledger.record(request(2, at=datetime(2026, 11, 24, 16, 59, tzinfo=UTC), cost=usd("2")))

    spend = await spend_of(of(ledger, HANOI))

    assert spend.spent(Period.DAY.window(NOW, HANOI), NOW) == usd("1")


async def test_models_projects_and_keys_may_be_counted_alone_and_together(ledger: Ledger) -> None:
    ledger.record(request(1, at=NOW, model="a", project="search", key="one", cost=usd("1")))
    ledger.record(request(2, at=NOW, model="a", project="chat", key="one", cost=usd("2")))
    ledger.record(request(3, at=NOW, model="b", cost=usd("4")))

    spend = await spend_of(of(ledger))

    month = Period.MONTH.window(NOW, UTC)
    assert spend.spent(month, NOW) == usd("7")
    assert spend.by("model", month, NOW) == {"b": usd("4"), "a": usd("3")}
    assert spend.spent(month, NOW, Series(project="search")) == usd("1")
    assert spend.spent(month, NOW, Series(key="one")) == usd("3")
    assert spend.spent(month, NOW, Series(model="a", project="chat")) == usd("2")
    assert spend.spent(Period.DAY.window(NOW, UTC), NOW, Series(project="chat")) == usd("2")


async def test_what_arrives_late_is_seen_within_the_hour(ledger: Ledger) -> None:
    ledger.record(request(1, at=NOW))
    source = open_source(of(ledger), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    spend = Spend("USD").record(await source.fetch(NOW), NOW)
    ledger.record(request(2, at=NOW - timedelta(days=20), cost=usd("5")))
    day = Period.DAY.window(NOW - timedelta(days=20), UTC)

    for minutes, expected in ((10, usd("0")), (60, usd("5"))):
        now = NOW + timedelta(minutes=minutes)
        spend = spend.record(await source.fetch(now), now)
        assert spend.spent(day, now) == expected
        assert spend.spent(Period.MONTH.window(NOW, UTC), now) == usd("5.0045")


async def test_an_application_without_projects_has_its_models_only(ledger: Ledger) -> None:
    ledger.record(request(1, at=NOW))
    source = open_source(of(ledger), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)

    seen = await source.fetch(NOW)

    assert {reading.series for reading in seen.readings} == {Series(), Series("gpt-4.1")}
    assert len({reading.identity for reading in seen.readings}) == len(seen.readings)


async def test_each_currency_is_an_account_of_its_own(ledger: Ledger) -> None:
    ledger.record(request(1, at=NOW, cost=usd("1")))
    ledger.record(request(2, at=NOW, cost=Money(usd("7").amount, "CNY")))

    dollars, yuan = await spend_of(of(ledger)), await spend_of(of(ledger, currency="CNY"))

    month = Period.MONTH.window(NOW, UTC)
    assert (str(dollars.spent(month, NOW)), str(yuan.spent(month, NOW))) == ("$1.00", "¥7.00")


async def test_a_ledger_that_is_not_there_is_unavailable_and_never_zero(ledger: Ledger) -> None:
    with pytest.raises(SourceUnavailable, match="there is no ledger"):
        await spend_of(of(ledger))


async def test_a_damaged_ledger_is_unavailable(ledger: Ledger) -> None:
    ledger.path.write_bytes(b"no database " * 100)

    with pytest.raises(SourceUnavailable, match="cannot be read"):
        await spend_of(of(ledger))


async def test_probing_it_says_whether_it_can_be_read(ledger: Ledger) -> None:
    out = StringIO()
    assert await probe(of(ledger), out, redact=str, clock=lambda: NOW) == 1

    ledger.record(request(1, at=NOW))
    assert await probe(of(ledger), out, redact=str, clock=lambda: NOW) == 0

    assert "there is no ledger" in out.getvalue()
    assert "Recognised: ledger" in out.getvalue()


async def test_requests_of_this_month_that_were_lost_are_told(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        lose(connection, NOW - timedelta(days=40), 100)
        lose(connection, NOW - timedelta(days=2), 3)
        lose(connection, NOW, 4)
    source = open_source(of(ledger), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)

    assert (await source.fetch(NOW)).lost == 7
    await source.close()
