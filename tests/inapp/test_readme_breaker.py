"""What README.md tells about the breaker works when it is pasted."""

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.windows import FOREVER
from monitor.ledger.reading import reading
from monitor.ledger.sums import breakdown, spent
from tests.inapp.provider import Provider, answer, chat
from tests.test_readme import README

pytest.importorskip("openai")
SECTION = README.partition("### The breaker\n")[2].partition("\n### ")[0]
TRACKED, BY_HAND = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


@pytest.fixture
def environ(environ: dict[str, str], provider: Provider) -> dict[str, str]:
    provider.gives(answer(chat(USAGE)))
    return {**environ, "MONITOR_MONTHLY_BUDGET": "0.013"}


def paste(block: str, environ: dict[str, str]) -> str:
    return subprocess.run([sys.executable, "-c", block], env=environ, capture_output=True, text=True, check=True).stdout


def test_by_hand_what_was_settled_is_spent_and_then_the_tracked_client_is_refused(
    environ: dict[str, str], provider: Provider
) -> None:
    paste(BY_HAND, environ)

    said = paste(TRACKED, environ)

    with reading(Path(environ["MONITOR_LEDGER"])) as connection:
        assert spent(connection, FOREVER, project="search", model="gpt-4.1").amount == Decimal("0.013")
    assert said.startswith("monthly: $0.01 of $0.01, again at 20")
    assert provider.received == []


def test_a_tracked_client_with_room_is_counted_once(environ: dict[str, str], provider: Provider) -> None:
    environ["MONITOR_MONTHLY_BUDGET"] = "1"

    paste(TRACKED.replace('project="search"', 'project="search", provider="openai"'), environ)

    with reading(Path(environ["MONITOR_LEDGER"])) as connection:
        (line,) = breakdown(connection, FOREVER)
        (held,) = connection.execute("SELECT count(*) FROM reservation").fetchone()
    assert (line.requests, held, len(provider.received)) == (1, 0, 1)
