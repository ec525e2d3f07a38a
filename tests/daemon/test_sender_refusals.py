"""What a refusal means: gone for good, or to be tried again and when. Said by the real plugins, or by a mail server."""

import json
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender, SendFailed
from monitor.daemon.senders.verdicts import MAX_RETRY_AFTER, is_permanent, retry_after
from tests.daemon.conftest import DISCORD, SLACK, TELEGRAM
from tests.daemon.receivers import HttpReceiver, smtp_receiver

MESSAGE = Message("[WARNING] holysheep: 75% of the monthly budget", "75 USD of 100 USD.", Tone.WARNING)
SLACK_BOT = "slack://xoxb-1234-1234-abc124/#ops"

DATE = r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ \S+"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
SAID = st.dictionaries(
    st.sampled_from(["ok", "code", "error_code", "description", "error", "errcode", "message", "status", "retry_after"])
    | st.sampled_from(["parameters", "retry_after_ms", "token", "user"]),
    JSON_VALUES | st.dictionaries(st.just("retry_after"), JSON_VALUES),
)


async def refusal(url: str) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await Sender("ops", url, deadline=timedelta(seconds=10), redact=str).send(MESSAGE)
    return caught.value


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        (DISCORD, 404, b'{"message": "Unknown Webhook", "code": 10015}'),
        (DISCORD, 401, b'{"message": "Invalid Webhook Token", "code": 50027}'),
        (SLACK, 404, b"no_service"),
        (SLACK, 403, b"invalid_token"),
        (SLACK, 410, b"channel_is_archived"),
        (SLACK, 404, b"channel_not_found"),
        (SLACK_BOT, 200, b'{"ok": false, "error": "token_revoked"}'),
        (SLACK_BOT, 200, b'{"ok": false, "error": "not_in_channel"}'),
        (TELEGRAM, 403, b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'),
        (TELEGRAM, 400, b'{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}'),
        (TELEGRAM, 401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}'),
        ("json://{host}/", 410, b"<html>gone</html>"),
        ("json://{host}/", 400, b'{"token": "invalid", "errors": ["application token is invalid"], "status": 0}'),
        ("json://{host}/", 400, b'{"status": "invalid event", "errors": ["Invalid routing key"]}'),
        ("json://{host}/", 403, b'{"errcode": "M_FORBIDDEN", "error": "you are not in the room"}'),
        ("ntfy://{host}/alerts", 403, b'{"code": 40301, "http": 403, "error": "forbidden"}'),
        ("gotify://{host}/AbCdEfGhIjKlMnO", 401, b'{"error": "Unauthorized", "errorCode": 401}'),
    ],
)
async def test_a_refusal_for_good_is_known_by_the_words_of_the_service(
    services: HttpReceiver, url: str, status: int, said: bytes
) -> None:
    services.status, services.content = status, said

    refused = await refusal(url.format(host=services.host))

    assert refused.permanent
    assert refused.retry_after is None


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        (DISCORD, 404, b"<html>a proxy knows nothing of it</html>"),
        (DISCORD, 403, b"<html>please log in to this network</html>"),
        (DISCORD, 400, b'{"message": "Invalid Form Body", "code": 50035}'),
        (DISCORD, 500, b'{"message": "500: Internal Server Error", "code": 0}'),
        (SLACK, 500, b"rollup_error"),
        (SLACK, 400, b"invalid_payload"),
        (SLACK_BOT, 200, b'{"ok": false, "error": "internal_error"}'),
        (
            TELEGRAM,
            403,
            b'{"ok":false,"error_code":403,"description":"Forbidden: bot can\'t send messages to the user"}',
        ),
        (TELEGRAM, 502, b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'),
        ("json://{host}/", 404, b"not here"),
        ("json://{host}/", 401, b"not you"),
        ("json://{host}/", 400, b'{"errors": "Invalid routing key", "code": [10015], "error": {"a": 1}}'),
        ("json://{host}/", 400, b"[10015]"),
    ],
)
async def test_any_other_refusal_may_pass(services: HttpReceiver, url: str, status: int, said: bytes) -> None:
    services.status, services.content = status, said

    assert not (await refusal(url.format(host=services.host))).permanent


async def test_a_bot_that_is_refused_with_a_success_says_why(services: HttpReceiver) -> None:
    services.content = b'{"ok": false, "error": "token_revoked"}'

    assert (await refusal(SLACK_BOT)).reason == "the service did not accept it: token_revoked"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            b'{"message": "Event object is invalid", "errors": ["Invalid routing key", "x"]}',
            "Invalid routing key",
        ),
        (b'{"errors": [], "message": "no"}', "no"),
        (b'{"errors": [{"a": 1}], "message": "no"}', "no"),
        (b'{"errors": {"a": 1}, "error": "no"}', "no"),
    ],
)
async def test_the_nearest_words_to_the_cause_are_quoted(services: HttpReceiver, said: bytes, words: str) -> None:
    services.status, services.content = 400, said

    assert (await refusal(f"json://{services.host}/")).reason == f"HTTP 400 Bad Request: {words}"


@pytest.mark.parametrize(
    ("url", "headers", "said", "wish"),
    [
        (DISCORD, {}, b'{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}', 64.57),
        (DISCORD, {"Retry-After": "65"}, b'{"retry_after": 64.57, "global": false}', 65),
        (DISCORD, {"Retry-After": "1"}, b'{"retry_after": 1.336}', 1.336),
        (SLACK, {"Retry-After": "30"}, b"rate_limited", 30),
        (TELEGRAM, {}, b'{"ok":false,"error_code":429,"parameters":{"retry_after":35}}', 35),
        ("json://{host}/", {}, b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}', 2),
        ("json://{host}/", {}, b'{"retry_after": 1e300}', 900),
        ("json://{host}/", {}, b'{"retry_after": "soon"}', None),
        ("json://{host}/", {}, b'{"retry_after": true}', None),
        ("json://{host}/", {}, b'{"retry_after": -1}', None),
    ],
)
async def test_the_wait_that_a_service_asks_for(
    services: HttpReceiver, url: str, headers: dict[str, str], said: bytes, wish: float | None
) -> None:
    services.status, services.headers, services.content = 429, headers, said

    refused = await refusal(url.format(host=services.host))

    assert refused.retry_after == (None if wish is None else timedelta(seconds=wish))
    assert not refused.permanent
    assert len(services.requests) == 1


@pytest.mark.parametrize(
    ("said", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("551 user not local", True),
        ("553 mailbox name not allowed", True),
        ("450 4.2.1 try again later", False),
        ("452 4.2.2 over quota", False),
        ("552 5.2.2 mailbox full", False),
        ("554 5.7.1 looks like spam", False),
    ],
)
async def test_what_a_mail_server_says_of_the_recipient(said: str, permanent: bool) -> None:  # noqa: FBT001
    with smtp_receiver() as mailbox:
        mailbox.refuse = said
        refused = await refusal(f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=a@example.com&to=b@example.com")

    assert refused.permanent is permanent
    assert refused.reason == f"SMTP {said[:3]}: {said[4:]}"


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
async def test_a_mail_server_that_drops_the_connection_is_tried_again(stage: str) -> None:
    with smtp_receiver() as mailbox:
        mailbox.drop = stage
        url = f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=a@example.com&to=b@example.com"
        refused = await refusal(url)
        mailbox.drop = ""
        await Sender("ops", url, deadline=timedelta(seconds=10), redact=str).send(MESSAGE)

    assert (refused.reason, refused.permanent) == ("connection closed", False)
    assert len(mailbox.mails) == 1


@given(status=st.integers(100, 599), content=st.binary(max_size=60) | SAID.map(lambda said: json.dumps(said).encode()))
def test_no_answer_is_too_strange_for_a_verdict(status: int, content: bytes) -> None:
    wish = retry_after(status, {}, content)

    assert wish is None or timedelta() <= wish <= MAX_RETRY_AFTER
    assert not (is_permanent(status, content) and status in {429, *range(500, 600)})


@given(
    header=st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ \S+", fullmatch=True)
)
@example("Thu, 01 Jan 2026 00:00:00 +99999999999999")
def test_no_header_is_too_strange(header: str) -> None:
    wish = retry_after(503, {"retry-after": header}, b"")

    assert wish is None or timedelta() <= wish <= MAX_RETRY_AFTER


def test_a_body_of_nothing_but_brackets_is_no_verdict() -> None:
    assert not is_permanent(400, b"[" * 4096)


async def test_of_several_recipients_those_that_were_reached_do_not_hear_it_again(services: HttpReceiver) -> None:
    services.refuse = b'"chat_id": 222'
    channel = Sender("ops", TELEGRAM.replace("/12315544/", "/111/222/"), deadline=timedelta(seconds=10), redact=str)

    await channel.send(MESSAGE)

    assert [body["chat_id"] for body in services.bodies()] == [111, 222]


async def test_several_recipients_of_whom_none_was_reached_are_a_failure(services: HttpReceiver) -> None:
    services.refuse = b"chat_id"

    assert (await refusal(TELEGRAM.replace("/12315544/", "/111/222/"))).reason.startswith("HTTP 403")


async def test_of_several_mail_addresses_those_that_were_reached_get_no_second_mail() -> None:
    with smtp_receiver() as mailbox:
        mailbox.refuse, mailbox.only = "550 no such user", "b@example.com"
        url = f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=a@example.com&to=b@example.com,c@example.com"
        await Sender("ops", url, deadline=timedelta(seconds=10), redact=str).send(MESSAGE)

    assert [mail["To"] for mail in mailbox.mails] == ["c@example.com"]
