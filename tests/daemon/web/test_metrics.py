"""Each figure is there when it is known, and not when it is not."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.web.exposition import Metric, Sample, exposed
from monitor.daemon.web.metrics import METRICS
from tests.daemon.web.served import API_KEY, Served, served

LINE = re.compile(
    r'(?P<series>[a-z_]+(\{[a-z]+="([^"\\\n]|\\["\\n])*"(,[a-z]+="([^"\\\n]|\\["\\n])*")*\})?) (?P<value>\S+)'
)


async def scraped(here: Served) -> dict[str, float]:
    text = (await here.client.get("/metrics")).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {match["series"]: float(match["value"]) for match in map(LINE.fullmatch, lines) if match}


async def test_what_is_known_is_told(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(92)
        known = await scraped(here)

    assert known['monitor_source_up{source="holysheep"}'] == 1
    assert known['monitor_spend_usd{source="holysheep",window="month"}'] == 92
    assert known['monitor_budget_limit_usd{budget="monthly",period="month"}'] == 100
    assert known['monitor_budget_used_ratio{budget="monthly",period="month"}'] == 0.92
    assert known['monitor_alert_severity{rule="threshold",subject="holysheep",state="firing"}'] == 2
    assert known['monitor_alerts{severity="critical",state="firing"}'] == 1
    assert known['monitor_alerts{severity="warning",state="firing"}'] == 0


async def test_what_is_unknown_has_no_line(tmp_path: Path) -> None:
    async with served(tmp_path, ledger=False) as here:
        known = await scraped(here)

    names = {series.partition("{")[0] for series in known}
    assert names == {
        "monitor_build_info",
        "monitor_budget_limit_usd",
        "monitor_alerts",
        "monitor_silences",
        "monitor_snapshot_up",
    }


async def test_what_happens_is_counted(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.counters.polls["holysheep", "success"] += 3
        here.counters.poll_seconds["holysheep"] += 2
        here.counters.notifications["ops", "critical"] += 1
        here.counters.notification_failures["ops"] += 2
        known = await scraped(here)

    assert known['monitor_polls_total{source="holysheep",result="success"}'] == 3
    assert known['monitor_poll_duration_seconds_sum{source="holysheep"}'] == 2
    assert known['monitor_poll_duration_seconds_count{source="holysheep"}'] == 3
    assert known['monitor_notifications_total{channel="ops",severity="critical"}'] == 1
    assert known['monitor_notification_failures_total{channel="ops"}'] == 2


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is not installed")
async def test_prometheus_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.counters.polls["holysheep", "success"] += 3
        here.counters.notifications["ops", "critical"] += 1
        here.counters.notification_failures["ops"] += 2
        here.counters.saved_at = here.household.now
        await here.poll(92)
        text = (await here.client.get("/metrics")).text

    assert complaints(text) == (0, "", "")


def complaints(text: str) -> tuple[int, str, str]:
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return checked.returncode, checked.stdout, checked.stderr


def test_every_metric_has_a_name_of_its_own() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@given(st.lists(st.text()), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_label_holds_each_sample_is_one_line_that_reads_back(names: list[str], value: float) -> None:
    metric = Metric("monitor_test", "gauge", "For this test.", ("subject",))

    text = exposed({metric: [Sample((name,), value) for name in names]}, lambda text: text)

    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches)
    assert len({match["series"] for match in matches if match}) == len(lines)
    assert bool(lines) == bool(names)


def test_a_secret_in_a_name_is_masked() -> None:
    metric = Metric("monitor_test", "gauge", "For this test.", ("subject",))

    text = exposed({metric: [Sample((API_KEY,), 1)]}, lambda text: text.replace(API_KEY, "***"))

    assert 'monitor_test{subject="***"} 1' in text


async def test_lost_requests_are_told_where_there_are_any(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(1)
        well = await scraped(here)
        watch = here.household.watch
        watch.state = watch.state.having("holysheep", replace(watch.state.sources["holysheep"], lost=7))
        here.web.changed()
        missing = await scraped(here)

    assert 'monitor_source_lost_requests{source="holysheep"}' not in well
    assert missing['monitor_source_lost_requests{source="holysheep"}'] == 7
