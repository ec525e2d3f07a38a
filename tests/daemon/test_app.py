"""The daemon as a whole, where a real program would only be slower."""

from datetime import timedelta
from pathlib import Path

from monitor.core.alerting.orders import AddSilence
from monitor.core.channels import ChannelState
from monitor.daemon.app import App, utc_now
from monitor.daemon.demo.account import KEY, SimulatedAccount
from monitor.daemon.inbox import hand_over
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import load_settings
from monitor.daemon.snapshots import Memory, Snapshots


async def test_what_is_saved_before_the_channels_are_loaded_keeps_how_they_did(tmp_path: Path) -> None:
    now = utc_now()
    failing = ChannelState("ops").failed("HTTP 503", now)
    before = Snapshots(tmp_path)
    before.lock()
    await before.save_memory(Memory(channels=(failing,)))
    before.close()
    hand_over(tmp_path, AddSilence(now + timedelta(hours=1), "anna", "load test", now))
    with SimulatedAccount(utc_now) as account:
        environment = {
            "HOLYSHEEP_API_KEY": KEY,
            "MONITOR_SOURCES__HOLYSHEEP__BASE_URL": account.base_url,
            "MONITOR_CHANNELS__OPS__URL": "json://127.0.0.1:9/",
            "MONITOR_CHANNELS__PAGER__URL": "json://127.0.0.1:9/",
            "MONITOR_LISTEN": "",
            "MONITOR_STATE_DIR": str(tmp_path),
        }
        app = App(load_settings(environment, secrets_dir=tmp_path / "none"), Redactor(()))
        app.stop()

        await app.run()

    saved = Snapshots(tmp_path).load((), set_aside=False).memory
    assert len(saved.silences) == 1
    assert saved.channels == (failing, ChannelState("pager"))
