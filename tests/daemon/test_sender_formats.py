"""What each service gets: its own form, nothing that pings, nothing too long. And which addresses are taken."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender, SendFailed, check_url
from tests.daemon.conftest import DISCORD, SLACK, TELEGRAM
from tests.daemon.receivers import HttpReceiver

NASTY = "@everyone @here <@123> <@&456> <!channel> A<B> & *x* _y_ `z` # [l](http://e.example) my_project_name"
LONG = Message("[FAILURE] " + "t" * 400, "line of words\n" * 700, Tone.FAILURE)


@pytest.fixture
def peer(services: HttpReceiver) -> HttpReceiver:
    return services


async def deliver(peer: HttpReceiver, url: str, message: Message) -> Any:
    await Sender("ops", url, deadline=timedelta(seconds=10), redact=lambda text: text).send(message)
    [body] = peer.bodies()
    if url.startswith("slack"):
        peer.content = b"ok"
    return body


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("tone", "colour"),
    [(Tone.WARNING, 0xFFBF00), (Tone.FAILURE, 0xE01E37), (Tone.SUCCESS, 0x2ECC71), (Tone.INFO, 0x3498DB)],
)
async def test_discord_gets_an_embed_in_the_colour_of_the_tone(peer: HttpReceiver, tone: Tone, colour: int) -> None:
    payload = await deliver(peer, DISCORD, Message("[X] title", "body", tone))
    [embed] = payload["embeds"]
    assert embed == {"title": "[X] title", "description": "body", "color": colour}
    assert "content" not in payload
    assert "pprise" not in str(peer.requests)


async def test_discord_pings_nobody_and_keeps_the_markup_literal(peer: HttpReceiver) -> None:
    payload = await deliver(peer, DISCORD, Message(NASTY, NASTY, Tone.WARNING))
    assert payload["allowed_mentions"] == {"parse": []}
    text = str(payload)
    assert "@everyone" not in text
    assert "@here" not in text
    assert "<@1" not in text
    assert "<@&" not in text
    description = payload["embeds"][0]["description"]
    assert all(mark in description for mark in ("\\*x\\*", "\\_y\\_", "\\`z\\`", "\\[l\\]", "my\\_project\\_name"))
    assert "\\*x\\*" in payload["embeds"][0]["title"]


async def test_the_address_may_ask_discord_for_pings_and_plain_text(peer: HttpReceiver) -> None:
    payload = await deliver(peer, DISCORD + "?format=text&ping=<@%26456>,@here", Message("t", "b @everyone", Tone.INFO))
    assert "embeds" not in payload
    assert payload["allowed_mentions"] == {"parse": ["everyone"], "users": [], "roles": ["456"]}
    assert "<@&456>" in payload["content"]
    assert "@everyone" not in payload["content"]


async def test_slack_text_is_escaped(peer: HttpReceiver) -> None:
    peer.content = b"ok"
    payload = await deliver(peer, SLACK, Message(NASTY, NASTY, Tone.FAILURE))
    [attachment] = payload["attachments"]
    assert attachment["color"] == "#E01E37"
    for text in (attachment["title"], attachment["text"]):
        assert "<" not in text
        assert "&lt;!channel&gt;" in text
        assert "@here" not in text


async def test_telegram_text_is_escaped(peer: HttpReceiver) -> None:
    payload = await deliver(peer, TELEGRAM, Message(NASTY, NASTY, Tone.WARNING))
    assert payload["parse_mode"] == "HTML"
    assert payload["text"].count("A&lt;B&gt; &amp; *x*") == 2
    assert "<B>" not in payload["text"]


@pytest.mark.parametrize("body", [LONG.body, "🔥" * 4500, "a_b*" * 2250])
async def test_long_text_is_cut_to_one_message(peer: HttpReceiver, body: str) -> None:
    long = Message(LONG.title, body, LONG.tone)
    embed = (await deliver(peer, DISCORD, long))["embeds"][0]
    assert units(embed["title"]) <= 256
    assert units(embed["description"]) <= 4096
    assert "…" in embed["description"]
    peer.requests.clear()
    assert units((await deliver(peer, DISCORD + "?format=text", long))["content"]) <= 2000
    peer.requests.clear()
    assert units((await deliver(peer, TELEGRAM, long))["text"]) <= 4096
    peer.requests.clear()
    peer.content = b"ok"
    assert units((await deliver(peer, SLACK, long))["attachments"][0]["text"]) <= 35000


async def test_the_address_may_ask_for_every_part_of_a_long_text(peer: HttpReceiver) -> None:
    await Sender("a", DISCORD + "?overflow=split", deadline=timedelta(seconds=9), redact=str).send(LONG)
    assert len(peer.requests) > 1


async def test_discord_is_not_asked_again_at_once(peer: HttpReceiver) -> None:
    peer.status, peer.headers = 429, {"Retry-After": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    with pytest.raises(SendFailed) as caught:
        await Sender("a", DISCORD, deadline=timedelta(seconds=9), redact=str).send(LONG)
    assert caught.value.retry_after == timedelta(seconds=3)
    assert caught.value.reason.startswith("HTTP 429")
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        DISCORD,
        DISCORD + "?format=text",
        "https://discord.com/api/webhooks/417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5",
        SLACK,
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        TELEGRAM,
        "mailto://user:pass@gmail.com",
        "mailtos://user:pw@mail.example.com:465?mode=ssl&from=a@example.com&to=ops@example.com",
        "json://localhost:8080/hook",
        "xmls://user@example.com/x",
        "form://example.com",
        "ntfy://spend-alerts",
        "ntfys://ntfy.example.com/spend-alerts",
        "gotifys://example.com/AbCdEfGhIjKlMnO",
        "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "mmost://example.com/3ccdd113474722377935511fc85d3dd4",
        "matrix://user:pass@example.com/#room",
        "schan://abcdefghijklmno",
        "  json://localhost/  ",
    ],
)
def test_addresses_that_are_taken(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not an Apprise URL"),
        ("discord//4174216298/S3CR3TS3CR3T", "not an Apprise URL"),
        ("dicsord://4174216298/S3CR3TS3CR3T", "did you mean discord://"),
        ("discord://4174216298", "the form is discord://"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/S3CR3TS3CR3T!!", "the form is slack://"),
        ("tgram://S3CR3TS3CR3T", "the form is tgram://"),
        ("https://example.com/S3CR3TS3CR3T", "json://"),
        ("https://discord.com/S3CR3TS3CR3T", "the form is discord://"),
        ("S3CR3TS3CR3T://x", "no service has this name"),
        ("json://", "the form is json"),
        ("mailto://S3CR3TS3CR3T", "the form is mailto"),
    ],
)
def test_addresses_that_are_not(url: str, words: str) -> None:
    wrong = check_url(url)
    assert wrong is not None
    assert words in wrong
    assert "S3CR3T" not in wrong
    assert "4174216298" not in wrong
