"""Headers tell rate limits and a clock, in whatever way each provider writes them."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spending.readings import RateLimit
from monitor.daemon.headers import clock_skew, closed_for, rate_limits

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "7"}, (RateLimit("requests", 100, 7),)),
        ({"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "7"}, (RateLimit("requests", 100, 7),)),
        (
            {
                "x-ratelimit-limit-requests": "500",
                "x-ratelimit-remaining-requests": "499",
                "x-ratelimit-reset-requests": "120ms",
                "x-ratelimit-limit-tokens": "30000",
                "x-ratelimit-remaining-tokens": "0",
            },
            (RateLimit("requests", 500, 499), RateLimit("tokens", 30000, 0)),
        ),
        (
            {
                "anthropic-ratelimit-input-tokens-limit": "40000",
                "anthropic-ratelimit-input-tokens-remaining": "39000",
                "anthropic-ratelimit-input-tokens-reset": "2026-11-25T03:01:00Z",
            },
            (RateLimit("input-tokens", 40000, 39000),),
        ),
        ({"x-ratelimit-limit": "5", "x-ratelimit-remaining": "9"}, (RateLimit("requests", 5, 5),)),
        ({"x-ratelimit-remaining": "9"}, ()),
        ({"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0"}, ()),
        ({"x-ratelimit-limit": "1.5", "x-ratelimit-remaining": "-1"}, ()),
        ({"content-length": "100", "x-limit-remaining": "9"}, ()),
    ],
)
def test_a_limit_counts_where_its_size_and_its_rest_are_told(
    headers: dict[str, str], expected: tuple[RateLimit, ...]
) -> None:
    assert rate_limits(headers) == expected


SPENT = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"}


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ("30", 30),
        ("1795575660", 60),
        ("1795575660000", 60),
        ("6m0s", 360),
        ("1m2.5s", 62.5),
        ("20ms", 0.02),
        ("2026-11-25T03:01:00Z", 60),
        ("86400", 900),
        ("1h30m", 900),
    ],
)
def test_where_no_request_is_left_the_end_of_that_is_read_in_any_form(told: str, wait: float) -> None:
    assert closed_for({**SPENT, "x-ratelimit-reset": told}, NOW) == timedelta(seconds=wait)


@pytest.mark.parametrize(
    "headers",
    [
        {**SPENT, "x-ratelimit-remaining": "1", "x-ratelimit-reset": "30"},
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "30s"},
        SPENT,
        {**SPENT, "x-ratelimit-reset": "soon"},
        {**SPENT, "x-ratelimit-reset": ""},
        {**SPENT, "x-ratelimit-reset": "1700000000"},
        {**SPENT, "x-ratelimit-reset": "2026-11-25T03:01:00"},
    ],
)
def test_a_provider_that_is_open_or_tells_no_end_puts_nothing_off(headers: dict[str, str]) -> None:
    assert closed_for(headers, NOW) is None


@given(st.text(max_size=20))
def test_whatever_the_end_is_told_as_it_is_a_wait_within_reason(told: str) -> None:
    wait = closed_for({**SPENT, "x-ratelimit-reset": told}, NOW)

    assert wait is None or timedelta() < wait <= timedelta(minutes=15)


def dated(moment: datetime, **others: str) -> dict[str, str]:
    return {"date": format_datetime(moment, usegmt=True), **others}


@pytest.mark.parametrize(
    ("told", "latency", "expected"),
    [
        (NOW, timedelta(), timedelta()),
        (NOW - SECOND, timedelta(), timedelta()),
        (NOW - 30 * SECOND, 29 * SECOND, timedelta()),
        (NOW - 300 * SECOND, 9 * SECOND, 290 * SECOND),
        (NOW + 300 * SECOND, 9 * SECOND, -300 * SECOND),
    ],
)
def test_what_the_way_and_the_whole_seconds_explain_is_no_skew(
    told: datetime, latency: timedelta, expected: timedelta
) -> None:
    assert clock_skew(dated(told), NOW, latency) == expected


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "soon"}, dated(NOW, age="30")])
def test_without_a_time_of_its_own_nothing_is_known(headers: dict[str, str]) -> None:
    assert clock_skew(headers, NOW, timedelta()) is None


@given(st.integers(-(10**6), 10**6), st.floats(0, 30), st.floats(0, 1), st.floats(0, 0.999))
def test_the_skew_is_never_more_than_it_is(seconds: int, latency: float, way: float, fraction: float) -> None:
    written = NOW + timedelta(seconds=fraction)
    received = written + timedelta(seconds=seconds) + timedelta(seconds=latency * way)

    skew = clock_skew(dated(written.replace(microsecond=0)), received, timedelta(seconds=latency))

    assert skew is not None
    assert abs(skew).total_seconds() <= abs(seconds) + 0.001


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_any_headers_are_read(headers: dict[str, str], text: str) -> None:
    rate_limits({**headers, "x-ratelimit-limit": text, "x-ratelimit-remaining": text})
    clock_skew({**headers, "date": text}, NOW, timedelta())
