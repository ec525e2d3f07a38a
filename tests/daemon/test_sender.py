"""A channel delivers, says why when it does not, and holds up nobody."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender, SendFailed
from tests.daemon.receivers import HttpReceiver, SmtpReceiver, free_port, http_receiver, smtp_receiver, wait_until

SECRET = "T0PS3CRETTOKEN"
TITLE, BODY = "[WARNING] holysheep: 75.5% of the monthly budget", "75.50 USD of 100.00 USD.\nPace: 3 USD."
MESSAGE = Message(TITLE, BODY, Tone.WARNING)


@pytest.fixture
def peer() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def mailbox() -> Iterator[SmtpReceiver]:
    with smtp_receiver() as receiver:
        yield receiver


def sender(url: str, seconds: float = 10) -> Sender:
    return Sender("ops", url, deadline=timedelta(seconds=seconds), redact=lambda text: text)


def hook(peer: HttpReceiver, seconds: float = 10) -> Sender:
    return sender(f"json://user:{SECRET}@{peer.host}/{SECRET}/hook", seconds)


async def failure(channel: Sender, message: Message = MESSAGE) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send(message)
    assert SECRET not in f"{caught.value!r} {caught.value.reason}"
    assert "hook" not in caught.value.reason
    return caught.value


async def test_a_message_arrives_with_title_body_and_type(peer: HttpReceiver) -> None:
    await hook(peer).send(MESSAGE)
    [request] = peer.requests
    assert (request.json["title"], request.json["message"]) == (MESSAGE.title, MESSAGE.body)
    assert request.json["type"] == "warning"
    assert "pprise" not in f"{request.headers} {request.json}"


async def test_a_redirect_is_not_a_delivery(peer: HttpReceiver) -> None:
    peer.status, peer.headers = 302, {"Location": f"http://{peer.host}/login"}
    assert (await failure(hook(peer))).reason == "HTTP 302 Found: ok"
    assert len(peer.requests) == 1


async def test_a_redirect_is_followed_where_the_address_asks_for_it(peer: HttpReceiver) -> None:
    peer.status, peer.headers = 302, {"Location": f"http://{peer.host}/login"}
    await failure(sender(f"json://{peer.host}/?redirect=yes"))
    assert len(peer.requests) > 1


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (404, b"<html>no</html>", "HTTP 404 Not Found"),
        (500, b'{"message": "boom at /srv/T0PS3CRETTOKEN/x"}', "HTTP 500 Internal Server Error: boom at ***"),
        (403, b"invalid_token", "HTTP 403 Forbidden: invalid_token"),
        (400, b'{"description": "chat not found"}', "HTTP 400 Bad Request: chat not found"),
        (400, b"user and T0PS3CRETTOKEN are wrong", "HTTP 400 Bad Request: *** and *** are wrong"),
    ],
)
async def test_the_reason_is_the_status_and_the_words_of_the_service(
    peer: HttpReceiver, status: int, said: bytes, reason: str
) -> None:
    peer.status, peer.content = status, said
    assert (await failure(hook(peer))).reason == reason


@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", timedelta(seconds=7)), ("86400", timedelta(minutes=15)), ("soon", None), ("-3", None)],
)
async def test_the_wish_of_a_service_that_is_asked_too_often(
    peer: HttpReceiver, header: str, expected: timedelta | None
) -> None:
    peer.status, peer.headers = 429, {"Retry-After": header}
    refused = await failure(hook(peer))
    assert refused.retry_after == expected
    assert refused.reason.startswith("HTTP 429 Too Many Requests")


async def test_the_wish_may_be_a_date_or_in_the_body(peer: HttpReceiver) -> None:
    peer.status = 503
    peer.headers = {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)}
    wish = (await failure(hook(peer))).retry_after
    assert wish is not None
    assert timedelta(seconds=55) < wish <= timedelta(seconds=60)
    peer.status, peer.headers, peer.content = 429, {}, b'{"parameters": {"retry_after": 3}}'
    assert (await failure(hook(peer))).retry_after == timedelta(seconds=3)


async def test_network_faults_are_told_apart(peer: HttpReceiver) -> None:
    assert (await failure(sender(f"json://127.0.0.1:{free_port()}/hook"))).reason == "connection refused"
    assert (await failure(sender(f"json://127.0.0.1:{free_port()}/SSL/TLS/hook"))).reason == "connection refused"
    assert (await failure(sender("json://nowhere.invalid/hook"))).reason == "name not found"
    assert "TLS" in (await failure(sender(f"jsons://{peer.host}/hook"))).reason
    peer.drop = True
    assert (await failure(hook(peer))).reason == "connection closed"
    peer.drop, peer.hang = False, True
    assert (await failure(sender(f"json://{peer.host}/hook?rto=0.2"))).reason == "timed out"


async def test_dripping_peers_starve_nobody_and_are_given_up(peer: HttpReceiver) -> None:
    peer.drip = 0.05
    with http_receiver() as healthy:
        stuck = [asyncio.create_task(failure(hook(peer, 3))) for _ in range(8)]
        await asyncio.sleep(0.3)
        await hook(healthy).send(MESSAGE)
        assert not any(task.done() for task in stuck)
        assert len(healthy.requests) == 1
        assert {(await task).reason for task in stuck} <= {"no answer within 3 s", "timed out"}


async def test_at_most_three_attempts_hang(peer: HttpReceiver) -> None:
    peer.drip = 0.05
    channel = hook(peer, 0.2)
    await channel.load()
    for _ in range(3):
        assert (await failure(channel)).reason == "no answer within 0.2 s"
    assert (await failure(channel)).reason == "3 earlier attempts still hang"


async def test_a_message_that_arrived_late_is_not_sent_twice(peer: HttpReceiver) -> None:
    peer.hang = True
    channel = sender(f"json://{peer.host}/hook?rto=9", 0.3)
    await channel.load()
    await failure(channel)
    peer.released.set()
    wait_until(lambda: all(not attempt.running for attempt in channel._abandoned))
    await channel.send(Message(MESSAGE.title, MESSAGE.body, MESSAGE.tone))
    assert len(peer.requests) == 1
    await channel.send(MESSAGE)
    assert len(peer.requests) == 2


async def test_a_late_arrival_does_not_swallow_another_message(peer: HttpReceiver) -> None:
    peer.hang = True
    channel = sender(f"json://{peer.host}/hook?rto=9", 0.3)
    await channel.load()
    await failure(channel)
    peer.released.set()
    wait_until(lambda: all(not attempt.running for attempt in channel._abandoned))
    await channel.send(Message("[RESOLVED] holysheep", "fine", Tone.SUCCESS))
    await channel.send(MESSAGE)
    assert [body["type"] for body in peer.bodies()] == ["warning", "success", "warning"]


async def test_cancelling_returns_at_once(peer: HttpReceiver) -> None:
    peer.hang = True
    channel = hook(peer)
    await channel.load()
    task = asyncio.create_task(channel.send(MESSAGE))
    await asyncio.to_thread(wait_until, lambda: bool(peer.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_of_the_address_reaches_a_log(peer: HttpReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    root: list[str] = []
    handler = logging.Handler(logging.NOTSET)
    handler.emit = lambda record: root.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        await hook(peer).send(MESSAGE)
        peer.status = 500
        await failure(hook(peer))
        await failure(sender(f"jsons//{peer.host}/{SECRET}"))
        await failure(sender(f"slack://{SECRET}"))
    finally:
        logging.getLogger().removeHandler(handler)
    assert SECRET not in caplog.text + "\n".join(root)


async def test_mail_arrives(mailbox: SmtpReceiver) -> None:
    channel = sender(f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=a@example.com&to=ops@example.com")
    await channel.send(MESSAGE)
    await channel.send(Message("two\nlines: ü", "<b>&amp; 5 > 3</b>", Tone.INFO))
    first, second = mailbox.mails
    assert first["Subject"] == MESSAGE.title
    assert first.get_content_type() == "text/plain"
    assert first.get_content().split("\n")[0].strip() == "75.50 USD of 100.00 USD."
    assert second["Subject"] == "two lines: ü"
    assert "<b>&amp; 5 > 3</b>" in second.get_content()


async def test_why_mail_was_refused(mailbox: SmtpReceiver) -> None:
    address = "?mode=insecure&from=a@example.com&to=ops@example.com"
    mailbox.refuse = "550 no such user ops@example.com"
    channel = sender(f"mailto://127.0.0.1:{mailbox.port}{address}")
    assert (await failure(channel)).reason == "SMTP 550: no such user ***"
    assert (await failure(sender(f"mailto://127.0.0.1:{free_port()}{address}"))).reason == "connection refused"


def test_a_sender_is_made_without_apprise() -> None:
    code = (
        "import sys; from datetime import timedelta; from monitor.daemon.sender import Sender;"
        "Sender('a', 'discord://1/2', deadline=timedelta(seconds=1), redact=str);"
        "sys.exit('apprise' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_known_service_does_not_load_the_others() -> None:
    code = (
        "import sys, asyncio; from datetime import timedelta; from monitor.daemon.sender import Sender\n"
        "for url in ('discord://1/2', 'https://discord.com/api/webhooks/123/abc', 'tgram://1234567:abcdefghij/12'):\n"
        "    asyncio.run(Sender('a', url, deadline=timedelta(seconds=1), redact=str).load())\n"
        "sys.exit('apprise.plugins.twilio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_hanging_peer_does_not_hold_the_exit(peer: HttpReceiver) -> None:
    peer.hang = True
    code = f"""
import asyncio
from datetime import timedelta
from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender, SendFailed

async def main():
    channel = Sender("a", "json://{peer.host}/", deadline=timedelta(seconds=20), redact=str)
    await channel.load()
    asyncio.create_task(channel.send(Message("t", "b", Tone.INFO)))
    await asyncio.sleep(0.3)

asyncio.run(main())
"""
    started = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=15).returncode == 0
    assert time.monotonic() - started < 6
