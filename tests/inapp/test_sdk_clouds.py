"""The SDKs' clients for Azure, Vertex and Bedrock: the same answers, asked for under addresses of their own."""

import base64
import json
import struct
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.core.spending.usage import Usage
from monitor.inapp.amazon import events_of
from monitor.inapp.client import track
from monitor.inapp.endpoints import Endpoint, endpoint_of, model_in
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import Provider, Reply, answer, chat, events, message, message_events, response
from tests.inapp.written import only, written

anthropic = pytest.importorskip("anthropic")
openai = pytest.importorskip("openai")

MESSAGES: Any = [{"role": "user", "content": "What is the weather?"}]
CHAT = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
RESPONSES = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5, "total_tokens": 15}
CLAUDE = {"input_tokens": 10, "output_tokens": 5}
BEDROCK = "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture
def azure(provider: Provider, tracker: Tracker) -> Any:
    with openai.AzureOpenAI(
        azure_endpoint=provider.address, api_key="secret", api_version="2025-03-01-preview", max_retries=0
    ) as client:
        yield track(client, tracker=tracker, provider="azure")


def test_a_deployment_at_azure_is_priced_as_the_model_that_answered(
    azure: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(answer(chat(CHAT)))

    azure.chat.completions.create(model="our-deployment", messages=MESSAGES)

    record = only(tracker)
    assert provider.received[0].path.startswith("/openai/deployments/our-deployment/chat/completions?")
    assert (record.provider, record.model, record.usage) == ("azure", "gpt-4.1-2025-04-14", Usage(10, output_tokens=5))
    assert record.cost is not None


def test_responses_and_embeddings_at_azure_are_counted(azure: Any, provider: Provider, tracker: Tracker) -> None:
    embedding = {"object": "embedding", "index": 0, "embedding": [0.1]}
    used = {"prompt_tokens": 7, "total_tokens": 7}
    vectors = {"object": "list", "model": "text-embedding-3-small", "data": [embedding], "usage": used}
    provider.gives(answer(response(RESPONSES)), answer(vectors))

    azure.responses.create(model="gpt-4.1", input="What is the weather?")
    azure.embeddings.create(model="our-vectors", input="weather")

    assert [record.usage for record in written(tracker)] == [Usage(6, 4, output_tokens=5), Usage(7)]


@pytest.fixture
def vertex(provider: Provider, tracker: Tracker) -> Any:
    client = anthropic.AnthropicVertex(
        region="europe-west1", project_id="acme", access_token="secret", base_url=provider.address, max_retries=0
    )
    with client:
        yield track(client, tracker=tracker, provider="vertex")


def ask(client: Any, **more: Any) -> Any:
    return client.messages.create(model="claude-sonnet-4-5@20250929", max_tokens=64, messages=MESSAGES, **more)


def test_a_request_through_vertex_is_counted(vertex: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(message(CLAUDE)))

    ask(vertex)

    record = only(tracker)
    assert record.usage == Usage(10, output_tokens=5)
    assert record.cost is not None


def test_so_is_a_stream_through_vertex(vertex: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(message_events(CLAUDE, {"output_tokens": 9}), named=True))

    list(ask(vertex, stream=True))

    assert (only(tracker).usage, only(tracker).status) == (Usage(10, output_tokens=9), "ok")


def test_one_that_vertex_refuses_has_the_model_of_its_address(
    vertex: Any, provider: Provider, tracker: Tracker
) -> None:
    provider.gives(Reply((b"{}",), 429))

    with pytest.raises(anthropic.RateLimitError):
        ask(vertex)

    assert (only(tracker).model, only(tracker).status) == ("claude-sonnet-4-5@20250929", "429")


def amazon(pieces: Iterable[Any]) -> bytes:
    """Return events as Bedrock frames them."""
    stream = b""
    for piece in pieces:
        payload = json.dumps({"bytes": base64.b64encode(json.dumps(piece).encode()).decode()}).encode()
        headers = b"\x0b:event-type\x07\x00\x05chunk"
        prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
        start = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
        stream += start + struct.pack(">I", zlib.crc32(start))
    return stream


@pytest.mark.parametrize("kept", [1.0, 0.8])
def test_a_stream_of_bedrock_is_read_as_far_as_it_came(tracker: Tracker, provider: Provider, kept: float) -> None:
    stream = amazon(message_events(CLAUDE, {"output_tokens": 9}))
    piece = stream[: int(len(stream) * kept)]
    provider.gives(Reply((piece,), headers={"Content-Type": "application/vnd.amazon.eventstream"}))
    http = anthropic.DefaultHttpxClient(base_url=provider.address)

    with track(http, tracker=tracker, provider="bedrock") as client:
        client.post(f"{BEDROCK}/invoke-with-response-stream", json={"messages": MESSAGES, "max_tokens": 64})

    record = only(tracker)
    assert (record.usage.uncached_input_tokens, record.provider) == (10, "bedrock")
    assert (record.status, record.partial) == (("ok", False) if kept == 1 else ("incomplete", True))


def test_frames_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        list(events_of(bytes(20)))


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (b"/openai/deployments/our-gpt/chat/completions?api-version=1", "our-gpt"),
        (b"/v1/projects/p/locations/r/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict", None),
        (BEDROCK.encode() + b"/invoke", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (b"/v1/chat/completions", ""),
    ],
)
def test_an_address_may_name_the_model(path: bytes, model: str | None) -> None:
    assert model_in(path) == ("claude-haiku-4-5@20251001" if model is None else model)


def test_counting_tokens_at_vertex_is_free() -> None:
    assert endpoint_of(b"/v1/projects/p/publishers/anthropic/models/count-tokens:rawPredict") is None
    assert endpoint_of(b"/v1/projects/p/publishers/anthropic/models/claude:rawPredict") is Endpoint.MESSAGES


def test_a_model_at_bedrock_has_a_price(tracker: Tracker) -> None:
    model = model_in(BEDROCK.encode() + b"/invoke")

    assert tracker.prices.cost(model, Usage(10), datetime(2026, 11, 1, tzinfo=UTC), "bedrock").amount > 0
