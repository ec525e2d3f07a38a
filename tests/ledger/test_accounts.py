"""What the breaker of each process knows of the budgets: brought up to date step by step, it equals a sum made anew."""

import tempfile
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.breaker import Opening, RequestLabels
from monitor.core.budgets import Budget, Scope
from monitor.core.errors import Cause
from monitor.core.money import Money
from monitor.core.rates import Rates
from monitor.core.windows import Period
from monitor.ledger.accounts import Accounts
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import close_breaker, end, expire, open_breaker, openings, reserve, stand
from tests.ledger.requests import NOON, request, usd

BUDGETS = (
    Budget("all", usd("1"), Period.TOTAL),
    Budget("month", usd("1"), Period.MONTH),
    Budget("hour", usd("1"), Period.HOUR),
    Budget("model", usd("1"), Period.DAY, Scope(model="a")),
    Budget("tag", usd("1"), Period.WEEK, Scope(tag="x", project="p")),
)
RATES = Rates({"CNY": usd("0.5")})
HOUR = timedelta(hours=1)
ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("record"),
            st.fixed_dictionaries(
                {
                    "number": st.integers(0, 5),
                    "hours": st.integers(-800, 30),
                    "cost": st.none() | st.integers(0, 1_000),
                    "currency": st.sampled_from(["USD", "CNY", "EUR"]),
                    "model": st.sampled_from(["a", "a-2025-01-01", "b"]),
                    "project": st.sampled_from(["", "p"]),
                    "tags": st.sampled_from([(), ("x",), ("x", "y")]),
                }
            ),
        ),
        st.tuples(st.just("reserve"), st.tuples(st.integers(1, 9), st.integers(0, 1_000), st.sampled_from(["a", "b"]))),
        st.tuples(st.sampled_from(["end", "stand"]), st.integers(1, 9)),
        st.tuples(st.just("wait"), st.integers(0, 900)),
        st.tuples(st.just("look"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_step_by_step_it_equals_a_sum_made_anew(acts: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, now = Ledger(Path(folder) / "ledger.sqlite3"), NOON
        followed = Accounts(BUDGETS, UTC, RATES)
        for act, what in acts:
            with ledger.transaction() as connection:
                match act:
                    case "record":
                        cost = None if what["cost"] is None else Money.of_nano(2 * what["cost"], what["currency"])
                        labels = {name: what[name] for name in ("model", "project", "tags")}
                        at = NOON + what["hours"] * HOUR
                        ledger.insert(connection, request(what["number"], at=at, cost=cost, **labels))
                    case "reserve":
                        identity, nano, model = what
                        end(connection, identity)
                        series = followed.series(connection, RequestLabels("openai", model), "USD")
                        reserve(connection, identity, series, nano, now, now + HOUR)
                    case "end":
                        end(connection, what)
                    case "stand":
                        stand(connection, what)
                    case "wait":
                        now += timedelta(minutes=what)
                        expire(connection, now)
                    case _:
                        followed.catch_up(connection, now)
        with ledger.transaction() as connection:
            followed.catch_up(connection, now)
            anew = Accounts(BUDGETS, UTC, RATES)
            anew.catch_up(connection, now)
        ledger.close()
        assert followed.standings() == anew.standings()


def test_openings_are_known_at_once(tmp_path: Path) -> None:
    ledger, accounts = Ledger(tmp_path / "ledger.sqlite3"), Accounts((), UTC, RATES)
    opening = Opening("manual", Cause.MANUAL, NOON, NOON + HOUR, "web", "monthly", "because")
    with ledger.transaction() as connection:
        accounts.catch_up(connection, NOON)
        open_breaker(connection, opening)
        accounts.catch_up(connection, NOON)
        known = accounts.openings
        open_breaker(connection, Opening("manual", Cause.MANUAL, NOON))
        accounts.catch_up(connection, NOON)
        replaced = accounts.openings
        closed = close_breaker(connection)
        accounts.catch_up(connection, NOON)

    assert (known, replaced, closed) == ((opening,), (Opening("manual", Cause.MANUAL, NOON),), 1)
    assert accounts.openings == ()
    with ledger.transaction() as connection:
        assert openings(connection) == ()
    ledger.close()


def test_what_was_rolled_back_is_not_counted(tmp_path: Path) -> None:
    ledger, accounts = Ledger(tmp_path / "ledger.sqlite3"), Accounts(BUDGETS[:1], UTC, RATES)
    with ledger.transaction() as connection:
        accounts.catch_up(connection, NOON)
    try:
        with ledger.transaction() as connection:
            ledger.insert(connection, request(1, cost=usd("0.5")))
            accounts.catch_up(connection, NOON)
            raise ZeroDivisionError
    except ZeroDivisionError:
        ledger.record(request(2, cost=usd("0.25")))

    with ledger.transaction() as connection:
        accounts.catch_up(connection, NOON)

    assert accounts.standings()[0].spent == usd("0.25")
    ledger.close()
