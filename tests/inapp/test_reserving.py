"""A tracked client with a breaker: refused before anything is sent, and settled with the truth."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.core.budgets import Budget
from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.inapp.breaker import Breaker
from monitor.inapp.client import track
from monitor.inapp.reserving import Reserves
from monitor.inapp.tracked import tracked
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from tests.inapp.provider import Provider, Reply, answer, chat, chat_chunks, error, events
from tests.inapp.stand_in import Full, StandIn
from tests.inapp.written import written

anthropic = pytest.importorskip("anthropic")
openai = pytest.importorskip("openai")

MESSAGES = [{"role": "user", "content": "What is the weather?"}]
ASK: dict[str, Any] = {"model": "gpt-4.1", "max_tokens": 1000, "messages": MESSAGES}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
COST = Money(Decimal("0.00006"), "USD")


Connect = Callable[..., Any]


@pytest.fixture
def connect(provider: Provider, tracker: Tracker) -> Iterator[Connect]:
    """Give what makes a tracked client for a breaker; all of them are closed at the end."""
    with ExitStack() as clients:

        def tracked_client(breaker: Reserves, **options: Any) -> Any:
            settings = {"api_key": "sk-secret", "base_url": f"{provider.address}/v1", "max_retries": 0, **options}
            words: Any = {"provider": "openai", "project": "search", "tags": ["nightly"]}
            client = track(openai.OpenAI(**settings), tracker=tracker, breaker=breaker, **words)
            return clients.enter_context(client)

        yield tracked_client


def test_an_upper_bound_is_reserved_and_the_truth_settled(
    connect: Connect, provider: Provider, tracker: Tracker
) -> None:
    breaker = StandIn()
    provider.gives(answer(chat(USAGE)))

    connect(breaker).chat.completions.create(**ASK)

    (reservation,) = breaker.made
    assert isinstance(reservation.estimate, Money)
    # 1000 tokens of output at $8 per million, and some for the prompt.
    assert Decimal("0.008") < reservation.estimate.amount < Decimal("0.0085")
    assert (reservation.end, reservation.cost) == ("settled", COST)
    assert reservation.words["model"] == "gpt-4.1"
    assert reservation.words["project"] == "search"
    assert reservation.words["tags"] == ("nightly",)


def test_a_limit_of_no_sense_is_none(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    breaker = StandIn()
    provider.gives(answer(chat(USAGE)))

    connect(breaker).chat.completions.create(**{**ASK, "max_tokens": 10**18})

    (reservation,) = breaker.made
    assert (reservation.estimate, reservation.end, reservation.cost) == (None, "settled", COST)


def test_without_a_limit_the_breaker_is_left_to_know_a_bound(
    connect: Connect, provider: Provider, tracker: Tracker
) -> None:
    breaker = StandIn()
    provider.gives(answer(chat(USAGE)))

    connect(breaker).chat.completions.create(model="gpt-4.1", messages=MESSAGES)

    assert breaker.made[0].estimate is None


def test_the_same_prompt_is_known_again_without_a_key(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    breaker = StandIn()
    provider.gives(answer(chat(USAGE)))
    client = connect(breaker)

    for limit in (10, 20):
        client.chat.completions.create(**{**ASK, "max_tokens": limit})

    first, second = (reservation.words["prompt_hash"] for reservation in breaker.made)
    assert first == second
    assert [record.prompt_hash for record in written(tracker)] == [None, None]


@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_reaches_the_caller_as_it_is_and_nothing_is_sent(
    connect: Connect, provider: Provider, tracker: Tracker, *, stream: bool
) -> None:
    client = connect(StandIn(Full()), max_retries=2)

    with pytest.raises(Full):
        client.chat.completions.create(**ASK, stream=stream)

    assert provider.received == []


async def test_a_refusal_reaches_async_callers_of_either_sdk(provider: Provider, tracker: Tracker) -> None:
    for original in (
        openai.AsyncOpenAI(api_key="sk-secret", base_url=f"{provider.address}/v1").chat.completions,
        anthropic.AsyncAnthropic(api_key="sk-secret", base_url=provider.address).messages,
    ):
        client = track(original._client, tracker=tracker, breaker=StandIn(Full()))
        create = client.messages.create if hasattr(client, "messages") else client.chat.completions.create

        with pytest.raises(Full):
            await create(**ASK)

    assert provider.received == []


def test_a_stream_is_settled_at_its_end(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    breaker = StandIn()
    provider.gives(events(chat_chunks(USAGE)))

    stream = connect(breaker).chat.completions.create(**ASK, stream=True)
    next(stream)
    before = breaker.made[0].end
    list(stream)

    assert (before, breaker.made[0].end, breaker.made[0].cost) == ("", "settled", COST)


def test_a_refused_attempt_gives_its_money_back(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    breaker = StandIn()
    provider.gives(error(429, "rate_limit_exceeded", retry_after_ms="1"), answer(chat(USAGE)))

    connect(breaker, max_retries=1).chat.completions.create(**ASK)

    assert [(made.end, made.cost) for made in breaker.made] == [
        ("settled", Money(Decimal(0), "USD")),
        ("settled", COST),
    ]


def test_a_timeout_is_settled_with_what_may_be_billed(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    breaker = StandIn()
    provider.gives(Reply((), hang=True))

    with pytest.raises(openai.APITimeoutError):
        connect(breaker, timeout=0.05).chat.completions.create(**ASK)

    cost = breaker.made[0].cost
    assert isinstance(cost, Money)
    assert 0 < cost.nano < 1_000_000


def test_a_request_that_is_built_and_never_sent_is_released(
    connect: Connect, provider: Provider, tracker: Tracker
) -> None:
    breaker = StandIn()
    http = connect(breaker)._client

    request = http.build_request("POST", f"{provider.address}/v1/chat/completions", json=ASK)
    before = breaker.made[0].end
    del request

    assert (before, breaker.made[0].end) == ("", "released")


def test_a_breaker_that_fails_lets_the_request_through(
    connect: Connect, provider: Provider, tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> None:
    provider.gives(answer(chat(USAGE)))
    client = connect(StandIn(RuntimeError("a bug")))

    assert client.chat.completions.create(**ASK).usage.total_tokens == 15


def test_what_was_spent_is_written_where_the_breaker_looks(
    connect: Connect, provider: Provider, tracker: Tracker, tmp_path: Path
) -> None:
    provider.gives(answer(chat(USAGE)))
    here, elsewhere = StandIn(ledger=tracker.ledger), StandIn(ledger=Ledger(tmp_path / "elsewhere.sqlite3"))

    for breaker in (here, elsewhere):
        connect(breaker).chat.completions.create(**ASK)

    assert [breaker.made[0].recorded for breaker in (here, elsewhere)] == [True, False]


def test_without_a_tracker_the_ledger_is_the_breakers(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    with openai.OpenAI(api_key="sk-secret", base_url=f"{provider.address}/v1") as original:
        track(original, breaker=StandIn(ledger=tracker.ledger)).chat.completions.create(**ASK)

    assert len(written(tracker)) == 1


def test_a_tracked_function_is_settled_too(tracker: Tracker) -> None:
    breaker = StandIn()

    @tracked(model="gpt-4.1", tracker=tracker, breaker=breaker)
    def ask() -> Any:
        return chat(USAGE)

    ask()

    assert (breaker.made[0].end, breaker.made[0].cost) == ("settled", COST)


@pytest.mark.parametrize("kind", ["plain", "generator"])
def test_a_tracked_function_that_is_refused_does_not_run(tracker: Tracker, kind: str) -> None:
    ran = []

    @tracked(model="gpt-4.1", tracker=tracker, breaker=StandIn(Full()))
    def ask() -> None:
        ran.append(True)

    @tracked(model="gpt-4.1", tracker=tracker, breaker=StandIn(Full()))
    def pieces() -> Iterator[None]:
        ran.append(True)
        yield None

    with pytest.raises(Full):
        ask() if kind == "plain" else list(pieces())

    assert ran == []


def test_the_breaker_stops_a_loop_within_its_budget(connect: Connect, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat({"prompt_tokens": 1_000, "completion_tokens": 1_000, "total_tokens": 2_000})))
    budget = Budget("month", Money(Decimal("0.1"), "USD"))
    breaker = Breaker(tracker.ledger, [budget], prices=tracker.prices)
    client = connect(breaker, max_retries=2)

    with pytest.raises(BudgetExceeded) as refused:
        for _ in range(1_000):
            client.chat.completions.create(**ASK)

    # Each costs a cent: ten are within the budget, and one estimate may be beyond it.
    assert 9 <= len(provider.received) <= 11
    assert refused.value.budget == "month"
