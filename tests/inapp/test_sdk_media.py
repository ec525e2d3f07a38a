"""Pictures and sound are counted as requests, with what is told of their tokens; no rate for text prices them."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import Provider, Reply, answer, events
from tests.inapp.written import only

openai = pytest.importorskip("openai")

TOLD = {"input_tokens": 12, "output_tokens": 1056, "total_tokens": 1068}
OF_PICTURE = {**TOLD, "input_tokens_details": {"text_tokens": 12, "image_tokens": 0}}
OF_SOUND = {"type": "tokens", **TOLD, "input_token_details": {"text_tokens": 0, "audio_tokens": 12}}
FILE = ("a.wav", b"RIFF", "audio/wav")


@pytest.fixture
def client(provider: Provider, tracker: Tracker) -> Iterator[Any]:
    with openai.OpenAI(api_key="sk-secret", base_url=f"{provider.address}/v1", max_retries=0) as original:
        yield track(original, tracker=tracker, provider="openai")


def test_a_picture_is_counted_and_unpriced(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer({"created": 1, "data": [{"b64_json": "AA=="}], "usage": OF_PICTURE}))

    client.images.generate(model="gpt-image-1", prompt="A cat.")

    record = only(tracker)
    assert (record.model, record.usage, record.cost) == ("gpt-image-1", Usage(12, output_tokens=1056), None)
    assert (record.status, record.estimated) == ("ok", False)


def test_a_streamed_picture_is_too(client: Any, provider: Provider, tracker: Tracker) -> None:
    done = {"type": "image_generation.completed", "b64_json": "AA==", "usage": OF_PICTURE}
    provider.gives(events([{"type": "image_generation.partial_image", "b64_json": "AA=="}, done], named=True))

    list(client.images.generate(model="gpt-image-1", prompt="A cat.", stream=True))

    assert (only(tracker).status, only(tracker).usage.output_tokens) == ("ok", 1056)


def test_a_transcription_has_the_model_of_its_form(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(answer({"text": "Hello.", "usage": OF_SOUND}))

    client.audio.transcriptions.create(model="gpt-4o-transcribe", file=FILE)

    record = only(tracker)
    assert (record.model, record.usage, record.cost) == ("gpt-4o-transcribe", Usage(12, output_tokens=1056), None)


def test_speech_is_counted_though_its_answer_tells_nothing(client: Any, provider: Provider, tracker: Tracker) -> None:
    provider.gives(Reply((b"\xff\xfb\x90", b"\x00"), headers={"Content-Type": "audio/mpeg"}))

    spoken = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="It is sunny.")

    record = only(tracker)
    assert spoken.content == b"\xff\xfb\x90\x00"
    assert (record.model, record.status, record.estimated, record.cost) == ("gpt-4o-mini-tts", "ok", True, None)
    assert record.usage.input_tokens > 0


def test_moderation_is_free_and_not_spoken_of(
    client: Any, provider: Provider, tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> None:
    provider.gives(answer({"id": "modr_1", "model": "omni-moderation-latest", "results": []}))

    client.moderations.create(input="Hello.")

    assert caplog.text == ""
    assert not tracker.ledger.path.exists()
