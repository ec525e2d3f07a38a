"""When the digest is sent, and to whom: in the words of the settings."""

from datetime import time
from pathlib import Path

import pytest

from monitor.core.errors import SettingsError
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.windows import Period
from monitor.daemon.settings import Settings, load_settings
from monitor.daemon.wiring import plan_lines, plan_of

CHANNELS = {
    "MONITOR_CHANNELS__OPS__URL": "json://127.0.0.1:1/",
    "MONITOR_CHANNELS__PAGER__URL": "json://127.0.0.1:2/",
}


def settings(**environ: str) -> Settings:
    return load_settings({"HOLYSHEEP_API_KEY": "cr_key", **CHANNELS, **environ}, secrets_dir=Path("/nowhere"))


def test_there_is_none_unless_asked_for() -> None:
    assert settings().digest is None
    assert settings(MONITOR_DIGEST="").digest is None
    assert not any("digest" in line for line in plan_lines(plan_of(settings())))


def test_each_channel_gets_it_that_does_not_opt_out() -> None:
    known = settings(
        MONITOR_DIGEST="weekly mon 09:00",
        MONITOR_TIMEZONE="Europe/Berlin",
        MONITOR_CHANNELS__PAGER__DIGEST="false",
    )

    plan = plan_of(known)

    assert plan.digest == DigestSchedule(Period.WEEK, time(9), 0)
    assert {channel.name: channel.digest for channel in plan.channels} == {"ops": True, "pager": False}
    assert "a digest weekly on mon at 09:00 Europe/Berlin, to ops" in plan_lines(plan)


@pytest.mark.parametrize("text", ["09:00", "daily", "weekly 09:00", "monthly 40 09:00", "hourly 09:00"])
def test_a_wrong_one_is_said_with_what_to_write(text: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        settings(MONITOR_DIGEST=text, MONITOR_CHANNELS__OPS__DIGEST="perhaps")

    message = str(wrong.value)
    assert "MONITOR_DIGEST is not when a digest can be sent: write it as daily 09:00, weekly mon 09:00" in message
    assert "MONITOR_CHANNELS__OPS__DIGEST is none of true, yes" in message
