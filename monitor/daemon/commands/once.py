"""One poll of every source, outside the daemon: for `check` and `doctor`."""

import asyncio
import ssl
from datetime import datetime

from monitor.core.plan import Plan
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.daemon.accounts import sources_of
from monitor.daemon.poll import Watch
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.snapshots import Loaded, Snapshots
from monitor.daemon.wiring import new_rng, state_of


class Nowhere:
    """A store that keeps nothing: a look must not change what the daemon knows."""

    async def save_source(self, name: str, source: SourceState) -> None:
        """Keep nothing."""

    async def save_alerts(self, state: State) -> None:
        """Keep nothing."""


def remembered(settings: Settings, plan: Plan) -> Loaded:
    """Return what the daemon's files say, read without touching them."""
    return Snapshots(settings.state_dir).load(plan.sources, set_aside=False)


def alerts_remembered(settings: Settings) -> tuple[State, tuple[str, ...]]:
    """Return the alerts and silences as they were saved, and what of that cannot be read; no source is needed."""
    loaded = Snapshots(settings.state_dir).load((), set_aside=False)
    memory = loaded.memory
    alerts = {alert.key: alert for alert in memory.alerts}
    return State({}, alerts, memory.log, silences=memory.silences), loaded.damaged


async def poll_once(settings: Settings, plan: Plan, loaded: Loaded, redact: Redactor, now: datetime) -> State:
    """Return the state after one poll of each source, on top of what the daemon's files say."""
    sources = sources_of(settings, redact, lambda: now, ssl.create_default_context())
    watch = Watch(plan, state_of(plan, loaded), sources, Nowhere(), lambda: now, new_rng())
    try:
        await asyncio.gather(*(watch.poll(name) for name in sources))
    finally:
        await asyncio.gather(*(source.close() for source in sources.values()))
    return watch.state
