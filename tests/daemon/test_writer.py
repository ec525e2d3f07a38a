"""A message is written whatever becomes of its picture."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Severity, Thresholds
from monitor.core.plan import Plan
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.state import State
from monitor.daemon import writer
from monitor.daemon.writer import Writer
from tests.core.story import START, usd

FACTS = SpendFacts(usd(10), None, None, "the account", None, Thresholds())
ALERT = Alert("spike:a", Rule.SPIKE, "a", Severity.WARNING, "a: it spikes", START, spend=FACTS, about="spend:a")
TRAIL = Trail.of(((START - timedelta(hours=3), Decimal(0)), (START, Decimal(3))))
STATE = State({"a": SourceState(Spend("USD", trail=TRAIL))})
DUE = [Notification("ops", ALERT, Reason.FIRST)]


def by(*, pictures: bool) -> Writer:
    return Writer(Plan({}), lambda: STATE, lambda: START, pictures=pictures)


def test_a_picture_goes_with_it_where_one_is_asked_for() -> None:
    assert by(pictures=True).write(DUE).picture is not None
    assert by(pictures=False).write(DUE).picture is None
    assert by(pictures=True).write([replace(DUE[0], alert=replace(ALERT, spend=None))]).picture is None


def test_a_bug_in_the_picture_leaves_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "picture_of", lambda *_: 1 / 0)

    message = by(pictures=True).write(DUE)

    assert (message.title, message.picture) == ("[WARNING] a: it spikes", None)


def test_the_link_is_in_it_once_there_is_one() -> None:
    written = by(pictures=False)
    assert "spend-monitor ack" in written.write(DUE).body
    written.link = "https://monitor.example/{}".format

    assert f"https://monitor.example/{ALERT.id}" in written.write(DUE).body
