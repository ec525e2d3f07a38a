"""What tracking adds to one call, ledger write included; beside it the naive way, and LiteLLM's cost tracking.

LiteLLM is measured where `LITELLM_PYTHON` names a Python that has it: `python -m venv /tmp/l && /tmp/l/bin/pip install
litellm`.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.inapp.client import track
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from tests.benchmarks.ledger import naive_way, timed
from tests.benchmarks.rig import ROOT, folder, report
from tests.inapp.provider import Provider, answer, chat

CALLS = 5_000
WARM = 500
ASK = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "What is the weather in Paris?"}]}
USAGE = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
BODY = json.dumps(chat(USAGE, text="It is sunny in Paris today, and warm. " * 10)).encode()
LITELLM = """
import json, sys, time
from statistics import median
import litellm
from litellm import ModelResponse, completion_cost
from openai import OpenAI

body, address = json.loads(sys.argv[1]), sys.argv[2]
answer = ModelResponse(**body)
def timed(act, rounds):
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[len(taken) // 10:]
costs = timed(lambda: completion_cost(completion_response=answer), 1000)
told = []
def track_cost(kwargs, response, start, end):
    told.append(kwargs["response_cost"])
litellm.success_callback = [track_cost]
ask = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "What is the weather in Paris?"}]}
client = OpenAI(api_key="sk", base_url=address, max_retries=0)
plain = timed(lambda: client.chat.completions.create(**ask), 300)
through = timed(
    lambda: litellm.completion(**{**ask, "model": "openai/gpt-4.1"}, api_base=address, api_key="sk"), 300
)
print(json.dumps({"cost": median(costs), "plain": median(plain), "through": median(through)}))
"""


class Timed(httpx2.Client):
    """A plain client that knows how long it was busy itself."""

    busy = 0.0

    def build_request(self, *arguments: Any, **options: Any) -> httpx2.Request:
        began = time.perf_counter()
        request = super().build_request(*arguments, **options)
        self.busy += time.perf_counter() - began
        return request

    def send(self, *arguments: Any, **options: Any) -> httpx2.Response:
        began = time.perf_counter()
        response = super().send(*arguments, **options)
        self.busy += time.perf_counter() - began
        return response


def main() -> None:
    with folder() as place:
        added = sorted(added_times(place / "ledger.sqlite3"))
        ours = sorted(added_times(None))
        naive = naive_times(place)
    middle = median(added)
    print(f"naive way (open, insert, commit, close): {median(naive) * 1e6:.0f} us, {median(naive) / middle:.0f} x")
    if python := os.environ.get("LITELLM_PYTHON"):
        litellm(python, middle)
    else:
        print("LiteLLM: not measured, as LITELLM_PYTHON names no Python that has it")
    print(f"of it without the ledger's write: {median(ours) * 1e6:.0f} us")
    report("added to one tracked call, median", middle * 1e6, 50, "us")
    report("added to one tracked call, 99 of 100", added[len(added) * 99 // 100] * 1e6, 1000, "us")


class Unwritten(Ledger):
    """Takes records and keeps none."""

    def record(self, record: RequestRecord) -> bool:  # noqa: ARG002
        return True


def added_times(path: Path | None) -> Iterator[float]:
    """Yield what each call took beyond what the plain client inside was busy with it, over the same answer."""
    number = 0

    def handler(_: httpx2.Request) -> httpx2.Response:
        nonlocal number
        number += 1
        headers = {"Content-Type": "application/json", "X-Request-Id": f"req_{number}"}
        return httpx2.Response(200, headers=headers, content=BODY)

    plain = Timed(transport=httpx2.MockTransport(handler), base_url="https://api.openai.com")
    tracker = Tracker(Unwritten(Path("unwritten")) if path is None else Ledger(path), environ={})
    with track(plain, tracker=tracker, project="search") as client:
        for call in range(WARM + CALLS):
            client.busy = 0.0
            began = time.perf_counter()
            client.send(client.build_request("POST", "/v1/chat/completions", json=ASK))
            if call >= WARM:
                yield time.perf_counter() - began - client.busy
    tracker.close()


def naive_times(place: Path) -> list[float]:
    record = RequestRecord(
        request_id="req_1",
        at=datetime.now(UTC),
        provider="openai",
        model="gpt-4.1",
        usage=Usage(86, 1920, output_tokens=300),
        cost=Money.of_nano(3_532_000, "USD"),
    )
    return [timed(lambda: naive_way(place / "naive.sqlite3", record)) for _ in range(200)]


def litellm(python: str, ours: float) -> None:
    with Provider() as provider:
        provider.gives(answer(chat(USAGE)))
        arguments = [python, "-c", LITELLM, json.dumps(chat(USAGE)), f"{provider.address}/v1"]
        environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        done = subprocess.run(arguments, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"LiteLLM failed: {done.stderr[-300:]}")
        return
    told = json.loads(done.stdout.splitlines()[-1])
    more = told["through"] - told["plain"]
    print(
        f"LiteLLM: the cost alone, kept nowhere, {told['cost'] * 1e6:.0f} us ({told['cost'] / ours:.1f} x); "
        f"its call with a cost callback over the SDK's own call, {more * 1e6:.0f} us ({more / ours:.0f} x)"
    )


if __name__ == "__main__":
    main()
