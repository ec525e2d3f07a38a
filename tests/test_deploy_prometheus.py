"""What is shipped for Prometheus: its rules are tried, and it names no metric that is not told."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitor.daemon.web.metrics import METRICS

HERE = Path(__file__).parents[1] / "deploy" / "prometheus"
DASHBOARD = json.loads((HERE / "grafana.json").read_text(encoding="utf-8"))
KNOWN = {metric.name for metric in METRICS} | {
    f"{metric.name}{suffix}" for metric in METRICS if metric.kind == "summary" for suffix in ("_sum", "_count")
}
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is missing"
)


def questions(dashboard: dict[str, Any]) -> list[str]:
    """Return what its panels ask, of all daemons."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [question.replace("$instance", ".*") for question in asked]


@pytest.mark.parametrize("name", ["alerts.yaml", "alerts_test.yaml", "grafana.json"])
def test_only_metrics_that_are_told_are_asked_for(name: str) -> None:
    named = set(re.findall(r"\bmonitor_[a-z_]+", (HERE / name).read_text(encoding="utf-8")))

    assert named
    assert named <= KNOWN


def test_each_panel_of_the_dashboard_has_a_place_of_its_own_and_says_what_it_shows() -> None:
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    assert all(panel["title"] and panel["description"].endswith(".") for panel in DASHBOARD["panels"])
    assert {panel["type"] for panel in DASHBOARD["panels"]} <= {"stat", "bargauge", "timeseries"}


def test_the_dashboard_asks_whatever_prometheus_and_daemon_are_chosen() -> None:
    """The fields are those of the classic model.

    Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
    """
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    source = {"type": "prometheus", "uid": "${datasource}"}
    panels = DASHBOARD["panels"]
    asking = [*panels, variables["instance"], *(target for panel in panels for target in panel["targets"])]
    wanted = set(re.findall(r"\$\{?([a-z]+)", json.dumps(asking)))

    assert {"title", "uid", "schemaVersion", "time", "templating", "annotations", "panels"} <= DASHBOARD.keys()
    assert all(one["datasource"] == source for one in asking)
    assert wanted == variables.keys() == {"datasource", "instance"}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")


def test_no_panel_calls_it_well_when_nothing_was_scraped() -> None:
    assert "vector(" not in json.dumps(DASHBOARD)


@needs_promtool
def test_promtool_understands_each_question_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": question} for number, question in enumerate(questions(DASHBOARD))]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

    checked = subprocess.run(
        ["promtool", "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, f"{len(rules)} rules found" in checked.stdout) == (0, True), checked.stderr


@needs_promtool
@pytest.mark.parametrize(
    "command", ["check config prometheus.yaml", "check rules alerts.yaml", "test rules alerts_test.yaml"]
)
def test_promtool_finds_nothing_to_complain_of(command: str) -> None:
    checked = subprocess.run(["promtool", *command.split()], cwd=HERE, capture_output=True, text=True, check=False)

    assert (checked.returncode, "FAILED" in checked.stdout) == (0, False), checked.stdout + checked.stderr
