"""What a start makes of the settings and of what was saved."""

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState
from monitor.core.plan import Plan, Watched
from monitor.daemon.snapshots import Loaded, Memory
from monitor.daemon.wiring import state_of
from tests.core.story import START

PLAN = Plan({"openai": Watched("openai", "openai")}, channels=(Channel("ops"),))


def refused(source: str) -> Alert:
    return Alert(f"refused:{source}", Rule.REFUSED, source, Severity.CRITICAL, "", START, about=f"source:{source}")


def test_alerts_and_channels_that_left_the_settings_are_forgotten() -> None:
    channels = (ChannelState("ops").failed("timed out", START), ChannelState("pager").failed("404", START))
    memory = Memory((refused("openai"), refused("deepseek")), channels=channels)

    state = state_of(PLAN, Loaded({}, memory, ()))

    assert list(state.alerts) == ["refused:openai"]
    assert list(state.channels) == ["ops"]
