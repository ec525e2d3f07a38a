"""One request as a program in any language tells it: its fields, and how each is checked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from monitor.core.parsing.problems import did_you_mean
from monitor.core.spending.prices import Service
from monitor.core.spending.sense import LONGEST, MOST_COST, MOST_TOKENS
from monitor.ledger.record import OK

MOST_TAGS = 20
_LONGEST_MS = LONGEST // timedelta(milliseconds=1)
_MOST_WRONG, _LONGEST_SHOWN = 10, 60
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


class ItemRefused(ValueError):
    """`wrong` is what is wrong with each field; the empty one stands for the item as a whole."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is to be a time with its zone, as 2026-12-24T18:00:00Z") from None


def _word(status: object) -> object:
    """Return a status of HTTP in the ledger's words: all that is a success is `ok`."""
    word = f"{status:d}" if type(status) is int and 100 <= status <= 599 else status
    return OK if isinstance(word, str) and re.fullmatch("2[0-9][0-9]", word) else word


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_NO_CONTROLS)]
Name = Annotated[Text, StringConstraints(min_length=1)]
Tokens = Annotated[int, Field(strict=True, ge=0, le=MOST_TOKENS)]
Figure = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Status = Annotated[Name, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"]})]


class UsageItem(BaseModel):
    """The names are those of `spend-monitor export --json`: what one ledger gives another can take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    request_id: Annotated[Name, Field(description="Unique over all programs; said again, it replaces what was said.")]
    model: Annotated[Name, Field(description="As the provider answered it.")]
    provider: Annotated[Text | None, Field(description="Whose price it is; else the maker of the model.")] = None
    at: Annotated[datetime | None, BeforeValidator(_moment), Field(description="When it began; else now.")] = None
    input_tokens: Annotated[Tokens | None, Field(description="The whole prompt, what was cached included.")] = None
    uncached_input_tokens: Annotated[Tokens | None, Field(description="Instead: the prompt without that.")] = None
    cache_read_tokens: Tokens = 0
    cache_write_5m_tokens: Tokens = 0
    cache_write_1h_tokens: Tokens = 0
    output_tokens: Annotated[Tokens, Field(description="The whole answer, the reasoning included.")] = 0
    reasoning_tokens: Tokens = 0
    cost: Annotated[Figure | None, Field(lt=MOST_COST, description="Else by the price book, or unpriced.")] = None
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = "USD"
    service: Service = Service.STANDARD
    status: Annotated[Status, Field(description="`ok`, a status of HTTP, or what went wrong in a word.")] = OK
    latency_ms: Annotated[Figure | None, Field(le=_LONGEST_MS)] = None
    project: Text = ""
    user: Text = ""
    key: Annotated[Text, Field(description="A label of the key, never the key.")] = ""
    tags: Annotated[tuple[Name, ...], Field(max_length=MOST_TAGS)] = ()
    estimated: Annotated[Flag, Field(description="The tokens are a guess.")] = False
    partial: Annotated[Flag, Field(description="The answer broke off.")] = False


def read_item(content: object) -> UsageItem:
    """Return the item; null is as if a field was not there.

    Raises:
        ItemRefused: it is none.
    """
    if not isinstance(content, dict):
        raise ItemRefused({"": "is no JSON object"})
    try:
        return UsageItem.model_validate({name: value for name, value in content.items() if value is not None})
    except ValidationError as error:
        raise ItemRefused(_wrong(error)) from None


def _wrong(error: ValidationError) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_input=False):
        name = str(wrong["loc"][0])[:_LONGEST_SHOWN]
        if name not in found and len(found) < _MOST_WRONG:
            cause = wrong.get("ctx", {}).get("error")
            found[name] = str(cause) if cause else _words(wrong["type"], wrong["msg"], name)
    return found


def _words(kind: str, message: str, name: str) -> str:
    match kind:
        case "missing":
            return "is needed"
        case "extra_forbidden":
            return f"is no field here{did_you_mean(name, UsageItem.model_fields)}"
        case "string_pattern_mismatch":
            return "has a sign in it that has no place there"
        case _:
            return message.replace("Input should be", "is to be").replace("String should", "is to")
