import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage as CatalogueUsage
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SettingsError, Unpriced
from monitor.core.spending.prices import Price, Service
from monitor.core.spending.units import Unit
from monitor.core.spending.usage import Usage
from monitor.prices import PriceBook, catalogue
from monitor.prices.book import DEARER

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
BOOK = PriceBook()
MILLION = 1_000_000


def cost(
    model: str,
    usage: Usage,
    provider: str,
    at: datetime = NOW,
    service: Service = Service.STANDARD,
    book: PriceBook = BOOK,
) -> str:
    return f"{book.cost(model, usage, at, provider, service).amount.normalize():f}"


def test_a_request_that_another_engine_priced_too() -> None:
    usage = Usage(uncached_input_tokens=2095, cache_read_tokens=2051, cache_write_5m_tokens=2051, output_tokens=503)

    assert cost("claude-sonnet-4-5", usage, "anthropic") == "0.02213655"
    assert cost("claude-sonnet-4-5-20250929", usage, "anthropic") == "0.02213655"


def test_five_cached_tokens_are_375_nano_dollars() -> None:
    assert BOOK.cost("gpt-4o-mini", Usage(cache_read_tokens=5), NOW, "openai").nano == 375


@pytest.mark.parametrize(
    ("model", "ten", "hundred"),
    [
        ("gpt-4.1", "80", "800"),
        ("claude-sonnet-4.5", "150", "1500"),
        ("gemini-2.5-flash", "25", "250"),
        ("deepseek-v3.2", "4.2", "42"),
    ],
)
def test_the_tutorials_comparison_of_ten_and_a_hundred_million_tokens(model: str, ten: str, hundred: str) -> None:
    assert cost(model, Usage(output_tokens=10 * MILLION), "holysheep") == ten
    assert cost(model, Usage(output_tokens=100 * MILLION), "holysheep") == hundred


def test_a_relays_input_is_a_third_of_its_output() -> None:
    book_cost = BOOK.cost("gpt-4.1", Usage(3 * MILLION, output_tokens=0), NOW, "holysheep")

    assert book_cost.nano == 8_000_000_000


def test_a_relays_model_that_it_does_not_list_is_not_priced_as_somebody_elses() -> None:
    with pytest.raises(Unpriced, match="gpt-5"):
        cost("gpt-5", Usage(1), "holysheep")


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("claude-sonnet-4-5-foo", "anthropic"),
        ("deepseek-chat-v9", "deepseek"),
        ("anthropic.claude-sonnet-4-5-foo", "aws"),
        ("mine.amazon.nova-pro-v1:0", "aws"),
        ("gpt-4.1-mega", "openai"),
        ("gpt-4.1", "anthropic"),
        ("gpt-4.1", "relay.example.com"),
        ("gpt-4.1", ""),
        ("gpt-4.1", "my-openai-proxy"),
        ("openai/gpt-4.1", "litellm"),
        ("", "openai"),
        ("claude-sonnet-4-5-20251399999", "anthropic"),
        ("xclaude-sonnet-4-5", "anthropic"),
    ],
)
def test_an_invented_name_is_unpriced(model: str, provider: str) -> None:
    with pytest.raises(Unpriced):
        cost(model, Usage(1), provider)


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("gpt-4.1", "openai", "10"),
        ("GPT-4.1-2025-04-14", "OpenAI", "10"),
        ("gpt-4o", "openai", "12.5"),
        ("claude-sonnet-4-5", "anthropic", "28.5"),
        ("gemini-2.5-flash", "google", "2.8"),
        ("gemini-2.5-flash", "gemini", "2.8"),
        ("openai/gpt-4o", "openrouter", "12.5"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "aws", "19.8"),
        ("us.amazon.nova-pro-v1:0", "bedrock", "4"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0", "aws", "4"),
        ("ft:gpt-4o-2024-08-06:my-team::abc", "openai", "18.75"),
    ],
)
def test_a_million_in_and_a_million_out(model: str, provider: str, expected: str) -> None:
    assert cost(model, Usage(MILLION, output_tokens=MILLION), provider) == expected


def test_each_model_of_the_catalogue_costs_what_the_catalogue_says() -> None:
    usage = Usage(uncached_input_tokens=90_000, cache_read_tokens=120_000, cache_write_5m_tokens=7, output_tokens=1_234)
    theirs = CatalogueUsage(
        input_tokens=usage.input_tokens, cache_read_tokens=120_000, cache_write_tokens=7, output_tokens=1_234
    )
    compared = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            found = catalogue.find(provider.id, model.id, NOW)
            if found is None or found.rates.output is None:
                continue
            expected = calc_price(theirs, model.id, provider_id=provider.id, genai_request_timestamp=NOW)
            assert found.cost(usage).amount == expected.total_price, (provider.id, model.id)
            compared += 1
    assert compared > 1_500


def test_embeddings_have_no_output() -> None:
    assert cost("text-embedding-3-small", Usage(MILLION), "openai") == "0.02"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2025, 8, 1, 12, tzinfo=UTC), "1.37"),
        (datetime(2025, 8, 1, 20, tzinfo=UTC), "0.685"),
        (datetime(2025, 9, 5, 15, 59, tzinfo=UTC), "1.37"),
        (datetime(2025, 9, 5, 16, 0, tzinfo=UTC), "2.24"),
        (datetime(2025, 12, 1, tzinfo=UTC), "0.7"),
        (datetime(2026, 5, 1, 20, tzinfo=UTC), "0.42"),
    ],
)
def test_a_stale_price_of_the_catalogue_is_corrected_from_its_day_on(day: datetime, expected: str) -> None:
    assert cost("deepseek-chat", Usage(MILLION, output_tokens=MILLION), "deepseek", day) == expected


@pytest.mark.parametrize(("hour", "expected"), [(0, "0.15"), (1, "0.3"), (4, "0.15"), (6, "0.3"), (10, "0.15")])
def test_a_price_by_the_hour_is_that_of_the_request(hour: int, expected: str) -> None:
    assert cost("deepseek-flash", Usage(MILLION), "deepseek", NOW.replace(hour=hour)) == expected


@pytest.mark.parametrize(
    ("service", "expected"), [(Service.BATCH, "5"), (Service.PRIORITY, "17.5"), (Service.FAST, "17.5")]
)
def test_other_terms_have_other_prices(service: Service, expected: str) -> None:
    assert cost("gpt-4.1", Usage(MILLION, output_tokens=MILLION), "openai", service=service) == expected


def test_other_terms_that_the_provider_does_not_have_are_unpriced() -> None:
    with pytest.raises(Unpriced, match="flex"):
        cost("gpt-4.1", Usage(1), "openai", service=Service.FLEX)


def test_the_users_own_price_goes_before_all_others(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[openai."gpt-4.1"]\ninput = 1\noutput = "4"\n[holysheep."gpt-5"]\ninput = 0\noutput = 0\n')
    book = PriceBook.from_env({"monitor_prices": str(path)})

    assert cost("gpt-4.1", Usage(MILLION, output_tokens=MILLION), "openai", book=book) == "5"
    assert cost("gpt-4.1", Usage(output_tokens=MILLION), "holysheep", book=book) == "8"
    assert cost("gpt-5", Usage(MILLION), "holysheep", book=book) == "0"
    assert book.price("gpt-5", NOW, "holysheep").origin == str(path)


def test_a_wrong_file_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MONITOR_PRICES .*none\.toml"):
        PriceBook.from_env({"MONITOR_PRICES": str(tmp_path / "none.toml")})


def test_the_price_of_a_request_is_in_decimals_whatever_the_rates() -> None:
    assert isinstance(BOOK.cost("gpt-4o", Usage(7), NOW, "openai").amount, Decimal)


def test_the_catalogue_is_loaded_only_when_no_table_knows_the_price() -> None:
    script = """
import sys
from datetime import UTC, date, datetime
from monitor.prices import PriceBook, catalogue
from monitor.prices.book import DEARER
from monitor.core.spending.usage import Usage
now = datetime(2026, 11, 25, tzinfo=UTC)
PriceBook().cost("gpt-4.1", Usage(1), now, "holysheep")
print(sorted({name.partition(".")[0] for name in sys.modules} & {"genai_prices", "pydantic", "httpx2", "asyncio"}))
PriceBook().cost("gpt-4.1", Usage(1), now, "openai")
print("genai_prices" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["[]", "True"]


@pytest.mark.parametrize(
    ("model", "unit", "expected"),
    [
        ("tts-1", Unit.CHARACTER, "0.000015"),
        ("whisper-1", Unit.SECOND, "0.0001"),
        ("web search", Unit.SEARCH, "0.01"),
        ("file search", Unit.SEARCH, "0.0025"),
        ("code interpreter", Unit.SESSION, "0.03"),
    ],
)
def test_what_is_paid_beside_tokens_has_a_price_for_one(model: str, unit: Unit, expected: str) -> None:
    assert BOOK.unit_price(model, unit, NOW, "openai").amount == Decimal(expected)


@pytest.mark.parametrize(
    ("model", "unit", "bound"),
    [
        ("gpt-image-1", Unit.IMAGE, "0.25"),
        ("dall-e-3", Unit.IMAGE, "0.12"),
        ("tts-9", Unit.CHARACTER, "0.00003"),
    ],
)
def test_a_unit_that_nobody_names_a_price_for_is_unpriced_and_has_a_bound(model: str, unit: Unit, bound: str) -> None:
    with pytest.raises(Unpriced, match=f"one {unit} of {model}"):
        BOOK.unit_price(model, unit, NOW, "openai")
    assert BOOK.dearest_unit(model, unit, NOW, "openai", "USD") == Decimal(bound)
    assert BOOK.dearest_unit(model, unit, NOW, "openai", "EUR") is None


def bound(model: str, service: Service = Service.STANDARD, provider: str = "openai") -> tuple[Decimal, Decimal | None]:
    rates = BOOK.ceiling(model, service, NOW, provider, "USD")
    assert rates is not None
    return rates.input, rates.output


@pytest.mark.parametrize(
    ("model", "like", "provider"),
    [
        ("gpt-9-mini-2027-01-01", "gpt-5.4-mini", "openai"),
        ("gpt-5-mini-2026-11-01", "gpt-5.4-mini", "openai"),
        ("text-embedding-4-large", "text-embedding-3-large", "openai"),
        ("o5-pro", "o1-pro", "openai"),
        ("claude-haiku-9-20271231", "claude-haiku-4-5", "anthropic"),
    ],
)
def test_a_model_without_a_price_costs_at_most_what_the_dearest_of_its_line_does(
    model: str, like: str, provider: str
) -> None:
    price = BOOK.price(like, NOW, provider).rates

    assert bound(model, provider=provider) == (price.input, price.output)


def test_one_of_no_line_costs_at_most_what_the_dearest_of_all_does() -> None:
    dearest = max(price.rates.input for _, price in catalogue.prices("openai", NOW))

    assert bound("zeta-prime")[0] == bound("")[0] == dearest
    assert BOOK.ceiling("zeta-prime", Service.STANDARD, NOW, "nobody", "USD") is None


def test_dearer_terms_and_tuned_models_cost_at_most_so_many_times_their_line() -> None:
    line = bound("gpt-4.1-nano")[0]

    assert bound("gpt-4.1-nano", Service.PRIORITY)[0] == line * DEARER
    assert bound("ft:gpt-4.1-nano-2025-04-14:acme:suffix:a1b2")[0] == line * DEARER


@given(st.sampled_from(catalogue.prices("openai", NOW)), st.dates(), st.sampled_from("-@"))
def test_a_new_release_of_a_known_model_is_never_bounded_below_it(
    known: tuple[str, Price], day: date, mark: str
) -> None:
    told = bound(f"{known[0]}{mark}{day:%Y-%m-%d}")

    assert told[0] >= known[1].rates.input
    assert (told[1] or 0) >= (known[1].rates.output or 0)


@pytest.mark.parametrize("term", [Service.PRIORITY, Service.FAST])
def test_no_terms_that_are_known_are_dearer_than_the_bound(term: Service) -> None:
    for _, price in (*catalogue.prices("openai", NOW), *catalogue.prices("anthropic", NOW)):
        if term in price.services:
            assert price.services[term].rates.input <= price.rates.input * DEARER
