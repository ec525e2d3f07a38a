"""`spend-monitor doctor`: proves settings, keys, state folder and channels without sending anything."""

from argparse import Namespace

from monitor.core.alerting.caveats import caveats
from monitor.core.errors import SnapshotError
from monitor.core.plan import Plan
from monitor.core.rules.clock_skew import skew_words
from monitor.core.state import State
from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import poll_once, remembered
from monitor.daemon.commands.sight import sight
from monitor.daemon.folder import in_use
from monitor.daemon.pings import goes_to
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.snapshots import Snapshots
from monitor.daemon.sources import SOURCES
from monitor.daemon.trial import rejections
from monitor.daemon.web.address import is_served, why_not
from monitor.daemon.wiring import plan_lines, plan_of, senders_of


async def doctor(settings: Settings, redact: Redactor, arguments: Namespace) -> int:  # noqa: ARG001
    plan = plan_of(settings)
    print("The settings are right. The plan:")  # noqa: T201
    for line in plan_lines(plan):
        print(f"  {line}")  # noqa: T201
    if settings.heartbeat_url is not None:
        print(f"  {goes_to(settings.heartbeat_url.value)}")  # noqa: T201
    print()  # noqa: T201
    findings = _folder(settings)
    loaded = remembered(settings, plan)
    findings += [("state file", line) for line in loaded.damaged]
    findings += await _channels(settings, redact)
    findings += await _web(settings)
    now = utc_now()
    state = await poll_once(settings, plan, loaded, redact, now)
    findings += [(f"source {name}", source.health.error) for name, source in state.sources.items()]
    findings += _clock(state, plan)
    for what, problem in findings:
        print(f"{'FAIL' if problem else 'ok  '} {what}{': ' + problem if problem else ''}")  # noqa: T201
    for name, source in state.sources.items():
        well = source.health.fault is None
        lines = sight(SOURCES[plan.sources[name].kind], source.spend, now) if well else ("sees nothing for now",)
        print("".join(f"\n{name} {line}" for line in lines))  # noqa: T201
    for line in caveats(plan, state, now):
        print(f"note {line}")  # noqa: T201
    return 1 if any(problem for _, problem in findings) else 0


def _folder(settings: Settings) -> list[tuple[str, str | None]]:
    snapshots = Snapshots(settings.state_dir)
    problem = None
    try:
        snapshots.lock()
    except SnapshotError as error:
        # A running daemon holds it: that is how it should be.
        problem = None if "in use" in str(error) else str(error)
    finally:
        snapshots.close()
    return [(f"state folder {settings.state_dir}", problem)]


def _clock(state: State, plan: Plan) -> list[tuple[str, str | None]]:
    """Tell whether the clock agrees with those providers that say what time they have."""
    skews = [source.clock_skew for source in state.sources.values() if source.clock_skew is not None]
    worst = max(skews, key=abs, default=None)
    if worst is None:
        return []
    return [("clock", skew_words(worst) if abs(worst) > plan.tuning.clock_skew.tolerance else None)]


async def _web(settings: Settings) -> list[tuple[str, str | None]]:
    """Tell whether the address is free, or where a daemon runs, whether that answers there."""
    if not settings.listen:
        return []
    if in_use(settings.state_dir):
        answers = await is_served(settings.listen, secure=settings.web_certificate is not None)
        problem = None if answers else "a daemon runs, and does not answer here: see its log"
    else:
        problem = await why_not(settings.listen)
    return [(f"web address {settings.listen}", problem)]


async def _channels(settings: Settings, redact: Redactor) -> list[tuple[str, str | None]]:
    senders = senders_of(settings, redact)
    rejected = await rejections(senders)
    return [(f"channel {name} (not tried: `test-notify` sends)", rejected.get(name)) for name in senders]
