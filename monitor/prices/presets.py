"""Tables that are shipped: relays with prices of their own, tools, and corrections of the catalogue."""

from datetime import UTC, datetime
from decimal import Decimal

from monitor.core.money import EXACT
from monitor.core.spending.prices import Price, Rates
from monitor.core.spending.units import Unit, UnitPrice
from monitor.prices.table import ANY_MODEL, PriceTable

# Dollars per million output tokens, as a tutorial of 2026 for that relay has them; its input is a third of its output.
_HOLYSHEEP = {
    "gpt-4.1": "8.00",
    "claude-sonnet-4.5": "15.00",
    "gemini-2.5-flash": "2.50",
    "deepseek-v3.2": "0.42",
    "gpt-4o": "6.00",
    "gpt-4o-mini": "0.30",
}


def _relay(output: str) -> tuple[Price, ...]:
    dollars = Decimal(output)
    third = EXACT.divide(dollars, Decimal(3)).quantize(Decimal("1e-15"))
    return (Price(Rates(input=third, output=dollars), origin="preset holysheep: input assumed a third of output"),)


PRESETS = {"holysheep": {model: _relay(output) for model, output in _HOLYSHEEP.items()}}

RELAYS = PriceTable(
    {(name, model): prices for name, models in PRESETS.items() for model, prices in models.items()},
    complete=frozenset(PRESETS),
)


def _deepseek(since: datetime, cached: str, missed: str, output: str) -> Price:
    rates = Rates(input=Decimal(missed), output=Decimal(output), cache_read=Decimal(cached))
    return Price(rates, since=since, origin="https://api-docs.deepseek.com/quick_start/pricing")


# The catalogue still has the prices of before September 2025, with their nights. V3.1, V3.2, then V4 Flash, whose
# cached tokens became cheaper two days later; since July 2026 these names are no longer answered.
_DEEPSEEK = (
    _deepseek(datetime(2025, 9, 5, 16, tzinfo=UTC), "0.07", "0.56", "1.68"),
    _deepseek(datetime(2025, 9, 29, tzinfo=UTC), "0.028", "0.28", "0.42"),
    _deepseek(datetime(2026, 4, 24, tzinfo=UTC), "0.028", "0.14", "0.28"),
    _deepseek(datetime(2026, 4, 26, 12, 15, tzinfo=UTC), "0.0028", "0.14", "0.28"),
)
CORRECTIONS = PriceTable({("deepseek", model): _DEEPSEEK for model in ("deepseek-chat", "deepseek-reasoner")})


def _tool(dollars: str) -> tuple[UnitPrice, ...]:
    return (UnitPrice(Decimal(dollars), origin="https://platform.openai.com/docs/pricing#built-in-tools"),)


# Whatever model asks for them. A session is one of the default size, of 1 GB: nobody tells of larger ones.
WEB_SEARCH, FILE_SEARCH, CODE_INTERPRETER = "web search", "file search", "code interpreter"
TOOLS = PriceTable(
    {},
    units={
        ("openai", WEB_SEARCH, Unit.SEARCH): _tool("0.01"),
        ("anthropic", WEB_SEARCH, Unit.SEARCH): (
            UnitPrice(Decimal("0.01"), origin="https://platform.claude.com/docs/en/about-claude/pricing"),
        ),
        ("openai", FILE_SEARCH, Unit.SEARCH): _tool("0.0025"),
        ("openai", CODE_INTERPRETER, Unit.SESSION): _tool("0.03"),
    },
)


def _image(dollars: str) -> tuple[UnitPrice, ...]:
    return (UnitPrice(Decimal(dollars), origin="https://platform.openai.com/docs/pricing#image-generation"),)


# What an image costs at most, as nobody tells of its size and quality; the model `*` stands for all others, and is
# gpt-image-1 with 6,240 tokens at $40 a million.
DEAREST_UNITS = PriceTable(
    {},
    units={
        ("openai", "dall-e-2", Unit.IMAGE): _image("0.02"),
        ("openai", "dall-e-3", Unit.IMAGE): _image("0.12"),
        ("openai", "gpt-image-1-mini", Unit.IMAGE): _image("0.052"),
        ("openai", ANY_MODEL, Unit.IMAGE): _image("0.25"),
    },
)
