"""What happened, as lines of the log: each change once."""

from typing import assert_never

import structlog

from monitor.core.alerting.events import Event, What
from monitor.core.spending.health import Fault, Health

log = structlog.get_logger()


def log_poll(name: str, before: Health, after: Health) -> None:
    """Log the first failure of a kind, and the first success after it."""
    if after.fault is not None and (after.fault, after.error) != (before.fault, before.error):
        level = log.warning if after.fault is Fault.UNAVAILABLE else log.error
        level("poll failed", source=name, fault=after.fault.value, error=after.error)
    elif after.fault is None and before.fault is not None:
        log.info("poll succeeds again", source=name)
    elif before.last_attempt is None:
        log.info("first poll succeeded", source=name)


def log_event(event: Event) -> None:
    about = {"severity": event.severity.name, "summary": event.summary, "key": event.key, "id": event.id}
    match event.what:
        case What.FIRED | What.ESCALATED:
            log.warning("alert", **about)
        case What.EASED:
            log.info("alert is less severe", **about)
        case What.ACKNOWLEDGED:
            log.info("alert is acknowledged", by=event.by, **about)
        case What.UNACKNOWLEDGED:
            log.info("alert is no longer acknowledged", by=event.by, **about)
        case What.RESOLVED | What.DROPPED:
            log.info("alert is over", **about)
        case What.SILENCED:
            log.info("silence begins", id=event.id, matches=event.key, by=event.by, reason=event.summary)
        case What.UNSILENCED:
            log.info("silence is ended", id=event.id, matches=event.key, by=event.by)
        case _:
            assert_never(event.what)
