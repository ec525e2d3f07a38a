"""What README.md tells about tracking works when it is pasted."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from tests.inapp.provider import Provider, answer, chat
from tests.inapp.written import written
from tests.test_readme import README

pytest.importorskip("openai")
SECTION = README.partition("### Tracking\n")[2].partition("\n### ")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_each_block_runs_and_is_recorded(environ: dict[str, str], provider: Provider) -> None:
    provider.gives(answer(chat({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})))

    for block in BLOCKS:
        subprocess.run([sys.executable, "-c", block], env=environ, check=True)

    records = written(Tracker(Ledger(Path(environ["MONITOR_LEDGER"])), environ={}))
    assert len(BLOCKS) == 2
    assert [(record.model, record.project, record.user) for record in records] == [
        ("gpt-4.1-2025-04-14", "search", "ann"),
        ("gpt-4.1", "", ""),
        ("gpt-4.1", "search", ""),
    ]
    assert [record.estimated for record in records] == [False, True, False]
