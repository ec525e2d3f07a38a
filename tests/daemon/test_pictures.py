"""Charts in messages, by the real plugins: they are there where a service takes them, and never in the way."""

import asyncio
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.core.errors import SettingsError
from monitor.core.picture import Line, Picture
from monitor.daemon.sender import Sender
from monitor.daemon.senders import drawing, pictures
from monitor.daemon.senders.drawing import png
from monitor.daemon.settings.load import load_settings
from tests.daemon.conftest import DISCORD, SLACK, TELEGRAM
from tests.daemon.receivers import HttpReceiver, Received, SmtpReceiver, smtp_receiver, wait_until

Image = pytest.importorskip("PIL.Image", reason="pillow is not installed: it is an extra")

PICTURE = Picture(
    title="holysheep: 76% of the monthly budget <b>&\n@everyone",
    caption="$380.00 of $500.00 spent",
    bars=(None, Decimal(0), Decimal("0.01"), Decimal(300), Decimal(380)),
    cells=30,
    first="Sun 01 Nov 00:00 UTC",
    last="Tue 01 Dec 00:00 UTC",
    currency="USD",
    lines=(Line(Decimal(350), "70%", Severity.WARNING), Line(Decimal(500), "$500.00", Severity.EMERGENCY)),
    mark=4,
)
MESSAGE = Message("[WARNING] title", "the body", Tone.WARNING, PICTURE)
BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/%23general"


@pytest.fixture
def mail() -> Iterator[SmtpReceiver]:
    with smtp_receiver() as receiver:
        yield receiver


def sender(url: str, *, asked: bool = True) -> Sender:
    return Sender("ops", url, deadline=timedelta(seconds=10), redact=str, pictures=asked)


def mailto(mail: SmtpReceiver) -> str:
    return f"mailto://127.0.0.1:{mail.port}?mode=insecure&from=a@example.com&to=ops@example.com"


def parts(request: Received) -> dict[str, bytes]:
    """Return the files of a form by the name of their field."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    found = {}
    for part in message_from_bytes(head + request.content).get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = part.get_payload(decode=True) or b""
    return found  # type: ignore[return-value]


def size(content: bytes) -> object:
    return Image.open(io.BytesIO(content)).size


async def settled(receiver: HttpReceiver, count: int) -> list[Received]:
    await asyncio.to_thread(wait_until, lambda: len(receiver.requests) >= count)
    return receiver.requests


@pytest.mark.parametrize(("url", "field"), [(DISCORD, "file"), (TELEGRAM, "photo")])
async def test_chats_get_the_text_and_behind_it_the_picture(services: HttpReceiver, url: str, field: str) -> None:
    await sender(url).send(MESSAGE)
    text, picture = await settled(services, 2)

    assert b"the body" in text.content
    [content] = [content for name, content in parts(picture).items() if name.startswith(field)]
    assert size(content) == (640, 320)


async def test_a_bot_of_slack_shares_it_as_a_file(services: HttpReceiver) -> None:
    url = f"http://{services.host}/upload"
    answer = f'{{"ok": true, "channel": "C1", "upload_url": "{url}", "file_id": "F1", "files": [{{"id": "F1"}}]}}'
    services.content = answer.encode()

    await sender(BOT).send(MESSAGE)
    requests = await settled(services, 5)

    assert [re.sub(r".*/", "", request.path.partition("?")[0]) for request in requests] == [
        "chat.postMessage",
        "chat.postMessage",
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
    ]
    assert b"$380.00 of $500.00 spent" in requests[1].content


async def test_a_mail_holds_it(mail: SmtpReceiver) -> None:
    await sender(mailto(mail)).send(MESSAGE)

    [received] = mail.mails
    [attached] = received.iter_attachments()
    assert isinstance(attached, EmailMessage)
    assert (attached.get_content_type(), attached.get_filename()) == ("image/png", "spend.png")
    assert size(attached.get_content()) == (640, 320)
    text = received.get_body(("plain", "html"))
    assert text is not None
    assert "the body" in text.get_content()


@pytest.mark.parametrize("url", [DISCORD, TELEGRAM])
async def test_a_picture_that_is_refused_takes_nothing_of_the_text(
    services: HttpReceiver, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    services.refuse = b"PNG"
    ops = sender(url)

    await ops.send(MESSAGE)
    await settled(services, 2)
    await asyncio.to_thread(wait_until, lambda: "a picture was not taken" in "".join(capfd.readouterr()))
    await ops.send(Message("[CRITICAL] next", "the next body", Tone.FAILURE))

    assert sum(b"the body" in request.content for request in services.requests) == 1


async def test_a_mail_that_is_refused_with_its_picture_goes_without(
    mail: SmtpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take(_self: object, _server: object, _session: object, envelope: object) -> str:
        content = bytes(envelope.content)  # type: ignore[attr-defined]
        if b"spend.png" in content:
            return "552 too large"
        mail.mails.append(message_from_bytes(content))  # type: ignore[arg-type]
        return "250 OK"

    monkeypatch.setattr(SmtpReceiver, "handle_DATA", take)

    await sender(mailto(mail)).send(MESSAGE)

    assert len(mail.mails) == 1


async def test_nobody_waits_for_a_picture_that_hangs(services: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing_ends = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(*_: object) -> None:
        asyncio.run_coroutine_threadsafe(drawing_ends.wait(), loop).result(10)

    monkeypatch.setattr(pictures, "drawn", hang)
    ops = sender(DISCORD)
    for _ in range(3):
        await ops.send(MESSAGE)
    drawing_ends.set()

    assert len(services.requests) == 3


async def test_a_picture_that_cannot_be_drawn_is_left_out(mail: SmtpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "png", lambda _: 1 / 0)

    await sender(mailto(mail)).send(MESSAGE)

    [received] = mail.mails
    assert list(received.iter_attachments()) == []


@pytest.mark.parametrize("url", [SLACK, "json://{host}/"])
async def test_where_none_can_be_sent_the_text_goes_alone(
    services: HttpReceiver, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    services.content = b"ok"
    await sender(url.format(host=services.host)).send(MESSAGE)

    assert len(services.requests) == 1
    assert "none can be sent to this service" in "".join(capfd.readouterr())


async def test_where_none_is_asked_for_there_is_none(services: HttpReceiver, mail: SmtpReceiver) -> None:
    await sender(DISCORD, asked=False).send(MESSAGE)
    await sender(mailto(mail), asked=False).send(MESSAGE)

    assert len(services.requests) == 1
    assert list(mail.mails[0].iter_attachments()) == []


def test_the_unknown_has_a_field_of_its_own_and_nothing_has_no_bar() -> None:
    pixels = Image.open(io.BytesIO(png(PICTURE))).convert("RGB").tobytes()
    just_above_the_ground = [(284 * 640 + 24 + round(n * 18.07)) * 3 for n in range(6)]

    assert [f"#{pixels[place : place + 3].hex()}" for place in just_above_the_ground] == [
        drawing.GAP,
        drawing.GROUND,
        drawing.BAR,
        drawing.BAR,
        drawing.MARK,
        drawing.GROUND,
    ]


@pytest.mark.parametrize(
    "picture", [Picture("", "", (), 24, "", "", "USD"), Picture("t" * 999, "c", (None,), 1, "", "", "EUR")]
)
def test_whatever_there_is_can_be_drawn(picture: Picture) -> None:
    assert size(png(picture)) == (640, 320)


def test_asking_for_pictures_without_what_draws_them_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.daemon.settings.channels.can_draw", lambda: False)
    asked = {"HOLYSHEEP_API_KEY": "cr_1", "MONITOR_NOTIFY": "json://localhost/", "MONITOR_STATE_DIR": "/tmp/x"}  # noqa: S108

    with pytest.raises(SettingsError, match="MONITOR_PICTURES needs the package pillow"):
        load_settings({**asked, "MONITOR_PICTURES": "true"})
    with pytest.raises(SettingsError, match="MONITOR_CHANNELS__OPS__PICTURES"):
        load_settings(
            {**asked, "MONITOR_CHANNELS__OPS__URL": "json://localhost/", "MONITOR_CHANNELS__OPS__PICTURES": "true"}
        )
    assert load_settings(asked).channels[0].pictures is False


def test_a_channel_may_want_what_the_others_do_not() -> None:
    settings = load_settings(
        {
            "HOLYSHEEP_API_KEY": "cr_1",
            "MONITOR_NOTIFY": "json://localhost/",
            "MONITOR_CHANNELS__OPS__URL": "json://localhost/",
            "MONITOR_CHANNELS__OPS__PICTURES": "false",
            "MONITOR_PICTURES": "true",
        }
    )

    assert {entry.channel.name: entry.pictures for entry in settings.channels} == {"json": True, "ops": False}
