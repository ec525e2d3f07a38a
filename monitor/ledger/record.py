"""One request of an application, as the ledger keeps it. Never the prompt, never the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.money import Money
from monitor.core.spending.sense import check_sense
from monitor.core.spending.usage import NOTHING, Usage

OK = "ok"


# Not frozen: one is built within each call of a customer's, and frozen it would take three times as long.
@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """What one request used and cost.

    `request_id` is unique over all providers: recording it again replaces what was said of it, and is never added.
    `at` is aware, when the request began; `model` is what the provider answered, else what was asked for. `cost` None
    means that it is not known (unpriced), and zero that it was free. `status` is `ok`, else what went wrong in a word:
    an HTTP status (`429`), `timeout`, `cancelled`, the name of an exception.

    `project`, `user`, `key` (a label, never the key itself) and `tags` are the application's own words; empty: none.
    `estimated`: the tokens are a guess, as the answer told none. `partial`: the answer broke off, and this is what was
    known by then. `prompt_hash` is a keyed hash that tells repeats from each other and gives nothing away.

    Raises:
        ValueError: it has no id, or a time without a zone. BeyondSense is one: no request has so many tokens, or costs
            so much.
    """

    request_id: str
    at: datetime
    provider: str
    model: str
    usage: Usage = NOTHING
    cost: Money | None = None
    status: str = OK
    latency: timedelta | None = None
    project: str = ""
    user: str = ""
    key: str = ""
    tags: tuple[str, ...] = ()
    estimated: bool = False
    partial: bool = False
    prompt_hash: bytes | None = None

    def __post_init__(self) -> None:
        if not self.request_id:
            raise ValueError("a request needs an id")
        if self.at.tzinfo is None:
            raise ValueError("a request needs an aware time")
        check_sense(self.usage, self.cost, self.latency)
