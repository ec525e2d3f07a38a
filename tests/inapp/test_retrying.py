"""`retrying`: waits where waiting helps; the waits are handed in and not slept."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import MonitorError
from monitor.inapp.failures import seconds_to_wait
from monitor.inapp.retrying import retrying
from tests.inapp.stand_in import Full, StandIn

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Answer:
    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers


class Failed(Exception):
    def __init__(self, status: int, headers: Mapping[str, str] | None = None, body: Any = None) -> None:
        super().__init__(status)
        self.status_code = status
        self.response = Answer(headers or {})
        self.body = body


class ReadTimeout(Exception):
    """As HTTP clients name it."""


def attempts(*errors: BaseException, **options: Any) -> tuple[list[float], int, object]:
    """Return the waits, the number of attempts, and the result or the error at the end."""
    waits: list[float] = []
    left, made = list(errors), 0

    @retrying(sleep=waits.append, **options)
    def ask() -> str:
        nonlocal made
        made += 1
        if left:
            raise left.pop(0)
        return "answer"

    try:
        result: object = ask()
    except BaseException as error:  # noqa: BLE001 - it is what the test is about.
        result = error
    return waits, made, result


@pytest.mark.parametrize("error", [Failed(429), Failed(500), Failed(503), Failed(529), ReadTimeout(), TimeoutError()])
def test_what_may_succeed_later_is_tried_again(error: BaseException) -> None:
    waits, made, result = attempts(error)

    assert (len(waits), made, result) == (1, 2, "answer")


@pytest.mark.parametrize(
    "error",
    [
        Failed(400),
        Failed(401),
        Failed(404),
        Failed(429, body={"error": {"code": "insufficient_quota"}}),
        ValueError(),
        ConnectionError(),
        MonitorError(),
    ],
)
def test_anything_else_is_raised_at_once(error: BaseException) -> None:
    assert attempts(error) == ([], 1, error)


def test_the_last_error_is_raised_as_it_is() -> None:
    last = Failed(503)

    waits, made, result = attempts(Failed(429), Failed(500), last, attempts=3)

    assert (len(waits), made) == (2, 3)
    assert result is last


def test_waits_are_random_below_a_bound_that_doubles() -> None:
    runs = [attempts(*[Failed(500)] * 4, wait_initial=1.0, wait_max=3.0)[0] for _ in range(200)]

    for bound, waits in zip((1.0, 2.0, 3.0, 3.0), zip(*runs, strict=True), strict=True):
        assert all(0 <= wait <= bound for wait in waits)
        assert min(waits) < bound / 4
        assert max(waits) > bound * 3 / 4


@pytest.mark.parametrize("headers", [{"Retry-After": "30"}, {"retry-after-ms": "30000", "retry-after": "1"}])
def test_the_server_is_not_asked_before_it_wishes(headers: Mapping[str, str]) -> None:
    waits, _, result = attempts(Failed(429, headers))

    assert (waits, result) == ([30.0], "answer")


def test_a_server_that_wants_hours_is_not_waited_for() -> None:
    error = Failed(429, {"Retry-After": "86400"})

    assert attempts(error) == ([], 1, error)


async def test_async_functions_are_tried_again_too() -> None:
    waits, made = [], 0

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    @retrying(sleep=sleep)
    async def ask() -> str:
        nonlocal made
        made += 1
        if made == 1:
            raise Failed(429, {"Retry-After": "2"})
        return "answer"

    assert await ask() == "answer"
    assert waits == [2.0]


def test_each_attempt_is_counted() -> None:
    breaker = StandIn()

    attempts(ReadTimeout(), Failed(429), breaker=breaker, estimate=Decimal("0.05"))

    assert [reservation.estimate for reservation in breaker.made] == [Decimal("0.05")] * 3
    # It may be billed; it was refused; it was answered, and its cost is what was estimated.
    assert [reservation.end for reservation in breaker.made] == ["settled", "released", "settled"]


def test_a_refusal_of_the_breaker_is_not_tried_again() -> None:
    waits, made, result = attempts(breaker=StandIn(Full()), estimate=Decimal(1))

    assert (waits, made) == ([], 0)
    assert isinstance(result, Full)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="attempts"):
        retrying(attempts=0)


@given(st.dictionaries(st.sampled_from(["retry-after", "Retry-After-Ms"]), st.text() | st.floats().map(str)))
def test_whatever_a_server_says_is_a_wait_or_nothing(headers: dict[str, str]) -> None:
    seconds = seconds_to_wait(Failed(429, headers), NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("ahead", [-60, 0, 90])
def test_a_date_is_a_wait_until_then(ahead: int) -> None:
    text = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)

    assert seconds_to_wait(Failed(429, {"retry-after": text}), NOW) == max(ahead, 0)


def test_a_date_beyond_any_calendar_is_no_wait() -> None:
    assert seconds_to_wait(Failed(429, {"retry-after": "Thu, 01 Jan 2026 00:00:00 +99999999999999"}), NOW) is None
