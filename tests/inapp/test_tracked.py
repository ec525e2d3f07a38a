"""`@tracked`: what a function returns, yields or raises reaches the caller untouched, and one record is written."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.labels import labels
from monitor.inapp.tracked import tracked
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import Provider, answer, chat
from tests.inapp.written import only, written

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


class Refused(Exception):
    status_code = 429


def test_a_function_is_recorded_with_an_estimate(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker, project="search")
    def ask(prompt: str, *, style: str) -> str:
        """Answer."""
        return f"{prompt} {style} It is sunny in Paris today."

    with labels(user="ann"):
        assert ask("What is the weather?", style="short") == "What is the weather? short It is sunny in Paris today."

    record = only(tracker)
    assert (ask.__name__, ask.__doc__) == ("ask", "Answer.")
    assert (record.model, record.provider, record.status) == ("gpt-4.1", "openai", "ok")
    assert (record.project, record.user) == ("search", "ann")
    assert (record.estimated, record.partial) == (True, False)
    assert 5 <= record.usage.input_tokens <= 12
    assert 8 <= record.usage.output_tokens <= 20
    assert record.cost is not None
    assert record.cost.nano == record.usage.input_tokens * 2000 + record.usage.output_tokens * 8000


def test_the_usage_in_an_answer_is_read(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    def ask() -> Any:
        return chat(USAGE, "gpt-4.1-2025-04-14")

    assert ask() == chat(USAGE, "gpt-4.1-2025-04-14")

    record = only(tracker)
    assert (record.usage, record.model, record.estimated) == (Usage(10, output_tokens=5), "gpt-4.1-2025-04-14", False)


def test_an_exception_is_recorded_and_raised_untouched(tracker: Tracker) -> None:
    broken = KeyError("mine")

    @tracked(model="gpt-4.1", tracker=tracker)
    def ask(prompt: str) -> str:
        raise broken

    with pytest.raises(KeyError) as caught:
        ask("What is the weather?")

    assert caught.value is broken
    assert (only(tracker).status, only(tracker).partial) == ("KeyError", True)


def test_a_refusal_costs_nothing(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    def ask(prompt: str) -> str:
        raise Refused

    with pytest.raises(Refused):
        ask("What is the weather?")

    assert (only(tracker).status, only(tracker).usage) == ("429", Usage())


async def test_an_async_function_is_recorded(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    async def ask() -> Any:
        await asyncio.sleep(0)
        return chat(USAGE)

    await ask()

    assert only(tracker).usage == Usage(10, output_tokens=5)


async def test_a_task_that_is_cancelled_is_recorded(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    async def ask() -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert only(tracker).status == "cancelled"


def test_a_generator_is_recorded_when_it_ends(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    def ask() -> Iterator[str]:
        yield "It is sunny "
        yield "in Paris."

    assert list(ask()) == ["It is sunny ", "in Paris."]

    record = only(tracker)
    assert (record.status, record.partial, record.estimated) == ("ok", False, True)
    assert record.usage.output_tokens >= 5


def test_a_generator_hears_what_is_sent_and_thrown_and_its_result_comes_back(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    def ask() -> Any:
        sent = yield 1
        try:
            yield sent
        except KeyError:
            yield "caught"
        return "result"

    generator = ask()
    got = [next(generator), generator.send("sent"), generator.throw(KeyError())]
    with pytest.raises(StopIteration) as stop:
        next(generator)

    assert (got, stop.value.value) == ([1, "sent", "caught"], "result")
    assert only(tracker).status == "ok"


def test_a_generator_that_is_left_is_closed_and_cancelled(tracker: Tracker) -> None:
    closed = []

    @tracked(model="gpt-4.1", tracker=tracker)
    def ask() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    generator = ask()
    next(generator)
    generator.close()  # type: ignore[attr-defined]

    assert closed == [True]
    assert (only(tracker).status, only(tracker).partial) == ("cancelled", True)


async def test_an_async_generator_is_recorded(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    async def ask() -> AsyncIterator[Any]:
        yield {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
        yield {"choices": [], "usage": USAGE}

    got = [piece async for piece in ask()]

    assert len(got) == 2
    assert (only(tracker).usage, only(tracker).estimated) == (Usage(10, output_tokens=5), False)


async def test_an_async_generator_that_is_left_is_cancelled(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    async def ask() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    generator = ask()
    await anext(generator)
    await generator.aclose()  # type: ignore[attr-defined]

    assert only(tracker).status == "cancelled"


def test_requests_of_a_tracked_client_within_are_not_counted_twice(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    with track(httpx.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:

        @tracked(model="gpt-4.1", tracker=tracker)
        def inner() -> Any:
            return client.post("/v1/chat/completions", json={"model": "gpt-4.1"}).json()

        @tracked(model="gpt-4.1", tracker=tracker)
        def outer() -> Any:
            return inner()

        outer()

    assert only(tracker).request_id == "chatcmpl-1"


def test_a_tracked_function_within_another_is_counted_once(tracker: Tracker) -> None:
    @tracked(model="gpt-4.1", tracker=tracker)
    def inner() -> Any:
        return chat(USAGE)

    @tracked(model="gpt-4.1", tracker=tracker)
    def outer() -> Any:
        inner()
        return inner()

    outer()

    assert [record.usage for record in written(tracker)] == [Usage(10, output_tokens=5)] * 2


def test_a_tracker_that_fails_does_not_stop_the_function(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    broken: Any = Broken()

    @tracked(model="gpt-4.1", tracker=broken)
    def ask() -> str:
        return "answer"

    assert ask() == "answer"
