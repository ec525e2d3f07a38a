"""The official SDK of Anthropic, as installed and unmodified, against a provider on a loopback socket."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import Provider, answer, error, events, message, message_events
from tests.inapp.written import nano, only

anthropic = pytest.importorskip("anthropic")

ASK: dict[str, Any] = {
    "model": "claude-of-today",
    "max_tokens": 1024,
    "messages": [{"role": "user", "content": "What is the weather?"}],
}
USAGE = {
    "input_tokens": 2095,
    "cache_creation_input_tokens": 2051,
    "cache_read_input_tokens": 2051,
    "cache_creation": {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 51},
    "output_tokens": 503,
    "service_tier": "standard",
}
TOLD = Usage(2095, 2051, 2000, 51, output_tokens=503)
# $3, $0.30, $3.75, $6 and $15 per million.
NANO = 2095 * 3000 + 2051 * 300 + 2000 * 3750 + 51 * 6000 + 503 * 15000


@pytest.fixture
def client(provider: Provider, tracker: Tracker) -> Iterator[Any]:
    original = anthropic.Anthropic(api_key="sk-secret", base_url=provider.address, max_retries=0)
    with track(original, tracker=tracker, provider="anthropic", user="ann") as client:
        yield client


@pytest.fixture
async def async_client(provider: Provider, tracker: Tracker) -> AsyncIterator[Any]:
    original = anthropic.AsyncAnthropic(api_key="sk-secret", base_url=provider.address, max_retries=0)
    async with track(original, tracker=tracker, provider="anthropic") as client:
        yield client


def test_a_message_is_recorded_to_the_token_and_the_nano_dollar(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(answer(message(USAGE), request_id="req_1"))

    told = client.messages.create(**ASK)

    assert type(client) is anthropic.Anthropic
    assert told.content[0].text == "Hello."
    record = only(tracker)
    assert (record.usage, nano(tracker)) == (TOLD, NANO)
    assert (record.model, record.provider, record.request_id) == ("claude-sonnet-4-5-20250929", "anthropic", "req_1")
    assert (record.status, record.user, record.estimated, record.partial) == ("ok", "ann", False, False)


def test_a_tool_call_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}}
    provider.gives(answer(message(USAGE, content=[block], stop_reason="tool_use")))

    assert client.messages.create(**ASK).content[0].name == "weather"

    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


def test_the_last_word_of_a_stream_counts_and_is_not_added(client: Any, provider: Provider, tracker: Tracker) -> None:
    first = {**USAGE, "output_tokens": 1}
    provider.gives(events(message_events(first, {"output_tokens": 503}), named=True))

    got = [event.type for event in client.messages.create(**ASK, stream=True)]

    assert got[-1] == "message_stop"
    record = only(tracker)
    assert (record.usage, nano(tracker)) == (TOLD, NANO)
    assert (record.status, record.estimated, record.partial) == ("ok", False, False)


def test_the_sdks_own_stream_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(message_events({**USAGE, "output_tokens": 1}, {"output_tokens": 503}), named=True))

    with client.messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == "Hello."

    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


def test_a_stream_that_breaks_off_keeps_what_was_told(client: Any, provider: Provider, tracker: Tracker) -> None:
    text = "There is much to say about the weather. " * 20
    pieces = message_events({**USAGE, "output_tokens": 1}, {"output_tokens": 503}, texts=[text] * 2)
    provider.gives(events(pieces[:5], named=True, cut=True))

    with pytest.raises(Exception, match=r"."):
        list(client.messages.create(**ASK, stream=True))

    record = only(tracker)
    assert record.usage.input_tokens == TOLD.input_tokens
    assert 300 <= record.usage.output_tokens <= 500
    assert (record.estimated, record.partial) == (True, True)
    assert record.status not in ("ok", "cancelled")


def test_an_error_within_a_stream_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    pieces = message_events({**USAGE, "output_tokens": 1}, {"output_tokens": 503})
    broken = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    provider.gives(events([*pieces[:4], broken], named=True))

    with pytest.raises(anthropic.APIStatusError):
        list(client.messages.create(**ASK, stream=True))

    assert (only(tracker).status, only(tracker).partial) == ("overloaded_error", True)


def test_a_refused_request_cost_nothing(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(error(529, "overloaded_error", request_id="req_2"))

    with pytest.raises(anthropic.APIStatusError):
        client.messages.create(**ASK)

    record = only(tracker)
    assert (record.status, record.usage, nano(tracker), record.request_id) == ("529", Usage(), 0, "req_2")


def test_batch_terms_are_half(client: Any, provider: Provider, tracker: Tracker) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100, "service_tier": "batch"}
    provider.gives(answer(message(usage)))

    client.messages.create(**ASK)

    assert nano(tracker) == (1000 * 3000 + 100 * 15000) // 2


async def test_an_async_message_is_recorded(async_client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(message(USAGE)))

    await async_client.messages.create(**ASK)

    assert type(async_client) is anthropic.AsyncAnthropic
    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


async def test_an_async_stream_is_recorded(async_client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(message_events({**USAGE, "output_tokens": 1}, {"output_tokens": 503}), named=True))

    async with async_client.messages.stream(**ASK) as stream:
        assert "".join([text async for text in stream.text_stream]) == "Hello."

    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


async def test_an_async_stream_that_the_caller_leaves_is_cancelled(
    async_client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(events(message_events(USAGE, USAGE), named=True))

    stream = await async_client.messages.create(**ASK, stream=True)
    async for _ in stream:
        break
    await stream.close()

    assert (only(tracker).status, only(tracker).partial) == ("cancelled", True)
