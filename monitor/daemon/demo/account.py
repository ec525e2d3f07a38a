"""A simulated HolySheep account: a real HTTP server on a loopback socket."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "cr_demo_key_of_the_simulated_account"


@dataclass(frozen=True, slots=True)
class Charge:
    """What one model cost at one moment."""

    at: datetime
    model: str
    cost: Decimal
    tokens: int


class SimulatedAccount:
    """Answers `/v1/usage` and `/v1/usage/limits` from a list of charges, as far as `clock` has come.

    `charges` may be replaced at any time: a late correction is a new list. Days are UTC days, both ends inclusive.
    """

    def __init__(self, clock: Callable[[], datetime], charges: tuple[Charge, ...] = ()) -> None:
        self.charges = charges
        self.quota_limit: Decimal | None = None
        self._clock = clock
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spent(self, since: datetime) -> Decimal:
        """Return the cost from `since` until now."""
        now = self._clock()
        return sum((charge.cost for charge in self.charges if since <= charge.at <= now), Decimal(0))

    def usage(self, first: date, last: date) -> dict[str, Any]:
        """Return the answer of `/usage` for the days from `first` to `last`."""
        now = self._clock()
        charges = [charge for charge in self.charges if first <= charge.at.date() <= last and charge.at <= now]
        return {
            "total_tokens": sum(charge.tokens for charge in charges),
            "request_count": len(charges),
            "cost": str(_sum(charges)),
            "daily": [
                {
                    "date": day.isoformat(),
                    **self._row(model, [c for c in charges if (c.at.date(), c.model) == (day, model)]),
                }
                for day, model in sorted({(charge.at.date(), charge.model) for charge in charges})
            ],
            "models": [
                self._row(model, [charge for charge in charges if charge.model == model])
                for model in sorted({charge.model for charge in charges})
            ],
        }

    @staticmethod
    def _row(model: str, charges: list[Charge]) -> dict[str, Any]:
        tokens = sum(charge.tokens for charge in charges)
        return {"model": model, "cost": str(_sum(charges)), "total_tokens": tokens, "request_count": len(charges)}

    def limits(self) -> dict[str, Any]:
        """Return the answer of `/usage/limits`: this month's quota, where there is one, and the rate limit."""
        first = self._clock().date().replace(day=1)
        month = datetime(first.year, first.month, first.day, tzinfo=UTC)
        quota = (
            {}
            if self.quota_limit is None
            else {"quota_limit": str(self.quota_limit), "quota_used": str(self.spent(month))}
        )
        return {**quota, "requests_per_minute": 600}


def _sum(charges: list[Charge]) -> Decimal:
    return sum((charge.cost for charge in charges), Decimal(0))


def _handler(account: SimulatedAccount) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                self._answer(401, {"error": {"message": "invalid api key"}})
            elif url.path == "/v1/usage":
                first = date.fromisoformat(query["start_date"])
                self._answer(200, account.usage(first, date.fromisoformat(query["end_date"])))
            elif url.path == "/v1/usage/limits":
                self._answer(200, account.limits())
            else:
                self._answer(404, {"error": {"message": "not found"}})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
