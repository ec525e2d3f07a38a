"""The night that this project is about: a script in an endless loop, stopped within its budget, and told of."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.core.windows import FOREVER
from monitor.ledger.reading import reading
from monitor.ledger.sums import breakdown
from tests.inapp.provider import Provider, answer, chat

pytest.importorskip("openai")

ROOT = Path(__file__).parents[2]
# At $2 and $8 a million: 0.8 cents a request.
USAGE = {"prompt_tokens": 2000, "completion_tokens": 500, "total_tokens": 2500}
COST = Decimal("0.008")
SCRIPT = """
from openai import OpenAI
from monitor import Breaker, track

client = track(OpenAI(max_retries=0), breaker=Breaker.from_env(), provider="openai")
messages = [{"role": "user", "content": "Improve this plan."}]
while True:
    answer = client.chat.completions.create(model="gpt-4.1", messages=messages, max_tokens=1000)
    messages = GROWING
"""
GROWING = '[*messages, {"role": "user", "content": answer.choices[0].message.content}]'
BY_HAND = """
from decimal import Decimal
from openai import OpenAI
from monitor import Breaker

breaker = Breaker.from_env()
client = OpenAI(max_retries=0)
while True:
    with breaker.reserve(Decimal("0.02"), model="gpt-4.1", provider="openai") as reservation:
        answer = client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "Again."}])
        used = answer.usage
        reservation.settle((used.prompt_tokens * Decimal(2) + used.completion_tokens * Decimal(8)) / 1_000_000)
"""


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path, provider: Provider) -> dict[str, str]:
    provider.gives(answer(chat(USAGE, text="Better: think of the tests first.")))
    return {**environ, "MONITOR_STATE_DIR": str(tmp_path), "MONITOR_DAILY_BUDGET": "0.05"}


def run(script: str, environ: dict[str, str]) -> str:
    """Run it to its end, which it does not find by itself; return the last line of what it said."""
    done = subprocess.run([sys.executable, "-c", script], env=environ, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def line_of(environ: dict[str, str]) -> Any:
    with reading(Path(environ["MONITOR_LEDGER"])) as connection:
        (line,) = breakdown(connection, FOREVER)
    return line


@pytest.mark.parametrize("script", [SCRIPT.replace("GROWING", GROWING), BY_HAND], ids=["tracked", "by hand"])
def test_the_loop_is_stopped_within_its_budget(script: str, environ: dict[str, str], provider: Provider) -> None:
    said = run(script, environ)

    line = line_of(environ)
    assert "the budget daily is used up: $0.06 of $0.05 spent; it reopens at" in said
    # Six requests leave 0.2 cents, and the seventh is the one that goes beyond.
    assert (line.requests, line.cost.amount, len(provider.received)) == (7, 7 * COST, 7)


def test_the_same_prompt_over_and_over_is_stopped_long_before_the_budget(
    environ: dict[str, str], provider: Provider
) -> None:
    more = {"MONITOR_DAILY_BUDGET": "100", "MONITOR_BREAKER__LOOP_REPEATS": "5"}

    said = run(SCRIPT.replace("GROWING", "messages"), {**environ, **more})

    assert "the same prompt 5 times within 10 min" in said
    assert len(provider.received) == 4


def test_a_restart_does_not_let_it_go_on_and_the_daemon_tells_of_it(
    environ: dict[str, str], provider: Provider
) -> None:
    run(BY_HAND, environ)
    run(BY_HAND, environ)

    command = [sys.executable, "-m", "monitor", "check", "--json"]
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True)

    document = json.loads(done.stdout)
    assert len(provider.received) == 7
    assert (done.returncode, document["severity"]) == (2, "EMERGENCY")
    assert [(one["name"], Decimal(one["spent"])) for one in document["budgets"]] == [("daily", 7 * COST)]
