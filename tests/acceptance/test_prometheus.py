"""A real Prometheus scrapes the real daemon with its token, and its rules of ours fire."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.test_web import address
from tests.acceptance.world import ROOT, World, account_server
from tests.daemon.receivers import free_port, http_receiver, wait_until
from tests.test_deploy_prometheus import DASHBOARD, questions

PROMETHEUS = shutil.which("prometheus")
TOKEN = "a-token-for-prometheus"
# There is a burn rate once an hour was watched, and a failure once a delivery failed.
LATER = {"monitor_burn_rate", "monitor_notification_failures_total"}
pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="Debian's prometheus is not installed")


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    rules = ROOT / "deploy" / "prometheus" / "alerts.yaml"
    scrape = {
        "job_name": "spend-monitor",
        "scrape_interval": "1s",
        "static_configs": [{"targets": [target]}],
        "authorization": {"type": "Bearer", "credentials": TOKEN},
    }
    settings = {"global": {"evaluation_interval": "1s"}, "scrape_configs": [scrape], "rule_files": [str(rules)]}
    (folder / "prometheus.yml").write_text(json.dumps(settings))
    here = f"127.0.0.1:{free_port()}"
    flags = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    process = subprocess.Popen(
        [str(PROMETHEUS), *flags, f"--web.listen-address={here}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://{here}"
    finally:
        process.kill()
        process.wait()


def unanswered(prometheus: str) -> set[str]:
    """Return the metrics that panels of the dashboard ask for in vain."""
    empty = [question for question in questions(DASHBOARD) if not asked(prometheus, question)]
    return {name for question in empty for name in re.findall(r"monitor_[a-z_]+", question)}


def asked(prometheus: str, query: str) -> list[dict[str, Any]]:
    """Return what it knows; nothing while it is not there yet."""
    with suppress(OSError), urllib.request.urlopen(f"{prometheus}/api/v1/query?query={quote(query)}") as answer:  # noqa: S310
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found
    return []


def test_it_scrapes_and_alerts_and_has_an_answer_for_each_panel_of_the_dashboard(tmp_path: Path) -> None:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        world.environment |= {"MONITOR_LISTEN": "127.0.0.1:0", "MONITOR_WEB_TOKEN": TOKEN}
        world.account.spent = "101"
        try:
            world.start()
            target = address(world).removeprefix("http://")
            with prometheus(tmp_path, target) as there:
                used_up = 'ALERTS{alertname="SpendMonitorBudgetUsedUp", alertstate="firing"}'
                wait_until(lambda: bool(asked(there, used_up)), 30)
                (spent,) = asked(there, 'monitor_spend_usd{window="month"}')
                (up,) = asked(there, "up")
                wait_until(lambda: unanswered(there) <= LATER, 30)
        finally:
            world.close()

    assert (spent["metric"]["source"], float(spent["value"][1])) == ("holysheep", 101)
    assert up["value"][1] == "1"
