"""OpenAI's usage beside completions: what has a price is estimated, what has none is bounded and said, none is $0."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.errors import SourceError, SourceUnavailable
from monitor.core.spending.readings import WHOLE, Observation, Reading, Series
from monitor.core.spending.spend import Spend
from monitor.core.spending.unpriced import Unpriced, unpriced
from monitor.core.windows import Window
from tests.core.story import Story, usd
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import NOW, polled

USAGE = "/v1/organization/usage/"
HOUR = Window(NOW - timedelta(hours=1), NOW)
OTHERS = {
    "embeddings",
    "images",
    "audio_speeches",
    "audio_transcriptions",
    "web_search_calls",
    "file_search_calls",
    "code_interpreter_sessions",
}
NOBODY = {"project_id": None, "user_id": None, "api_key_id": None, "model": None}
EMBEDDED = {"input_tokens": 1_000_000, "num_model_requests": 2, **NOBODY, "model": "text-embedding-3-small"}


class Organization:
    """One whose reports tell `used` of the last hour, and whose server has no other."""

    def __init__(self, server: Server, *reports: str) -> None:
        self.used: dict[str, list[Mapping[str, object]]] = {name: [] for name in reports}
        self.down: set[str] = set()
        server.replies["/v1/organization/costs"] = Reply({"data": [], "has_more": False, "next_page": None})
        for name in reports:
            server.replies[USAGE + name] = lambda request, name=name: self._answer(name, request)  # type: ignore[misc]

    def _answer(self, name: str, request: Request) -> Reply:
        if name in self.down:
            return Reply({"error": {"message": "later"}}, 503)
        start, end = int(HOUR.start.timestamp()), int(HOUR.end.timestamp())
        inside = int(request.query["start_time"]) <= start and int(request.query["end_time"]) >= end
        hour = {"object": "bucket", "start_time": start, "end_time": end, "results": self.used[name]}
        told = [hour] if inside and request.query["bucket_width"] == "1h" else []
        return Reply({"object": "page", "data": told, "has_more": False, "next_page": None})


async def look(server: Server, prices: Path | None = None) -> Observation:
    async with polled("openai", server, prices=prices) as source:
        return await source.fetch(NOW)


def of_hour(seen: Observation, series: Series = WHOLE) -> Reading:
    (reading,) = [one for one in seen.readings if one.span == HOUR and one.series == series]
    return reading


@pytest.mark.parametrize(
    ("report", "result", "model", "cost"),
    [
        ("embeddings", EMBEDDED, "text-embedding-3-small", "0.02"),
        ("audio_speeches", {"characters": 45, **NOBODY, "model": "tts-1-hd"}, "tts-1-hd", "0.00135"),
        ("audio_transcriptions", {"seconds": 20, **NOBODY, "model": "whisper-1"}, "whisper-1", "0.002"),
        ("web_search_calls", {"num_requests": 3, "num_model_requests": 1, **NOBODY}, "web search", "0.03"),
        ("file_search_calls", {"num_requests": 2, **NOBODY}, "file search", "0.005"),
        ("code_interpreter_sessions", {"num_sessions": 7, "project_id": None}, "code interpreter", "0.21"),
    ],
)
async def test_a_documented_result_costs_what_its_price_says(
    server: Server, report: str, result: Mapping[str, object], model: str, cost: str
) -> None:
    organization = Organization(server, "completions", report)
    organization.used[report] = [{"object": f"organization.usage.{report}.result", **result}]

    seen = await look(server)

    assert of_hour(seen).cost == of_hour(seen, Series(model=model)).cost == usd(cost)
    assert not of_hour(seen).is_partly_unpriced
    assert seen.error is None


@pytest.mark.parametrize(
    ("report", "result", "units", "bound"),
    [
        ("images", {"images": 2, "size": "1024x1024", **NOBODY, "model": "gpt-image-1"}, 2, "0.5"),
        ("images", {"images": 1, **NOBODY, "model": "dall-e-3"}, 1, "0.12"),
        ("audio_speeches", {"characters": 100, **NOBODY, "model": "gpt-4o-mini-tts"}, 100, "0.003"),
    ],
)
async def test_what_has_no_price_counts_at_most_and_is_told(
    server: Server, report: str, result: Mapping[str, object], units: int, bound: str
) -> None:
    organization = Organization(server, "completions", report)
    organization.used[report] = [result]

    seen = await look(server)
    told = Story(None).at(NOW).poll(seen)

    model = str(result["model"])
    assert unpriced(Spend("USD").record(seen, NOW), HOUR) == {model: Unpriced(0, Decimal(bound), units)}
    assert told == [f"[WARNING] holysheep: no price is known for {model}"]


async def test_a_price_for_one_image_of_the_users_own_counts(server: Server, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[openai."gpt-image-1"]\nimage = 0.042\n')
    organization = Organization(server, "completions", "images")
    organization.used["images"] = [{"images": 3, **NOBODY, "model": "gpt-image-1"}]

    seen = await look(server, prices)

    assert of_hour(seen).cost == usd("0.126")
    assert not of_hour(seen).is_partly_unpriced


async def test_all_reports_of_an_hour_are_one_sum(server: Server) -> None:
    organization = Organization(server, "completions", *OTHERS)
    whose = {"project_id": "proj_a", "api_key_id": "key_1"}
    organization.used["completions"] = [
        {"input_tokens": 1_000_000, "output_tokens": 0, "num_model_requests": 1, **whose, "model": "gpt-4.1"}
    ]
    organization.used["embeddings"] = [{**EMBEDDED, **whose}]
    organization.used["code_interpreter_sessions"] = [{"num_sessions": 1, "project_id": "proj_a"}]

    seen = await look(server)

    assert of_hour(seen).cost == of_hour(seen, Series(project="proj_a")).cost == usd("2.05")
    assert of_hour(seen, Series(key="key_1")).cost == usd("2.02")
    assert of_hour(seen, Series(key="(no key)")).cost == usd("0.03"), "sessions are told by project only"


async def test_only_what_the_account_makes_use_of_is_asked_at_each_poll(server: Server) -> None:
    organization = Organization(server, "completions", *OTHERS)
    organization.used["embeddings"] = [EMBEDDED]
    asked = []

    async with polled("openai", server) as source:
        for minutes in (0, 2, 60, 62):
            server.requests.clear()
            await source.fetch(NOW + timedelta(minutes=minutes))
            paths = {request.path.removeprefix(USAGE) for request in server.requests if USAGE in request.path}
            asked.append(paths)

    assert asked == [{"completions", *OTHERS}, {"completions", "embeddings"}] * 2


async def test_what_begins_is_found_at_the_next_hour_and_then_followed(server: Server) -> None:
    organization = Organization(server, "completions", "embeddings")

    async with polled("openai", server) as source:
        await source.fetch(NOW - timedelta(minutes=30))
        organization.used["embeddings"] = [EMBEDDED]
        first = await source.fetch(NOW)
        server.requests.clear()
        second = await source.fetch(NOW + timedelta(minutes=2))

    assert of_hour(first).cost == of_hour(second).cost == usd("0.02")
    assert server.asked(USAGE + "embeddings")


async def test_a_server_that_lacks_a_report_is_well(server: Server) -> None:
    Organization(server, "completions")

    seen = await look(server)

    assert seen.error is None
    assert seen.estimated_anew is not None


async def test_without_a_report_that_tells_something_the_sum_would_be_too_small(server: Server) -> None:
    organization = Organization(server, "completions", "embeddings")
    organization.used["embeddings"] = [EMBEDDED]

    async with polled("openai", server) as source:
        spend = Spend("USD").record(await source.fetch(NOW), NOW)
        organization.down = {"embeddings"}
        seen = await source.fetch(NOW + timedelta(minutes=2))

    assert isinstance(seen.error, SourceUnavailable)
    assert spend.record(seen, NOW).spent(HOUR, NOW) == usd("0.02")


async def test_a_report_that_told_nothing_so_far_fails_alone(server: Server) -> None:
    organization = Organization(server, "completions", "images")
    organization.used["completions"] = [
        {"input_tokens": 1_000_000, "output_tokens": 0, **NOBODY, "model": "gpt-4.1"},
    ]

    async with polled("openai", server) as source:
        await source.fetch(NOW)
        organization.down = {"images"}
        seen = await source.fetch(NOW + timedelta(hours=1))

    assert of_hour(seen).cost == usd(2)
    assert isinstance(seen.error, SourceUnavailable)


async def test_a_count_that_is_none_is_named(server: Server) -> None:
    organization = Organization(server, "completions", "images")
    organization.used["images"] = [{"images": "many", **NOBODY}]

    seen = await look(server)

    assert isinstance(seen.error, SourceError)
    assert "data[0].results[0].images is text" in str(seen.error)


async def test_the_reports_are_asked_for_what_they_can_be_grouped_by(server: Server) -> None:
    Organization(server, "completions", *OTHERS)

    await look(server)

    asked = [request for request in server.requests if request.path.startswith(USAGE)]
    groups = {request.path.removeprefix(USAGE): request.every["group_by"] for request in asked}
    assert groups["images"] == ["model", "project_id", "api_key_id"]
    assert groups["web_search_calls"] == groups["file_search_calls"] == ["project_id", "api_key_id"]
    assert groups["code_interpreter_sessions"] == ["project_id"]
    assert datetime.fromtimestamp(int(server.asked(USAGE + "images")[0]["start_time"]), UTC).day == 1
