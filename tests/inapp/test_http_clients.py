"""Bare clients of either HTTP library, and what holds for whatever is tracked."""

import gc
import gzip
import json
import logging
from typing import Any

import httpx
import httpx2
import pytest

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.labels import labels
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from tests.inapp.provider import Provider, Reply, answer, chat, chat_chunks, events
from tests.inapp.written import only, written

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])
CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "a very secret question"}]}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
TOLD = Usage(10, output_tokens=5)


@LIBRARIES
def test_a_bare_client_is_tracked(library: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    with track(library.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:
        told = client.post(CHAT, json=ASK).json()

    assert isinstance(client, library.Client)
    assert told == chat(USAGE)
    assert only(tracker).usage == TOLD


@LIBRARIES
async def test_a_bare_async_client_is_tracked(library: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    async with track(library.AsyncClient(base_url=provider.address), tracker=tracker, provider="openai") as client:
        assert (await client.post(CHAT, json=ASK)).json() == chat(USAGE)

    assert only(tracker).usage == TOLD


@LIBRARIES
def test_a_request_that_was_built_elsewhere_is_tracked(library: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    with track(library.Client(), tracker=tracker, provider="openai") as client:
        client.send(library.Request("POST", f"{provider.address}{CHAT}", json=ASK))

    assert only(tracker).usage == TOLD


@LIBRARIES
def test_a_stream_that_is_read_at_once_is_tracked(library: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(events(chat_chunks(USAGE)))

    with track(library.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:
        text = client.post(CHAT, json={**ASK, "stream": True}).text

    assert text.count("data: ") == 4
    assert '"total_tokens"' not in text
    assert only(tracker).usage == TOLD


@LIBRARIES
def test_a_compressed_answer_is_read(library: Any, provider: Provider, tracker: Tracker) -> None:
    body = gzip.compress(json.dumps(chat(USAGE)).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    provider.gives(Reply((body[:20], body[20:]), headers=headers))

    with track(library.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:
        assert client.post(CHAT, json=ASK).json() == chat(USAGE)
        with client.stream("POST", CHAT, json=ASK) as response:
            assert json.loads(response.read()) == chat(USAGE)

    assert [record.usage for record in written(tracker)] == [TOLD, TOLD]


@LIBRARIES
def test_a_compressed_stream_is_read(library: Any, provider: Provider, tracker: Tracker) -> None:
    body = gzip.compress(b"".join(events(chat_chunks(USAGE)).pieces))
    provider.gives(Reply((body,), headers={"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}))

    with track(library.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:
        client.post(CHAT, json={**ASK, "stream": True})

    assert provider.received[0].headers["Accept-Encoding"] == "identity"
    assert only(tracker).usage == TOLD


def test_the_original_is_not_tracked(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))
    original = httpx.Client(base_url=provider.address)
    track(original, tracker=tracker)

    with original:
        original.post(CHAT, json=ASK)

    assert not tracker.ledger.path.exists()


def test_a_tracked_client_outlives_the_name_of_the_original(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    class Closing(httpx.Client):
        def __del__(self) -> None:
            self.close()

    client = track(Closing(base_url=provider.address), tracker=tracker, provider="openai")
    gc.collect()
    client.post(CHAT, json=ASK)
    transport = client._transport
    client.close()

    assert client.is_closed
    assert transport is not None
    assert only(tracker).usage == TOLD


def test_tracked_again_it_is_counted_once(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))
    once = track(httpx.Client(base_url=provider.address), tracker=tracker, project="old")

    with track(once, tracker=tracker, project="new") as twice:
        twice.post(CHAT, json=ASK)

    assert only(tracker).project == "new"


def test_words_of_the_block_go_before_those_of_the_client(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))

    client = track(httpx.Client(base_url=provider.address), tracker=tracker, project="search", tags=["a"])
    with client, labels(project="batch", user="ann", tags=["b"]):
        client.post(CHAT, json=ASK)

    record = only(tracker)
    assert (record.project, record.user, record.tags) == ("batch", "ann", ("a", "b"))


def test_another_request_is_left_alone_and_said_once(
    provider: Provider, tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> None:
    provider.gives(answer({"data": []}))

    with track(httpx.Client(base_url=provider.address), tracker=tracker) as client, caplog.at_level(logging.WARNING):
        for _ in range(2):
            client.post("/v1/vector_stores", json=ASK)
        client.post("/v1/messages/count_tokens", json=ASK)

    assert caplog.text.count("/vector_stores are not counted") == 1
    assert "count_tokens" not in caplog.text
    assert not tracker.ledger.path.exists()


def test_an_upload_is_not_read(provider: Provider, tracker: Tracker) -> None:
    def pieces() -> Any:
        yield b"{}"

    with track(httpx.Client(base_url=provider.address), tracker=tracker) as client:
        request = client.build_request("POST", CHAT, content=pieces())

    assert list(request.stream) == [b"{}"]  # type: ignore[arg-type]


def test_the_provider_is_known_by_the_address(tracker: Tracker) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=chat(USAGE, "gpt-4.1")))

    with track(httpx.Client(transport=transport), tracker=tracker) as client:
        for host in ("api.openai.com", "api.holysheep.ai", "openrouter.ai/api", "relay.example.com"):
            client.post(f"https://{host}{CHAT}", json=ASK)

    told = [(record.provider, record.cost) for record in written(tracker)]
    assert [provider for provider, _ in told] == ["openai", "holysheep", "openrouter", "relay.example.com"]
    assert told[0][1] == Money.of_nano(60_000, "USD")
    assert told[3][1] is None


def test_what_openrouter_says_that_it_took_is_the_cost(tracker: Tracker) -> None:
    body = '{"id": "gen-1", "model": "openai/gpt-4.1", "choices": [], "usage": {"prompt_tokens": 10, "cost": 0.00014}}'
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body.encode()))

    with track(httpx.Client(transport=transport), tracker=tracker) as client:
        client.post(f"https://openrouter.ai/api{CHAT}", json=ASK)

    assert only(tracker).cost == Money.of_nano(140_000, "USD")


def test_what_a_proxy_says_is_the_cost_where_nobody_names_a_price(tracker: Tracker) -> None:
    headers = {"x-litellm-response-cost": "0.000225"}
    answer = httpx.Response(200, json=chat(USAGE, "my-model"), headers=headers)

    with track(httpx.Client(transport=httpx.MockTransport(lambda _: answer)), tracker=tracker) as client:
        client.post(f"http://proxy.example.com{CHAT}", json={**ASK, "model": "my-model"})

    assert only(tracker).cost == Money.of_nano(225_000, "USD")


def test_a_cost_that_no_request_can_have_is_not_believed(tracker: Tracker) -> None:
    answer = httpx.Response(200, json=chat({**USAGE, "cost": 10**9}))

    with track(httpx.Client(transport=httpx.MockTransport(lambda _: answer)), tracker=tracker) as client:
        client.post(f"https://openrouter.ai/api{CHAT}", json=ASK)

    assert only(tracker).cost is None


def test_a_cost_in_an_unknown_unit_is_not_believed(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat({**USAGE, "cost": 7}, "my-model")))

    with track(httpx.Client(base_url=provider.address), tracker=tracker) as client:
        client.post(CHAT, json=ASK | {"model": "my-model"})

    assert only(tracker).cost is None


def test_sound_is_unpriced_and_not_taken_for_text(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat({**USAGE, "prompt_tokens_details": {"audio_tokens": 4}})))

    with track(httpx.Client(base_url=provider.address), tracker=tracker, provider="openai") as client:
        client.post(CHAT, json=ASK)

    assert (only(tracker).usage, only(tracker).cost) == (TOLD, None)


def test_nothing_of_prompt_answer_or_key_is_kept(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE, text="a very secret answer")))
    headers = {"Authorization": "Bearer sk-secret-key"}

    with track(httpx.Client(base_url=provider.address, headers=headers), tracker=tracker) as client:
        client.post(CHAT, json=ASK)
    tracker.close()

    kept = b"".join(path.read_bytes() for path in tracker.ledger.path.parent.iterdir())
    assert kept
    assert b"secret" not in kept


def test_what_is_no_client_is_refused(tracker: Tracker) -> None:
    with pytest.raises(TypeError, match="dict is no client"):
        track({}, tracker=tracker)


class Broken:
    """Raises at whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("part", ["prices", "ledger", "labels", "clock", "_ids"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_error_of_ours_never_breaks_the_call(
    provider: Provider, tracker: Tracker, part: str, *, stream: bool
) -> None:
    provider.gives(events(chat_chunks(USAGE)) if stream else answer(chat(USAGE)))
    broken: Any = Tracker(tracker.ledger, tracker.prices)
    setattr(broken, part, Broken())

    with track(httpx.Client(base_url=provider.address), tracker=broken) as client:
        text = client.post(CHAT, json={**ASK, "stream": stream}).text

    assert "lo." in text


def test_a_ledger_that_cannot_be_written_never_breaks_the_call(provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer(chat(USAGE)))
    nowhere = Tracker(Ledger(tracker.ledger.path / "file" / "ledger.sqlite3"), tracker.prices)
    tracker.ledger.path.write_text("a file, where the folder should be")

    with track(httpx.Client(base_url=provider.address), tracker=nowhere) as client:
        assert client.post(CHAT, json=ASK).status_code == 200

    assert nowhere.ledger.health.waiting == 1
