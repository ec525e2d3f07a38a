from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.errors import SettingsError
from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.core.windows import FOREVER
from monitor.inapp.labels import labels
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.sums import breakdown
from tests.inapp.written import only, written

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_record_by_hand_is_priced(tracker: Tracker) -> None:
    tracker.record(model="gpt-4.1", input_tokens=1200, output_tokens=300)

    record = only(tracker)
    assert (record.provider, record.usage) == ("openai", Usage(1200, output_tokens=300))
    assert record.cost == Money(Decimal("0.0048"), "USD")


def test_cached_tokens_are_part_of_the_input(tracker: Tracker) -> None:
    tracker.record(model="gpt-4.1", input_tokens=1200, cached_tokens=1000, output_tokens=300)

    assert only(tracker).usage == Usage(200, 1000, output_tokens=300)


def test_a_cost_that_is_known_is_taken(tracker: Tracker) -> None:
    tracker.record(model="a-model", input_tokens=1, cost=Decimal("0.01"))

    assert only(tracker).cost == Money(Decimal("0.01"), "USD")


def test_a_model_without_a_price_is_unpriced_and_not_free(tracker: Tracker) -> None:
    tracker.record(model="a-model", input_tokens=1)

    assert only(tracker).cost is None


def test_the_same_request_again_is_a_correction(tracker: Tracker) -> None:
    tracker.record(model="gpt-4.1", input_tokens=1, request_id="one", at=NOON)
    tracker.record(model="gpt-4.1", input_tokens=2, request_id="one", at=NOON)

    assert only(tracker).usage == Usage(2)


def test_all_that_is_said_is_recorded(tracker: Tracker) -> None:
    with labels(project="search", tags=["nightly"]):
        record = tracker.record(
            model="gpt-4.1",
            at=NOON,
            latency=timedelta(seconds=1),
            status="429",
            user="ann",
            key="prod",
            tags=["feature"],
            estimated=True,
            partial=True,
        )

    assert record is not None
    assert only(tracker) == replace(record, tags=("feature", "nightly"))
    assert (record.project, record.user, record.key) == ("search", "ann", "prod")


def test_a_mistake_in_a_record_is_logged_and_not_raised(tracker: Tracker, caplog: pytest.LogCaptureFixture) -> None:
    assert tracker.record(model="gpt-4.1", input_tokens=1, cached_tokens=2) is None

    assert "could not be recorded" in caplog.text


@given(
    figures=st.fixed_dictionaries(
        {},
        optional={
            "input_tokens": st.integers(),
            "cached_tokens": st.integers(),
            "output_tokens": st.integers(),
            "cost": st.decimals() | st.integers(),
            "latency": st.timedeltas(),
        },
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_figures_are_given_the_ledger_can_be_read(tracker: Tracker, figures: dict[str, Any]) -> None:
    before = tracker.record(model="gpt-4.1", request_id="one")

    record = tracker.record(model="gpt-4.1", request_id="one", **figures) or before

    assert record is not None
    with reading(tracker.ledger.path) as connection:
        (line,) = breakdown(connection, FOREVER)
    assert (line.usage, line.cost.nano) == (record.usage, record.cost.nano if record.cost else 0)


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"cost": Decimal(10**10)}, "cost"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"cost": Decimal("NaN")}, "cost"),
        ({"input_tokens": 10**12}, "input_tokens"),
        ({"output_tokens": 10**12}, "output_tokens"),
        ({"latency": timedelta(days=2)}, "latency"),
    ],
)
def test_what_no_request_can_be_is_not_recorded_and_its_name_is_logged(
    tracker: Tracker, caplog: pytest.LogCaptureFixture, figures: dict[str, Any], field: str
) -> None:
    assert tracker.record(model="gpt-4.1", **figures) is None

    assert f"could not be recorded, as its {field} is" in caplog.text
    assert not tracker.ledger.path.exists()


def test_a_price_that_no_request_can_cost_is_none(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[my-relay."*"]\ninput = 9e9\noutput = 1\n')
    environ = {"MONITOR_LEDGER": str(tmp_path / "mine.sqlite3"), "MONITOR_PRICES": str(tmp_path / "prices.toml")}

    with Tracker(environ=environ) as tracker:
        tracker.record(model="any", provider="my-relay", input_tokens=1_000)

    assert only(tracker).cost is None


def test_prompts_leave_no_trace_without_a_key(tracker: Tracker) -> None:
    tracker.record(model="gpt-4.1", prompt="a secret question")

    assert only(tracker).prompt_hash is None
    assert b"secret question" not in b"".join(path.read_bytes() for path in tracker.ledger.path.parent.iterdir())


def test_with_a_key_the_same_prompt_has_the_same_hash(tmp_path: Path) -> None:
    with Tracker(Ledger(tmp_path / "ledger.sqlite3"), environ={"MONITOR_PROMPT_HASH_KEY": "k"}) as tracker:
        for prompt in ("one", "one", "two"):
            tracker.record(model="gpt-4.1", prompt=prompt)

    first, second, third = (record.prompt_hash for record in written(tracker))
    assert first == second != third
    assert first is not None


def test_the_key_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k\n")

    tracker = Tracker(environ={"MONITOR_PROMPT_HASH_KEY_FILE": str(tmp_path / "key"), "HOME": str(tmp_path)})

    assert tracker.hash_key == b"k"


def test_the_environment_says_where_and_at_which_prices(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[my-relay."*"]\ninput = 1\noutput = 2\n')
    environ = {"MONITOR_LEDGER": str(tmp_path / "mine.sqlite3"), "MONITOR_PRICES": str(tmp_path / "prices.toml")}

    with Tracker(environ=environ) as tracker:
        tracker.record(model="any", provider="my-relay", input_tokens=1_000_000)

    assert tracker.ledger.path == tmp_path / "mine.sqlite3"
    assert only(tracker).cost == Money(Decimal(1), "USD")


def test_a_wrong_variable_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        Tracker(environ={"MONITOR_PRICES": str(tmp_path / "none.toml"), "HOME": str(tmp_path)})


def test_an_id_that_comes_again_does_not_hide_the_former_request(tracker: Tracker) -> None:
    first, second = tracker.unique("chatcmpl-test"), tracker.unique("chatcmpl-test")

    assert first == "chatcmpl-test"
    assert second != first
