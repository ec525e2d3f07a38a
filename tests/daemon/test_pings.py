"""The request that each receiver takes for a sign of life, or for word of trouble."""

from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.pings import (
    LONGEST_BODY,
    LONGEST_IN_ADDRESS,
    Ping,
    Receiver,
    complaint,
    goes_to,
    ping_of,
    receiver_of,
    rejection,
)

UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
TOOK = timedelta(milliseconds=340)
TROUBLES = ("source holysheep fails since 2026-11-10 09:00 UTC: 401", "state folder fails: no space")
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def trouble_at(url: str, *troubles: str) -> Ping:
    ping = ping_of(url, troubles or TROUBLES, TOOK)
    assert ping is not None
    return ping


def query(ping: Ping) -> dict[str, list[str]]:
    return parse_qs(urlsplit(ping.url).query, keep_blank_values=True)


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        (f"https://hc-ping.com/{UUID}", Receiver.HEALTHCHECKS),
        ("https://hc-ping.com/fqOOd6-F4MMNuCEnzTU01w/db-backup", Receiver.HEALTHCHECKS),
        (f"http://checks.example/ping/{UUID}/", Receiver.HEALTHCHECKS),
        (f"https://site.example/checks/ping/{UUID.upper()}", Receiver.HEALTHCHECKS),
        ("https://checks.example/ping/fqOOd6-F4MMNuCEnzTU01w/db-backup?create=1", Receiver.HEALTHCHECKS),
        (f"https://ping.example/{UUID}", Receiver.HEALTHCHECKS),
        ("https://uptime.betterstack.com/api/v1/heartbeat/XYZ1234", Receiver.BETTER_STACK),
        ("https://kuma.example/api/push/JSHs372KL8?status=up&msg=OK&ping=", Receiver.UPTIME_KUMA),
        ("https://site.example/kuma/api/push/JSHs372KL8", Receiver.UPTIME_KUMA),
        ("https://:token@gatus.example/api/v1/endpoints/core_spend/external", Receiver.GATUS),
        ("https://nosnch.in/c2354d53d2", Receiver.OTHER),
        ("https://hooks.example/alive", Receiver.OTHER),
        ("https://hooks.example", Receiver.OTHER),
    ],
)
def test_the_receiver_is_known_by_its_address(url: str, receiver: Receiver) -> None:
    assert receiver_of(url) is receiver
    assert complaint(url) is None


def test_healthchecks_gets_a_post_and_trouble_as_the_log_of_a_failure() -> None:
    url = f"https://checks.example/ping/{UUID}/?rid=1"

    assert ping_of(url, (), TOOK) == Ping("POST", f"https://checks.example/ping/{UUID}?rid=1", PLAIN)
    assert trouble_at(url) == Ping(
        "POST", f"https://checks.example/ping/{UUID}/fail?rid=1", PLAIN, "\n".join(TROUBLES).encode()
    )


def test_better_stack_is_told_of_a_failure_at_an_address_of_its_own() -> None:
    url = "https://uptime.betterstack.com/api/v1/heartbeat/XYZ1234"

    assert ping_of(url, (), TOOK) == Ping("POST", url, PLAIN)
    assert trouble_at(url, "no space") == Ping("POST", f"{url}/fail", PLAIN, b"no space")


def test_uptime_kuma_gets_its_own_parameters_and_the_others_stay() -> None:
    url = "https://kuma.example/api/push/JSHs372KL8?status=up&msg=OK&ping=&team=a%20b"

    up, down = ping_of(url, (), TOOK), trouble_at(url)

    assert up == Ping("GET", "https://kuma.example/api/push/JSHs372KL8?team=a%20b&status=up&msg=OK&ping=340")
    assert query(down) == {"team": ["a b"], "status": ["down"], "msg": ["; ".join(TROUBLES)], "ping": ["340"]}


def test_gatus_gets_the_token_as_a_bearer_and_not_in_the_address() -> None:
    url = "https://:to%2Fken@gatus.example:8443/api/v1/endpoints/core_spend/external?success=true&error=old"

    up, down = ping_of(url, (), TOOK), trouble_at(url, "no space & no key")

    address = "https://gatus.example:8443/api/v1/endpoints/core_spend/external"
    assert up == Ping("POST", f"{address}?success=true&duration=340ms", {"Authorization": "Bearer to/ken"})
    assert down.headers == {"Authorization": "Bearer to/ken"}
    assert query(down) == {"success": ["false"], "error": ["no space & no key"], "duration": ["340ms"]}


def test_an_unknown_receiver_is_told_that_all_is_well_and_by_silence_of_trouble() -> None:
    url = "https://user:p%40ss@hooks.example/alive?x=1#part"

    assert ping_of(url, (), TOOK) == Ping(
        "GET", "https://hooks.example/alive?x=1", {"Authorization": "Basic dXNlcjpwQHNz"}
    )
    assert ping_of(url, TROUBLES, TOOK) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"https://hc-ping.com/{UUID}/fail", "signal"),
        (f"https://checks.example/ping/{UUID}/start", "signal"),
        (f"https://checks.example/ping/{UUID}/0", "signal"),
        ("https://checks.example/ping/fqOOd6-F4MMNuCEnzTU01w/db-backup/log/", "signal"),
        ("https://uptime.betterstack.com/api/v1/heartbeat/XYZ1234/fail", "signal"),
        ("https://gatus.example/api/v1/endpoints/core_spend/external", "token"),
    ],
)
def test_an_address_that_could_never_work_is_refused(url: str, says: str) -> None:
    assert says in (complaint(url) or "")


def test_a_check_may_be_named_like_a_signal() -> None:
    assert complaint("https://checks.example/ping/fqOOd6-F4MMNuCEnzTU01w/log") is None


def test_people_see_the_host_and_no_credential() -> None:
    assert goes_to("https://:s3cret@gatus.example/api/v1/endpoints/core_spend/external") == (
        "heartbeat to Gatus at gatus.example, not tried"
    )
    assert "s3cret" not in goes_to("https://hooks.example/s3cret?s3cret")


@pytest.mark.parametrize(
    ("receiver", "status", "body", "reason"),
    [
        (Receiver.HEALTHCHECKS, 200, b"OK", None),
        (Receiver.HEALTHCHECKS, 201, b"Created", None),
        (Receiver.HEALTHCHECKS, 200, b"OK (not found)", "there is no such check"),
        (Receiver.HEALTHCHECKS, 200, b"OK (rate limited)", "it did not take the ping (rate limited)"),
        (Receiver.OTHER, 204, b"", None),
        (Receiver.OTHER, 200, b"OK (not found)", None),
        (Receiver.GATUS, 401, b"invalid token", "it answered 401"),
        (
            Receiver.UPTIME_KUMA,
            302,
            b"",
            "302: it redirects; set MONITOR_HEARTBEAT_URL to the address that answers itself",
        ),
    ],
)
def test_an_answer_counts_only_when_the_ping_was_taken(
    receiver: Receiver, status: int, body: bytes, reason: str | None
) -> None:
    assert rejection(receiver, status, body) == reason


WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)
ADDRESSES = st.builds(
    "{}://{}{}.example{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", "user@", ":p%40ss@", "user:pass@"]),
    st.sampled_from(["checks", "site"]),
    st.sampled_from(["", ":8443"]),
    st.one_of(
        st.sampled_from(["", "/", "/alive/"]),
        st.builds("/ping/{}".format, st.uuids()),
        st.builds("/ping/{}/{}".format, WORDS, WORDS),
        st.builds("/a/api/push/{}".format, WORDS),
        st.builds("/api/v1/heartbeat/{}".format, WORDS),
        st.builds("/api/v1/endpoints/{}/external".format, WORDS),
    ),
    st.lists(
        st.builds("{}={}".format, st.sampled_from(["status", "msg", "success", "error", "a%26b", "x"]), WORDS)
    ).map(lambda pairs: "?" + "&".join(pairs) if pairs else ""),
)
OURS = {"status", "msg", "ping", "success", "error", "duration"}


@given(ADDRESSES, st.lists(st.text()), st.timedeltas())
def test_a_ping_goes_where_it_was_meant_to_and_holds_what_was_said(
    url: str, troubles: list[str], took: timedelta
) -> None:
    meant, ping = urlsplit(url), ping_of(url, troubles, took)
    if ping is None:
        assert troubles
        assert receiver_of(url) is Receiver.OTHER
        return

    sent = urlsplit(ping.url)
    assert (sent.scheme, sent.netloc) == (meant.scheme, meant.netloc.rpartition("@")[2])
    assert sent.path in (meant.path, meant.path.rstrip("/"), f"{meant.path.rstrip('/')}/fail")
    assert ping.url.isascii()
    assert ping.url.isprintable()
    assert " " not in ping.url
    foreign = [pair for pair in meant.query.split("&") if pair and unquote(pair.partition("=")[0]) not in OURS]
    assert [pair for pair in sent.query.split("&") if pair.partition("=")[0] in ("a%26b", "x")] == foreign
    assert ("Authorization" in ping.headers) == ("@" in url or receiver_of(url) is Receiver.GATUS)
    assert len(ping.content) <= LONGEST_BODY
    if receiver_of(url) is Receiver.UPTIME_KUMA:
        said = "; ".join(troubles)[:LONGEST_IN_ADDRESS].encode(errors="replace").decode() or "OK"
        assert query(ping)["msg"] == [said]
        assert 0 <= int(query(ping)["ping"][0]) <= 86_400_000
        assert ping_of(ping.url, troubles, took) == Ping("GET", ping.url)


@pytest.mark.parametrize(
    ("took", "milliseconds"),
    [(timedelta(seconds=-1), "0"), (timedelta(days=9), "86400000"), (timedelta(microseconds=1999), "1")],
)
def test_how_long_a_poll_took_is_what_uptime_kuma_accepts(took: timedelta, milliseconds: str) -> None:
    ping = ping_of("https://kuma.example/api/push/JSHs372KL8", (), took)

    assert ping is not None
    assert query(ping)["ping"] == [milliseconds]


@given(st.integers(LONGEST_BODY - 8, LONGEST_BODY + 8))
def test_a_long_log_is_cut_between_two_characters(length: int) -> None:
    body = trouble_at(f"https://hc-ping.com/{UUID}", "a" + "é" * length).content

    assert len(body) <= LONGEST_BODY
    assert body.decode() == "a" + "é" * ((LONGEST_BODY - 1) // 2)
