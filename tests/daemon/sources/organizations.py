"""An OpenAI organization that works: requests at a time, usage that is told minutes late, bills that come days late."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.windows import Window
from tests.daemon.servers import Reply, Request, Server

COSTS, USAGE = "/v1/organization/costs", "/v1/organization/usage/completions"
WIDTHS = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}
# Dollars per token in and out, as that model is billed since it came out.
MODEL, INPUT, OUTPUT = "gpt-4.1-2025-04-14", Decimal("0.000002"), Decimal("0.000008")


@dataclass(frozen=True, slots=True)
class Spent:
    at: datetime
    input_tokens: int
    output_tokens: int
    model: str = MODEL
    project: str = "proj_a"
    key: str = "key_1"

    @property
    def cost(self) -> Decimal:
        return self.input_tokens * INPUT + self.output_tokens * OUTPUT


@dataclass(slots=True)
class Fake:
    """An organization with a clock of its own; `down` are the paths that answer 503."""

    now: datetime
    spent: list[Spent] = field(default_factory=list)
    usage_late_by: timedelta = timedelta(minutes=5)
    bills_late_by: timedelta = timedelta(hours=9)
    down: set[str] = field(default_factory=set)
    extra: Mapping[datetime, Decimal] = field(default_factory=dict)
    """Dollars that no usage tells of, by the midnight of their day."""
    page: int = 1000

    def serve(self, server: Server) -> None:
        server.replies[COSTS] = lambda request: self._answer(request, self._bill)
        server.replies[USAGE] = lambda request: self._answer(request, self._usage)

    def _answer(self, request: Request, results: Callable[[Window], list[object]]) -> Reply:
        if request.path in self.down:
            return Reply({"error": {"message": "later"}}, 503)
        width = WIDTHS[request.query["bucket_width"]]
        start = datetime.fromtimestamp(int(request.query.get("page", request.query["start_time"])), UTC)
        told = request.query.get("end_time")
        end = min(self.now, datetime.fromtimestamp(int(told), UTC)) if told else self.now
        spans = list(_spans(start, end, width))
        shown, more = spans[: self.page], len(spans) > self.page
        data = [
            {
                "start_time": int(span.start.timestamp()),
                "end_time": int(span.end.timestamp()),
                "results": results(span),
            }
            for span in shown
        ]
        cursor = str(int(shown[-1].end.timestamp())) if more else None
        return Reply({"object": "page", "data": data, "has_more": more, "next_page": cursor})

    def _usage(self, span: Window) -> list[object]:
        return [
            {
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "num_model_requests": 1,
                "model": one.model,
                "project_id": one.project,
                "api_key_id": one.key,
                "service_tier": "default",
            }
            for one in self.spent
            if one.at in span and one.at <= self.now - self.usage_late_by
        ]

    def _bill(self, span: Window) -> list[object]:
        told = [one for one in self.spent if one.at in span and one.at <= self.now - self.bills_late_by]
        costs = [(f"{one.model}, input", one.project, one.key, one.cost) for one in told]
        costs += (
            [("web search tool calls", "proj_a", "key_1", self.extra[span.start])] if span.start in self.extra else []
        )
        return [
            {
                "amount": {"value": f"{cost:f}", "currency": "usd"},
                "line_item": item,
                "project_id": project,
                "api_key_id": key,
            }
            for item, project, key, cost in costs
        ]


def _spans(start: datetime, end: datetime, width: timedelta) -> Iterator[Window]:
    while start < end:
        yield Window(start, start + width)
        start += width


def hourly(since: datetime, until: datetime, dollars: int = 1) -> list[Spent]:
    """Return requests of so many dollars an hour, one each five minutes."""
    step, tokens = timedelta(minutes=5), dollars * 125_000 // 12
    return [Spent(since + step * index, 0, tokens) for index in range((until - since) // step)]
