"""The examples of the page's part on applications work when they are pasted."""

import os
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

from monitor.core.windows import FOREVER
from monitor.ledger.reading import reading
from monitor.ledger.sums import breakdown
from monitor.prices.override import parse_prices
from tests.test_readme import ROOT, section


def example(title: str, language: str) -> str:
    part = section("Inside your application").partition(f"### {title}\n")[2]
    found = re.search(rf"```{language}\n(.*?)```", part, re.DOTALL)
    assert found
    return found[1]


def test_a_request_is_recorded_as_it_stands_there(tmp_path: Path) -> None:
    environment = {**os.environ, "MONITOR_LEDGER": str(tmp_path / "ledger.sqlite3")}

    subprocess.run([sys.executable, "-c", example("The ledger", "python")], env=environment, cwd=ROOT, check=True)

    with reading(tmp_path / "ledger.sqlite3") as connection:
        (line,) = breakdown(connection, FOREVER)
    # 1,200 at $2, 800 at $0.50 and 300 at $8 a million.
    assert line.cost.amount == Decimal("0.0052")


def test_the_prices_that_stand_there_are_understood() -> None:
    table = parse_prices(tomllib.loads(example("Prices", "toml"), parse_float=Decimal), "README.md")

    assert {model for provider, model in table.entries if provider == "my-relay"} == {"gpt-4.1", "deepseek"}
    assert ("other-relay", "gpt-4o-mini") in table.entries
