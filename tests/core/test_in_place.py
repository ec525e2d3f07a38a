"""What a fallback is told in a channel's place, beside what it hears by itself."""

from dataclasses import replace

import pytest

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.in_place import in_place, known_there
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Severity
from monitor.core.channels import Channel
from tests.core.story import START

OK, WARNING, CRITICAL, EMERGENCY = Severity
MAIL = Channel("mail")


def note(severity: Severity = WARNING, reason: Reason = Reason.FIRST, peak: Severity = OK) -> Notification:
    alert = Alert("a", Rule.THRESHOLD, "holysheep", severity, "summary", START, peak=peak)
    return Notification("chat", alert, reason)


@pytest.mark.parametrize(
    ("fallback", "due", "said_there"),
    [
        (MAIL, note(), False),
        (replace(MAIL, min_severity=CRITICAL), note(WARNING), True),
        (replace(MAIL, min_severity=CRITICAL), note(CRITICAL), False),
        (replace(MAIL, min_severity=CRITICAL), note(OK, Reason.RESOLVED, CRITICAL), False),
        (replace(MAIL, min_severity=CRITICAL), note(OK, Reason.RESOLVED, WARNING), True),
        (replace(MAIL, resolved=False), note(OK, Reason.RESOLVED, WARNING), True),
        (replace(MAIL, resolved=False), note(), False),
        (replace(MAIL, rules=frozenset({"quota"})), note(), True),
        (replace(MAIL, rules=frozenset({"quota"})), note(OK, Reason.DIGEST), False),
        (replace(MAIL, digest=False), note(OK, Reason.DIGEST), True),
    ],
)
def test_a_fallback_is_told_what_it_does_not_hear_by_itself(
    fallback: Channel, due: Notification, *, said_there: bool
) -> None:
    assert in_place([due], fallback) == ((due,) if said_there else ())
    assert known_there([due], fallback, ()) == (() if said_there else (due,))


def test_what_is_yet_to_come_there_is_not_known_there() -> None:
    assert known_there([note()], MAIL, [replace(note(), channel="mail")]) == ()
