from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import LedgerError
from monitor.core.money import Money
from monitor.core.spending.usage import NOTHING
from monitor.core.windows import FOREVER, Window
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.sums import Dimension, Line, breakdown, spent
from tests.ledger.requests import NOON, request, usd

HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "folder" / "ledger.sqlite3")


def lines(ledger: Ledger, *by: Dimension, window: Window = FOREVER) -> tuple[Line, ...]:
    with reading(ledger.path) as connection:
        return breakdown(connection, window, *by)


def sum_of(ledger: Ledger, window: Window = FOREVER, currency: str = "USD", **scope: str | None) -> Money:
    with reading(ledger.path) as connection:
        return spent(connection, window, currency, **scope)


def test_a_record_is_in_the_sums_as_soon_as_the_call_returned(ledger: Ledger) -> None:
    assert ledger.record(request())

    (line,) = lines(ledger)
    assert line.requests == 1
    assert line.usage == request().usage
    assert line.cost == usd("0.0045")
    assert (line.latency, line.timed) == (timedelta(milliseconds=800), 1)


def test_nothing_is_opened_before_the_first_record(ledger: Ledger) -> None:
    ledger.close()

    assert not ledger.path.parent.exists()


def test_the_same_request_said_again_is_counted_once(ledger: Ledger) -> None:
    ledger.record(request())
    ledger.record(request())

    assert [line.requests for line in lines(ledger)] == [1]
    assert sum_of(ledger) == usd("0.0045")


def test_a_correction_takes_the_place_of_what_was_said_before(ledger: Ledger) -> None:
    ledger.record(request(model="gpt-4.1", cost=None, estimated=True))
    ledger.record(request(model="gpt-4.1-mini", at=NOON - timedelta(days=40), cost=usd("0.0009")))

    counted = lines(ledger, Dimension.MODEL)
    assert [(line.labels[Dimension.MODEL], line.unpriced) for line in counted] == [("gpt-4.1-mini", 0)]
    assert sum_of(ledger, Window(NOON - timedelta(days=41), NOON - timedelta(days=39))) == usd("0.0009")


def test_what_has_no_price_is_counted_and_adds_no_money(ledger: Ledger) -> None:
    ledger.record(request(1, cost=None))
    ledger.record(request(2, cost=usd("0")))

    (line,) = lines(ledger)
    assert (line.requests, line.unpriced, line.cost) == (2, 1, usd("0"))


def test_currencies_are_never_added_up(ledger: Ledger) -> None:
    ledger.record(request(1))
    ledger.record(request(2, cost=Money(usd("7").amount, "CNY")))

    assert {line.cost.currency: str(line.cost.amount.normalize()) for line in lines(ledger)} == {
        "USD": "0.0045",
        "CNY": "7",
    }
    assert sum_of(ledger, currency="CNY").amount == 7


def test_errors_are_told_apart_from_answers(ledger: Ledger) -> None:
    ledger.record(request(1))
    ledger.record(request(2, status="429", usage=NOTHING, cost=usd("0"), latency=None))

    (line,) = lines(ledger)
    assert (line.requests, line.errors, line.timed) == (2, 1, 1)


def test_a_scope_counts_only_what_it_names(ledger: Ledger) -> None:
    ledger.record(request(1, project="search", user="ann"))
    ledger.record(request(2, project="search", user="ben"))
    ledger.record(request(3, project="chat", user="ann"))

    assert sum_of(ledger, project="search") == usd("0.009")
    assert sum_of(ledger, project="search", user="ann", model=None) == usd("0.0045")
    assert sum_of(ledger, project="nothing") == usd("0")


def test_a_window_is_half_open_to_the_microsecond(ledger: Ledger) -> None:
    start = NOON + timedelta(minutes=7)
    ledger.record(request(1, at=start - timedelta(microseconds=1)))
    ledger.record(request(2, at=start))
    ledger.record(request(3, at=start + 3 * HOUR - timedelta(microseconds=1)))
    ledger.record(request(4, at=start + 3 * HOUR))

    assert sum_of(ledger, Window(start, start + 3 * HOUR)) == usd("0.009")
    assert sum_of(ledger, Window(start, start + 3 * HOUR), model="gpt-4.1") == usd("0.009")


def test_nano_dollars_are_kept(ledger: Ledger) -> None:
    ledger.record(request(1, cost=usd("0.000000375")))
    ledger.record(request(2, cost=usd("0.0000000005")))
    ledger.record(request(3, cost=usd("0.0000000015")))

    assert sum_of(ledger) == usd("0.000000377"), "halves go to the even neighbour: to 0 and to 2"


def test_a_record_may_be_a_part_of_a_larger_transaction(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.transaction() as connection:
        ledger.insert(connection, request(1, project="new"))
        raise RuntimeError
    with ledger.transaction() as connection:
        ledger.insert(connection, request(2, project="new"))
        assert ledger.record(request(3, project="new"))

    assert [(line.labels, line.requests) for line in lines(ledger, Dimension.PROJECT)] == [
        ({Dimension.PROJECT: "new"}, 2)
    ]


def test_a_transaction_within_another_is_a_part_of_it(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.transaction() as outer:
        with ledger.transaction() as inner:
            ledger.insert(inner, request(1))
        ledger.insert(outer, request(2))
        raise RuntimeError

    assert lines(ledger) == ()


def test_of_several_the_one_that_no_ledger_could_hold_is_told_and_the_others_are_written(ledger: Ledger) -> None:
    unfit = ledger.write([request(1), request(2, model="\ud800"), request(3)])

    assert [(place, type(error)) for place, error in unfit.items()] == [(1, UnicodeEncodeError)]
    with reading(ledger.path) as connection:
        (line,) = breakdown(connection, FOREVER)
    assert line.requests == 2


def test_a_closed_ledger_opens_again(ledger: Ledger) -> None:
    ledger.record(request(1))
    ledger.close()

    assert ledger.record(request(2))
    assert [line.requests for line in lines(ledger)] == [2]


def test_a_record_that_no_file_could_take_is_lost_and_the_next_is_not(ledger: Ledger) -> None:
    assert not ledger.record(request(1, project="\ud800"))
    assert not ledger.record(request(2, model="\ud800"))

    assert ledger.record(request(3))
    assert ledger.flush()
    assert (ledger.health.waiting, ledger.health.lost, ledger.health.error) == (0, 2, None)


def test_a_ledger_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"), reading(tmp_path / "none.sqlite3"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_reading_sees_one_state_and_changes_nothing(ledger: Ledger) -> None:
    ledger.record(request(1))
    with reading(ledger.path) as connection:
        before = spent(connection, FOREVER)
        ledger.record(request(2))

        assert spent(connection, FOREVER) == before
        with pytest.raises(Exception, match="readonly"):
            connection.execute("DELETE FROM request")


def test_a_request_needs_an_id_and_an_aware_time() -> None:
    with pytest.raises(ValueError, match="needs an id"):
        request(request_id="")
    with pytest.raises(ValueError, match="aware"):
        request(at=NOON.replace(tzinfo=None))
