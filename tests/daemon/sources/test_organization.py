"""A fast estimate beside a slow bill: each counts where it is the better word, and neither twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.budgets import Budget
from monitor.core.errors import SourceUnavailable
from monitor.core.plan import Watched
from monitor.core.spending.drift import drift_words
from monitor.core.spending.readings import Provenance, Series
from monitor.core.spending.spend import Spend
from monitor.core.tuning import Forecast, Tuning
from monitor.core.windows import Period, Window
from monitor.daemon.sources import SOURCES, Source
from tests.core.story import Story, usd
from tests.daemon.servers import Server
from tests.daemon.sources.accounts import day, polled
from tests.daemon.sources.organizations import COSTS, MODEL, OUTPUT, USAGE, Fake, Spent, hourly

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
MONTH = Period.MONTH.window(NOW, UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOKENS = 1_000_000
DOLLARS = TOKENS * OUTPUT


@pytest.fixture
def fake(server: Server) -> Fake:
    fake = Fake(NOW)
    fake.serve(server)
    return fake


@pytest.fixture
async def source(server: Server, fake: Fake) -> AsyncIterator[Source]:
    async with polled("openai", server) as opened:
        yield opened


def at(number: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, number, hour, minute, tzinfo=UTC)


async def look(source: Source, fake: Fake, now: datetime, spend: Spend | None = None) -> Spend:
    fake.now = now
    return (spend or Spend("USD")).record(await source.fetch(now), now)


async def test_what_is_not_billed_yet_is_estimated_by_the_hour(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(18, 1), 0, TOKENS), Spent(at(20, 11, 50), 1000, TOKENS)]

    spend = await look(source, fake, NOW)

    last_hour = Window(at(20, 11), at(20, 12))
    assert spend.spent(last_hour, NOW) == usd(DOLLARS + Decimal("0.002")), "the last digit counts"
    assert spend.spent(MONTH, NOW) == usd(2 * DOLLARS + Decimal("0.002"))
    assert spend.provenance is Provenance.MIXED
    for part in (Series(model=MODEL), Series(project="proj_a"), Series(key="key_1")):
        assert spend.spent(last_hour, NOW, part) == usd(DOLLARS + Decimal("0.002"))


async def test_the_bill_counts_where_it_is_final_though_the_estimate_is_higher(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(10, 1), 0, TOKENS)]
    fake.extra = {at(11, 0): Decimal("0.5")}
    spend = await look(source, fake, NOW)
    fake.spent = []

    billed = await look(source, fake, NOW + 24 * HOUR, spend)

    assert spend.spent(MONTH, NOW) == usd(DOLLARS + Decimal("0.5"))
    assert billed.spent(MONTH, NOW + 24 * HOUR) == usd(Decimal("0.5"))
    assert spend.settled_until == at(18, 0)


async def test_a_poll_is_two_requests_and_reads_again_what_may_still_change(
    source: Source, fake: Fake, server: Server
) -> None:
    for now in (NOW, NOW + 2 * MINUTE, NOW + HOUR, NOW + HOUR + 2 * MINUTE, NOW + 12 * HOUR):
        await look(source, fake, now)

    asked = [
        (query["bucket_width"], _clock(query["start_time"]), _clock(query["end_time"])) for query in server.asked(USAGE)
    ]
    assert asked == [
        ("1d", "04-01 00", "05-17 00"),
        ("1h", "05-17 00", "05-20 13"),
        ("1h", "05-20 10", "05-20 13"),
        ("1h", "05-20 02", "05-20 14"),
        ("1h", "05-20 11", "05-20 14"),
        ("1d", "04-01 00", "05-18 00"),
        ("1h", "05-18 00", "05-21 01"),
    ]
    assert len(server.asked(COSTS)) == 5


def _clock(seconds: str) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%m-%d %H}"


async def test_after_a_gap_all_hours_of_it_are_read(source: Source, fake: Fake, server: Server) -> None:
    await look(source, fake, at(20, 1))
    await look(source, fake, at(20, 21))

    assert _clock(server.asked(USAGE)[-1]["start_time"]) == "05-19 23"


@pytest.mark.parametrize("down", [USAGE, COSTS])
async def test_where_one_report_fails_the_other_counts_and_the_source_is_not_well(
    source: Source, fake: Fake, down: str
) -> None:
    fake.spent = [Spent(at(10, 1), 0, TOKENS), Spent(at(20, 11), 0, TOKENS)]
    fake.down = {down}

    seen = await source.fetch(NOW)

    spend = Spend("USD").record(seen, NOW)
    assert isinstance(seen.error, SourceUnavailable)
    assert spend.spent(day(10), NOW) == usd(DOLLARS)
    assert (spend.spent(Window(at(20, 11), at(20, 12)), NOW) == usd(DOLLARS)) is (down == COSTS)
    assert (spend.settled_until is None) is (down == COSTS)


async def test_where_both_fail_nothing_is_known(source: Source, fake: Fake) -> None:
    fake.down = {USAGE, COSTS}

    with pytest.raises(SourceUnavailable):
        await source.fetch(NOW)


async def test_while_the_costs_fail_no_day_becomes_final(source: Source, fake: Fake) -> None:
    spend = await look(source, fake, NOW)
    fake.down = {COSTS}
    fake.spent = [Spent(at(19, 1), 0, TOKENS)]

    later = await look(source, fake, NOW + timedelta(days=4), spend)

    assert later.settled_until == at(18, 0)
    assert later.spent(MONTH, NOW + timedelta(days=4)) == usd(DOLLARS), "the estimate stands in"


async def test_the_same_looks_again_change_nothing(source: Source, fake: Fake) -> None:
    fake.spent = hourly(at(16, 0), at(20, 12))
    spend = await look(source, fake, NOW)
    month = spend.spent(MONTH, NOW)

    for minutes in range(2, 10, 2):
        spend = await look(source, fake, NOW + minutes * MINUTE, spend)

    assert spend.spent(MONTH, NOW) == month
    assert spend.trail.between(NOW, NOW + 8 * MINUTE) == 0


async def test_hours_become_days_and_the_month_stays_what_it_was(source: Source, fake: Fake) -> None:
    fake.spent, fake.bills_late_by = hourly(at(15, 0), at(20, 12)), timedelta(days=99)
    fake.down = {COSTS}
    spend = await look(source, fake, NOW)
    month = spend.spent(MONTH, NOW)

    for days in range(1, 6):
        spend = await look(source, fake, NOW + timedelta(days=days), spend)

    assert spend.spent(MONTH, NOW + timedelta(days=5)) == month
    widths = {reading.span.length for reading in spend.readings if reading.cost.amount}
    assert widths == {timedelta(days=1)}, "what is over three days old is kept by the day"
    assert spend.trail.between(NOW, NOW + timedelta(days=5)) == 0


async def test_pages_of_any_size_bring_the_same(server: Server, fake: Fake) -> None:
    fake.spent = hourly(at(15, 0), at(20, 12))
    brought = []
    for page in (1, 7, 1000):
        fake.page = page
        async with polled("openai", server) as source:
            brought.append(set((await source.fetch(NOW)).readings))

    assert brought[0] == brought[1] == brought[2]


async def test_a_bucket_that_cannot_be_read_keeps_what_was_known_of_it(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(20, 11), 0, TOKENS), Spent(at(20, 12, 1), 0, TOKENS)]
    spend = await look(source, fake, NOW)
    fake.spent = [Spent(at(20, 11), -5, TOKENS), Spent(at(20, 12, 1), 0, 2 * TOKENS)]

    seen = await source.fetch(NOW)
    later = spend.record(seen, NOW)

    assert "input_tokens is a number" in str(seen.error)
    assert later.spent(Window(at(20, 11), at(20, 13)), NOW) == usd(3 * DOLLARS)


async def test_a_price_of_the_users_own_counts(server: Server, fake: Fake, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[openai."our-tuned"]\ninput = 1\noutput = 1.5\n[openai."free"]\ninput = 0\noutput = 0\n')
    fake.spent = [Spent(at(20, 11), 10, 30, "our-tuned"), Spent(at(20, 11), 10, 30, "free")]
    async with polled("openai", server, prices=prices) as source:
        spend = await look(source, fake, NOW)

    assert spend.spent(day(20), NOW, Series(model="our-tuned")) == usd(Decimal("0.000055"))
    assert spend.spent(day(20), NOW, Series(model="free")) == usd(0)
    assert sum(reading.unpriced_tokens for reading in spend.readings) == 0, "an explicit 0 is free"


async def test_a_model_without_a_price_is_told_counts_at_most_and_is_over_once_the_bill_is_final(
    source: Source, fake: Fake
) -> None:
    fake.spent = [Spent(at(20, 11), 0, TOKENS, "gpt-of-tomorrow")]
    fake.now = NOW
    story = Story(None)

    first = story.at(NOW).poll(await source.fetch(NOW))
    counted = story.state.sources["holysheep"].spend.spent(MONTH, NOW)
    fake.now = at(23, 0, 1)
    later = story.at(fake.now).poll(await source.fetch(fake.now))

    assert first == ["[WARNING] holysheep: no price is known for gpt-of-tomorrow"]
    assert counted is not None
    assert counted.amount > 10 * DOLLARS, "as the dearest model"
    assert later == ["[RESOLVED] holysheep: all that counts has a price or a bill again"]
    assert story.state.sources["holysheep"].spend.spent(MONTH, fake.now) == usd(DOLLARS)


async def test_a_message_says_how_much_of_the_spend_is_only_the_most_it_can_be(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(20, 11), 0, TOKENS, "gpt-of-tomorrow"), Spent(at(20, 11), 0, TOKENS)]
    story = Story(Budget("monthly", usd(20)))

    told = story.at(NOW).poll(await source.fetch(NOW))

    assert any(title.endswith("of the monthly budget, most of it an upper bound") for title in told)

    (facts,) = [alert.spend for alert in story.state.alerts.values() if alert.spend and alert.spend.limit]
    spend = story.state.sources["holysheep"].spend
    guess = spend.spent(MONTH, NOW, Series(model="gpt-of-tomorrow"))
    assert facts.note == f"Up to {guess} of it may be too much: no price is known for gpt-of-tomorrow."


async def test_a_title_says_nothing_of_a_bound_that_is_the_lesser_part(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(20, 11), 0, TOKENS, "gpt-9-mini"), Spent(at(20, 11), 0, 9 * TOKENS)]

    told = Story(Budget("monthly", usd(80))).at(NOW).poll(await source.fetch(NOW))

    assert "[EMERGENCY] holysheep: 95.6% of the monthly budget" in told


async def test_what_only_the_bill_tells_is_a_drift_with_its_cause(source: Source, fake: Fake) -> None:
    fake.spent = [Spent(at(17, 11), 0, TOKENS)]
    fake.extra = {at(16, 0): DOLLARS / 9}
    spend = await look(source, fake, NOW)

    assert drift_words(spend, NOW) == (
        "10% under the bill, in the week until 18 May: most of it is web search, $0.89 billed and $0.00 estimated"
    )


async def test_a_loop_at_night_is_told_within_20_minutes(source: Source, fake: Fake) -> None:
    night = at(20, 1, 10)
    fake.spent = [*hourly(at(15, 0), night), *hourly(night, night + 2 * HOUR, dollars=50)]
    kind = SOURCES["openai"]
    story = Story(Budget("monthly", usd(500)), tuning=Tuning(forecast=Forecast(enabled=False)))
    watched = Watched("holysheep", "openai", interval=kind.interval, grain=kind.grain)
    story.plan = replace(story.plan, sources={"holysheep": watched})

    told: list[tuple[datetime, str]] = []
    now = at(20, 0, 1)
    while now < night + HOUR:
        fake.now = now
        told += [(now, title) for title in story.at(now).poll(await source.fetch(now))]
        now += kind.interval

    emergencies = [when for when, title in told if title.startswith("[EMERGENCY]") and "faster" in title]
    assert emergencies, told
    assert timedelta(0) < emergencies[0] - night <= 20 * MINUTE
    assert {when for when, _ in told if when < night} == set(), "an even pace is no alert"
