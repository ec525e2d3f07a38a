import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SettingsError
from monitor.core.spending.prices import Service, Tier
from monitor.core.spending.units import Unit
from monitor.core.spending.usage import Usage
from monitor.prices.override import parse_prices, read_prices
from monitor.prices.table import PriceTable

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TOML = """
[my-relay."GPT-4.1"]
input = 1.50
output = "6"
cache_read = 0.375
currency = "cny"
batch = 0.5
tiers = [{ above_input_tokens = 200000, input = 3, output = 9 }]

[[my-relay.changing]]
input = 2
since = 2026-09-01

[[my-relay.changing]]
input = 1

[my-relay."*"]
input = 9

[other]
preset = "holysheep"

[other."gpt-4o"]
input = 0

[[openai."gpt-image-1"]]
image = "0.04"

[[openai."gpt-image-1"]]
image = 0.05
since = 2026-09-01

[openai."gpt-4o-mini-tts"]
input = 0.6
character = 0.000012
"""


@pytest.fixture
def table(tmp_path: Path) -> PriceTable:
    path = tmp_path / "prices.toml"
    path.write_text(TOML)
    return read_prices(path)


def problems_of(content: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse_prices(content, "prices.json")
    return caught.value.problems


def test_amounts_are_exact_and_names_are_folded(table: PriceTable) -> None:
    price = table.find("my-relay", "gpt-4.1", NOW)

    assert price is not None
    assert [price.rates.input, price.rates.output] == [Decimal("1.50"), 6]
    assert price.currency == "CNY"
    assert price.tiers == (Tier(200_000, price.tiers[0].rates),)
    assert price.cost(Usage(output_tokens=1_000_000), Service.BATCH).amount == 3


def test_the_price_of_the_day_is_found(table: PriceTable) -> None:
    before, after = (
        table.find("my-relay", "changing", moment)
        for moment in (datetime(2026, 8, 31, 23, 59, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
    )

    assert before is not None
    assert after is not None
    assert [before.rates.input, after.rates.input] == [1, 2]


def test_a_star_stands_for_all_other_models(table: PriceTable) -> None:
    price = table.find("my-relay", "anything", NOW)

    assert price is not None
    assert price.rates.input == 9


def test_a_relay_may_take_a_preset_and_change_parts_of_it(table: PriceTable) -> None:
    own, preset = table.find("other", "gpt-4o", NOW), table.find("other", "gpt-4.1", NOW)

    assert own is not None
    assert preset is not None
    assert [own.rates.input, preset.rates.output] == [0, 8]
    assert table.complete == {"other"}


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"relay": {"gpt-4.1": {"input": 0.1, "output": "0.2", "since": "2026-09-01"}}}')

    price = read_prices(path).find("relay", "gpt-4.1", NOW)

    assert price is not None
    assert (price.rates.input, price.since) == (Decimal("0.1"), datetime(2026, 9, 1, tzinfo=UTC))


def test_all_that_is_wrong_is_said_at_once() -> None:
    content = {
        "relay": {
            "a": {"output": 1},
            "b": {"input": -1, "outptu": 2},
            "c": {"input": "many", "currency": "dollars", "since": "soon"},
            "d": 5,
            "f": {"input": 1, "since": "2026-09-01T16:30:05Z"},
            "e": {"input": 1, "tiers": [{"input": 2}]},
            "preset": "nobody",
        }
    }

    problems = "\n".join(problems_of(content))

    for place in (
        "a.input",
        "b.input",
        "b.outptu",
        "c.input",
        "c.currency",
        "c.since",
        "f.since is not on a whole minute",
        "d is not",
        "e.tiers",
        "preset",
    ):
        assert f"relay.{place}" in problems
    assert all(line.startswith("MONITOR_PRICES (prices.json)") for line in problems.splitlines())


@pytest.mark.parametrize("text", ["[broken", "", "{}"])
def test_a_file_that_is_neither_is_refused_or_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    try:
        assert read_prices(path).entries == {}
    except SettingsError as error:
        assert "neither TOML nor JSON" in str(error)


KEYS = st.sampled_from(["input", "output", "since", "tiers", "batch", "preset", "m"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_whatever_a_file_holds_it_is_prices_or_said_to_be_wrong(content: Any) -> None:
    parsed = json.loads(json.dumps(content), parse_float=Decimal)
    try:
        table = parse_prices(parsed, "prices.json")
    except SettingsError as error:
        assert error.problems
    else:
        assert all(price.rates.input >= 0 for prices in table.entries.values() for price in prices)


def test_what_is_paid_one_by_one_needs_no_price_of_tokens(table: PriceTable) -> None:
    before, after = datetime(2026, 8, 1, tzinfo=UTC), NOW
    images = [table.find_unit("openai", "gpt-image-1", Unit.IMAGE, at) for at in (before, after)]

    assert [image.amount for image in images if image] == [Decimal("0.04"), Decimal("0.05")]
    assert table.find("openai", "gpt-image-1", NOW) is None
    assert table.find_unit("openai", "gpt-image-1", Unit.SECOND, NOW) is None


def test_a_model_may_have_both(table: PriceTable) -> None:
    price, single = (
        table.find("openai", "gpt-4o-mini-tts", NOW),
        table.find_unit("openai", "gpt-4o-mini-tts", Unit.CHARACTER, NOW),
    )

    assert (price and price.rates.input, single and single.amount) == (Decimal("0.6"), Decimal("0.000012"))


def test_a_unit_that_is_no_amount_is_named() -> None:
    assert problems_of({"openai": {"m": {"image": -1}}}) == [
        "MONITOR_PRICES (prices.json): openai.m.image is not an amount of 0 or more"
    ]
