"""What is typed becomes an order, and what is known is listed."""

import json
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from monitor.commandline import parser
from monitor.core.alerting.alerts import Acknowledgement, Alert, Stage
from monitor.core.alerting.muting import Silence
from monitor.core.alerting.orders import Acknowledge, AddSilence, EndSilence, Order, Unacknowledge, Until
from monitor.core.budgets import Severity
from monitor.daemon.alerts_document import alerts_document, silences_document
from monitor.daemon.commands.alerts import alerts_text
from monitor.daemon.commands.orders import order_of
from monitor.daemon.folder import in_use
from monitor.daemon.snapshots import Snapshots
from tests.core.story import START, usd
from tests.core.test_orders import an_alert, state_with

HOUR = timedelta(hours=1)
SILENCE = Silence("aaaaaa", START + HOUR, "bert", "load test", START, key="b")


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("ack 3f9a1c --by anna", Acknowledge("3f9a1c", "anna", START)),
        ("ack 3f9a1c --by anna --for 1h", Acknowledge("3f9a1c", "anna", START, START + HOUR)),
        ("ack 3f9a1c --by anna --until-window-ends", Acknowledge("3f9a1c", "anna", START, Until.WINDOW_ENDS)),
        ("ack 3f9a1c --by anna --until-doubled", Acknowledge("3f9a1c", "anna", START, Until.DOUBLED)),
        ("unack 3f9a1c --by anna", Unacknowledge("3f9a1c", "anna", START)),
        (
            "silence --for 1h --reason x --rule quota --by anna",
            AddSilence(START + HOUR, "anna", "x", START, rule="quota"),
        ),
        (
            "silence --for 1h --reason x --subject a* --key b --by anna",
            AddSilence(START + HOUR, "anna", "x", START, subject="a*", key="b"),
        ),
        ("unsilence aaaaaa --by anna", EndSilence("aaaaaa", "anna", START)),
    ],
)
def test_what_is_typed_is_an_order(typed: str, order: Order) -> None:
    assert order_of(parser().parse_args(typed.split()), START) == order


def test_who_does_not_say_who_it_is_goes_by_the_login_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "carl")

    assert order_of(parser().parse_args(["unack", "a"]), START).by == "carl"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("ack", "ALERT"),
        ("ack a --for soon", "is not a duration"),
        ("ack a --for 1h --until-doubled", "not allowed with"),
        ("silence --rule quota --reason x", "--for"),
        ("silence --rule quota --for 1h", "--reason"),
        ("history --days 0", "is not a number of days"),
        ("history --days x", "is not a number of days"),
    ],
)
def test_what_is_typed_wrong_is_told(typed: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(typed.split())

    assert complaint in capsys.readouterr().err


def test_a_folder_is_in_use_while_a_daemon_holds_it_and_asking_keeps_none_from_starting(tmp_path: Path) -> None:
    assert not in_use(tmp_path / "never")
    first = Snapshots(tmp_path)
    first.lock()
    assert in_use(tmp_path)
    first.close()

    assert not in_use(tmp_path)
    first.lock()
    first.close()


KNOWN = Acknowledgement("anna", START, Severity.WARNING, START + HOUR)
ALERTS: tuple[Alert, ...] = (
    an_alert(key="b"),
    an_alert(key="a", severity=Severity.CRITICAL),
    replace(an_alert(Stage.ACKNOWLEDGED, "c"), acknowledged=KNOWN),
    an_alert(Stage.PENDING, "d"),
    replace(an_alert(Stage.RESOLVED, "e"), ended=START + HOUR),
)


def test_all_alerts_are_listed_the_urgent_first_with_what_is_known_of_each() -> None:
    shown = alerts_document(state_with(*ALERTS, silences=(SILENCE,)), START)

    assert [(row["key"], row["state"], row["severity"]) for row in shown] == [
        ("a", "firing", "CRITICAL"),
        ("b", "firing", "WARNING"),
        ("c", "acknowledged", "WARNING"),
        ("d", "pending", "WARNING"),
        ("e", "resolved", "OK"),
    ]
    assert [row["silenced_by"] for row in shown] == [[], ["aaaaaa"], [], [], []]
    assert shown[2]["acknowledged"] == {
        "by": "anna",
        "at": "2026-11-10T09:00:00Z",
        "until": "2026-11-10T10:00:00Z",
        "until_spent": None,
    }
    assert (shown[0]["ended"], shown[4]["ended"]) == (None, "2026-11-10T10:00:00Z")
    assert json.loads(json.dumps(shown)) == shown


def test_the_list_for_people_says_who_knows_and_who_silenced() -> None:
    doubled = replace(KNOWN, until=None, until_spent=usd(150))
    alerts = (*ALERTS, replace(an_alert(Stage.ACKNOWLEDGED, "f"), acknowledged=doubled))

    text = alerts_text(state_with(*alerts, silences=(SILENCE,)), UTC, START)

    assert [line.split("UTC", 1)[1].strip() for line in text.splitlines()[1:]] == [
        "75%",
        "75% (silenced by bert (aaaaaa))",
        "75% (acknowledged by anna until Tue 10 Nov 10:00 UTC)",
        "75% (acknowledged by anna until $150.00 is spent)",
        "75%",
        "75% (over Tue 10 Nov 10:00 UTC)",
    ]
    assert alerts_text(state_with(), UTC, START) == "no alerts\n"


def test_the_silences_that_hold_are_listed_the_first_to_end_first() -> None:
    later = replace(SILENCE, id="bbbbbb", until=START + 2 * HOUR)
    over = replace(SILENCE, id="cccccc", until=START)

    shown = silences_document(state_with(silences=(later, over, SILENCE)), START)

    assert [row["id"] for row in shown] == ["aaaaaa", "bbbbbb"]
    assert shown[0] == {
        "id": "aaaaaa",
        "rule": "*",
        "subject": "*",
        "key": "b",
        "at": "2026-11-10T09:00:00Z",
        "until": "2026-11-10T10:00:00Z",
        "by": "bert",
        "reason": "load test",
    }
