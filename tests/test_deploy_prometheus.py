"""What is shipped for Prometheus: its rules are tried, and it names no metric that is not told."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.daemon.web.metrics import METRICS

HERE = Path(__file__).parents[1] / "deploy" / "prometheus"
KNOWN = {metric.name for metric in METRICS} | {
    f"{metric.name}{suffix}" for metric in METRICS if metric.kind == "summary" for suffix in ("_sum", "_count")
}
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is missing"
)


@pytest.mark.parametrize("name", ["alerts.yaml", "alerts_test.yaml", "grafana.json"])
def test_only_metrics_that_are_told_are_asked_for(name: str) -> None:
    named = set(re.findall(r"\bmonitor_[a-z_]+", (HERE / name).read_text(encoding="utf-8")))

    assert named
    assert named <= KNOWN


def test_the_dashboard_has_a_place_and_a_question_for_each_panel() -> None:
    panels = json.loads((HERE / "grafana.json").read_text(encoding="utf-8"))["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])


@needs_promtool
@pytest.mark.parametrize(
    "command", ["check config prometheus.yaml", "check rules alerts.yaml", "test rules alerts_test.yaml"]
)
def test_promtool_finds_nothing_to_complain_of(command: str) -> None:
    checked = subprocess.run(["promtool", *command.split()], cwd=HERE, capture_output=True, text=True, check=False)

    assert (checked.returncode, "FAILED" in checked.stdout) == (0, False), checked.stdout + checked.stderr
