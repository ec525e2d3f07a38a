"""Which rules a channel hears of, who is told in its place, and how long it holds."""

from datetime import timedelta

import pytest

from monitor.core.channels import Channel
from tests.daemon.test_settings import load, problems

CHAT = {"MONITOR_CHANNELS__chat__URL": "json://chat"}
MAIL = {"MONITOR_CHANNELS__mail__URL": "json://mail"}
DESK = {"MONITOR_CHANNELS__desk__URL": "json://desk"}


def channels(**environ: str) -> list[Channel]:
    return [entry.channel for entry in load(**environ).channels]


def test_a_channel_hears_of_all_rules_unless_it_names_some() -> None:
    everything, some = channels(**CHAT, **MAIL, MONITOR_CHANNELS__mail__RULES="Threshold, no_data")

    assert everything.rules is None
    assert some.rules == frozenset({"threshold", "no_data"})


def test_a_rule_that_is_none_is_a_problem_with_the_nearest_that_is_one() -> None:
    (problem,) = problems(**CHAT, MONITOR_CHANNELS__chat__RULES="threshold,no-data")

    assert problem.startswith("MONITOR_CHANNELS__chat__RULES is none of threshold, quota, ")
    assert problem.endswith("; did you mean no_data?")


def test_a_fallback_may_be_any_channel() -> None:
    mail, chat = channels(
        MONITOR_NOTIFY="mailto://user:pass@gmail.com", **CHAT, MONITOR_CHANNELS__chat__FALLBACK="MailTo"
    )

    assert (mail.fallback, chat.fallback) == (None, "mailto")


def test_a_fallback_that_is_no_channel_is_a_problem() -> None:
    assert problems(**CHAT, **MAIL, MONITOR_CHANNELS__chat__FALLBACK="mial") == [
        "MONITOR_CHANNELS__chat__FALLBACK is not a channel; did you mean mail?"
    ]


def test_a_fallback_without_an_address_is_one_problem_and_not_two() -> None:
    assert problems(**CHAT, MONITOR_CHANNELS__chat__FALLBACK="mail", MONITOR_CHANNELS__mail__RESOLVED="no") == [
        "MONITOR_CHANNELS__MAIL__URL is not set: the channel mail needs an Apprise URL"
    ]


def test_a_channel_is_no_fallback_of_its_own() -> None:
    assert problems(**CHAT, MONITOR_CHANNELS__chat__FALLBACK="chat") == [
        "MONITOR_CHANNELS__chat__FALLBACK leads back to itself: chat -> chat"
    ]


def test_fallbacks_in_a_circle_are_a_problem_of_those_in_it() -> None:
    found = problems(
        **CHAT,
        **MAIL,
        **DESK,
        MONITOR_CHANNELS__chat__FALLBACK="mail",
        MONITOR_CHANNELS__mail__FALLBACK="desk",
        MONITOR_CHANNELS__desk__FALLBACK="mail",
    )

    assert found == [
        "MONITOR_CHANNELS__mail__FALLBACK leads back to itself: mail -> desk -> mail",
        "MONITOR_CHANNELS__desk__FALLBACK leads back to itself: desk -> mail -> desk",
    ]


def test_fallbacks_of_fallbacks_that_end_somewhere_are_fine() -> None:
    assert [
        channel.fallback
        for channel in channels(
            **CHAT,
            **MAIL,
            **DESK,
            MONITOR_CHANNELS__chat__FALLBACK="mail",
            MONITOR_CHANNELS__mail__FALLBACK="desk",
        )
    ] == ["mail", "desk", None]


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("0s", 0), ("0.0", 0), ("2.5", 2.5), ("30s", 30), ("1h", 3600)]
)
def test_a_channel_holds_for_as_long_as_is_set(text: str, expected: float) -> None:
    assert load(MONITOR_GROUP_WAIT=text).group_wait == timedelta(seconds=expected)


def test_a_channel_holds_for_five_seconds_unless_it_is_set() -> None:
    assert load().group_wait == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "words"),
    [("2h", "is too long: the most is 1h"), ("soon", "is not a duration"), ("-1", "is not a duration")],
)
def test_any_other_hold_is_a_problem(text: str, words: str) -> None:
    (problem,) = problems(MONITOR_GROUP_WAIT=text)

    assert problem.startswith(f"MONITOR_GROUP_WAIT {words}")
