"""The official SDK of OpenAI, as installed and unmodified, against a provider on a loopback socket."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import (
    Provider,
    Reply,
    answer,
    chat,
    chat_chunks,
    error,
    events,
    response,
    response_events,
    tool_call,
)
from tests.inapp.written import nano, only, written

openai = pytest.importorskip("openai")

ASK: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "What is the weather?"}]}
USAGE = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 192, "audio_tokens": 0},
}
TOLD = Usage(86, 1920, output_tokens=300, reasoning_tokens=192)
# 86 at $2, 1920 at $0.50 and 300 at $8 per million.
NANO = 86 * 2000 + 1920 * 500 + 300 * 8000
RESPONSE_USAGE = {
    "input_tokens": 2006,
    "input_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 0},
    "output_tokens": 300,
    "output_tokens_details": {"reasoning_tokens": 192},
    "total_tokens": 2306,
}


@pytest.fixture
def client(provider: Provider, tracker: Tracker) -> Iterator[Any]:
    original = openai.OpenAI(api_key="sk-secret", base_url=f"{provider.address}/v1", max_retries=0)
    with track(original, tracker=tracker, provider="openai", project="search", tags=["nightly"]) as client:
        yield client


@pytest.fixture
async def async_client(provider: Provider, tracker: Tracker) -> AsyncIterator[Any]:
    original = openai.AsyncOpenAI(api_key="sk-secret", base_url=f"{provider.address}/v1", max_retries=0)
    async with track(original, tracker=tracker, provider="openai", project="search") as client:
        yield client


def test_a_tracked_client_is_of_the_same_class(client: Any) -> None:
    assert type(client) is openai.OpenAI


def test_a_chat_is_recorded_to_the_token_and_the_nano_dollar(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE), x_request_id="req_1"))

    completion = client.chat.completions.create(**ASK)

    assert completion.choices[0].message.content == "Hello."
    record = only(tracker)
    assert (record.usage, nano(tracker)) == (TOLD, NANO)
    assert (record.model, record.provider, record.request_id) == ("gpt-4.1-2025-04-14", "openai", "req_1")
    assert (record.status, record.project, record.tags) == ("ok", "search", ("nightly",))
    assert not record.estimated
    assert not record.partial
    assert record.latency is not None


def test_a_tool_call_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    choice = {"index": 0, "message": tool_call(), "logprobs": None, "finish_reason": "tool_calls"}
    provider.gives(answer(chat(USAGE, choices=[choice])))

    completion = client.chat.completions.create(**ASK)

    assert completion.choices[0].message.tool_calls[0].function.name == "weather"
    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


def test_a_stream_is_asked_for_its_usage_and_the_caller_does_not_see_it(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(events(chat_chunks(USAGE), x_request_id="req_2"))

    chunks = list(client.chat.completions.create(**ASK, stream=True))

    assert provider.received[0].body["stream_options"] == {"include_usage": True}
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel", "lo.", None]
    assert [chunk.usage for chunk in chunks] == [None, None, None]
    record = only(tracker)
    assert (record.usage, nano(tracker), record.request_id) == (TOLD, NANO, "req_2")
    assert (record.status, record.estimated, record.partial) == ("ok", False, False)


def test_a_caller_who_asks_for_the_usage_of_a_stream_gets_it(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(chat_chunks(USAGE)))

    chunks = list(client.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))

    assert chunks[-1].usage.total_tokens == 2306
    assert only(tracker).usage == TOLD


def test_the_callers_own_stream_options_are_kept(client: Any, provider: Provider) -> None:
    provider.gives(events(chat_chunks(USAGE)))

    list(client.chat.completions.create(**ASK, stream=True, stream_options={"include_obfuscation": False}))

    assert provider.received[0].body["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_a_server_that_refuses_to_be_asked_for_the_usage_is_asked_without(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    refusal, stream = error(400, "unknown_parameter"), events(chat_chunks(None))
    provider.gives(refusal, stream, stream)

    for _ in range(2):
        chunks = list(client.chat.completions.create(**ASK, stream=True))

        assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel", "lo.", None]
    assert ["stream_options" in request.body for request in provider.received] == [True, False, False]
    assert [(record.estimated, record.partial) for record in written(tracker)] == [(True, False), (True, False)]


def test_a_bad_request_stays_one(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(error(400, "invalid_request_error"))

    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(**ASK, stream=True)

    record = only(tracker)
    assert (record.status, record.usage, nano(tracker)) == ("400", Usage(), 0)


def test_a_stream_that_breaks_off_is_recorded_as_far_as_it_came(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    text = "There is much to say about the weather. " * 20
    provider.gives(events(chat_chunks(USAGE, texts=[text] * 3)[:2], cut=True))

    with pytest.raises(Exception, match=r"."):
        list(client.chat.completions.create(**ASK, stream=True))

    record = only(tracker)
    assert record.status not in ("ok", "cancelled")
    assert (record.estimated, record.partial) == (True, True)
    assert 300 <= record.usage.output_tokens <= 500
    assert 5 <= record.usage.input_tokens <= 30
    assert nano(tracker) == record.usage.input_tokens * 2000 + record.usage.output_tokens * 8000


def test_a_stream_that_the_caller_leaves_is_recorded_as_cancelled(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(events(chat_chunks(USAGE)))

    stream = client.chat.completions.create(**ASK, stream=True)
    next(iter(stream))
    stream.close()

    record = only(tracker)
    assert (record.status, record.partial) == ("cancelled", True)


def test_an_error_within_a_stream_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    broken = {"error": {"message": "the prompt was bad", "type": "server_error"}}
    provider.gives(events([*chat_chunks(None)[:1], broken]))

    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**ASK, stream=True))

    record = only(tracker)
    assert (record.status, record.partial) == ("server_error", True)


def test_an_answer_without_usage_is_estimated(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(None, text="It is sunny in Paris today, and warm.")))

    client.chat.completions.create(**ASK)

    record = only(tracker)
    assert (record.estimated, record.partial, record.status) == (True, False, "ok")
    assert 8 <= record.usage.output_tokens <= 20


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refused_request_is_recorded_and_cost_nothing(
    client: Any, provider: Provider, tracker: Tracker, status: int
) -> None:
    provider.gives(error(status, "no", x_request_id="req_3"))

    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(**ASK)

    record = only(tracker)
    assert (record.status, record.usage, nano(tracker)) == (str(status), Usage(), 0)
    assert (record.model, record.request_id) == ("gpt-4.1", "req_3")


def test_each_attempt_of_the_sdk_is_a_record(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(error(429, "rate_limit_exceeded", retry_after_ms="1"), answer(chat(USAGE)))

    client.with_options(max_retries=1).chat.completions.create(**ASK)

    assert [record.status for record in written(tracker)] == ["429", "ok"]


def test_a_timeout_is_recorded_with_the_prompt_that_may_be_billed(
    client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(Reply((), hang=True))

    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.05).chat.completions.create(**ASK)

    record = only(tracker)
    assert (record.status, record.estimated, record.partial) == ("timeout", True, True)
    assert record.usage.input_tokens > 0
    assert record.usage.output_tokens == 0


def test_a_request_that_never_left_is_free(tracker: Tracker) -> None:
    original = openai.OpenAI(api_key="sk-secret", base_url="http://127.0.0.1:1/v1", max_retries=0)
    client = track(original, tracker=tracker, provider="openai")

    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**ASK)

    record = only(tracker)
    assert (record.status, record.usage, nano(tracker)) == ("ConnectError", Usage(), 0)


def test_responses_are_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(response(RESPONSE_USAGE)))

    assert client.responses.create(model="gpt-4.1", input="Hello").output_text == "Hello."

    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


def test_streamed_responses_are_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(response_events(RESPONSE_USAGE), named=True))

    got = [event.type for event in client.responses.create(model="gpt-4.1", input="Hello", stream=True)]

    assert got[-1] == "response.completed"
    assert "stream_options" not in provider.received[0].body
    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


def test_a_response_in_the_background_is_partial(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(response(None, "queued")))

    client.responses.create(model="gpt-4.1", input="Hello", background=True)

    assert (only(tracker).estimated, only(tracker).partial) == (True, True)


def test_embeddings_are_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    body = {"object": "list", "model": "text-embedding-3-small", "usage": {"prompt_tokens": 8, "total_tokens": 8}}
    provider.gives(answer({**body, "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -0.2]}]}))

    vector = client.embeddings.create(model="text-embedding-3-small", input="a text", encoding_format="float")

    assert vector.data[0].embedding == [0.1, -0.2]
    assert (only(tracker).usage, nano(tracker)) == (Usage(8), 8 * 20)


def test_flex_requests_are_billed_as_such(client: Any, provider: Provider, tracker: Tracker) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    provider.gives(answer(chat(usage, "gpt-5", service_tier="flex")))

    client.chat.completions.create(**{**ASK, "model": "gpt-5"}, service_tier="flex")

    assert nano(tracker) == (1000 * 1250 + 100 * 10000) // 2


def test_a_raw_response_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    assert client.chat.completions.with_raw_response.create(**ASK).parse().usage.total_tokens == 2306

    assert only(tracker).usage == TOLD


def test_a_response_that_is_read_as_it_comes_is_recorded(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    with client.chat.completions.with_streaming_response.create(**ASK) as streamed:
        assert streamed.parse().usage.total_tokens == 2306

    assert (only(tracker).usage, only(tracker).partial) == (TOLD, False)


async def test_an_async_chat_is_recorded(async_client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    completion = await async_client.chat.completions.create(**ASK)

    assert type(async_client) is openai.AsyncOpenAI
    assert completion.choices[0].message.content == "Hello."
    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


async def test_an_async_stream_is_recorded(async_client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(chat_chunks(USAGE)))

    chunks = [chunk async for chunk in await async_client.chat.completions.create(**ASK, stream=True)]

    assert [chunk.choices[0].delta.content for chunk in chunks] == ["Hel", "lo.", None]
    assert (only(tracker).usage, nano(tracker)) == (TOLD, NANO)


async def test_an_async_stream_that_breaks_off_is_partial(
    async_client: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(events(chat_chunks(USAGE)[:1], cut=True))

    with pytest.raises(Exception, match=r"."):
        [chunk async for chunk in await async_client.chat.completions.create(**ASK, stream=True)]

    assert (only(tracker).estimated, only(tracker).partial) == (True, True)


async def test_an_async_timeout_is_recorded(async_client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(Reply((), hang=True))

    with pytest.raises(openai.APITimeoutError):
        await async_client.with_options(timeout=0.05).chat.completions.create(**ASK)

    assert only(tracker).status == "timeout"
