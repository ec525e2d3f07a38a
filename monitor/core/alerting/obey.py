"""What becomes of an order: the state with it carried out, or a refusal that says why."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import assert_never

from monitor.core.alerting.alerts import Acknowledgement, Alert, Stage
from monitor.core.alerting.muting import Silence
from monitor.core.alerting.orders import (
    Acknowledge,
    AddSilence,
    Answer,
    EndSilence,
    Order,
    Refusal,
    Unacknowledge,
    Until,
)
from monitor.core.money import Money
from monitor.core.state import State
from monitor.core.telling.phrases import clock

# A reason is a line, not a letter.
LONGEST_TEXT = 200


def obey(state: State, order: Order, now: datetime, zone: tzinfo) -> tuple[State, Answer]:
    """Return the state with the order carried out, or as it was with a refusal. Twice is as good as once.

    | before       | acknowledge                       | unacknowledge             |
    |--------------|-----------------------------------|---------------------------|
    | none         | refused: unknown                  | refused: unknown          |
    | pending      | refused: does not fire yet        | refused: not acknowledged |
    | firing       | acknowledged                      | refused: not acknowledged |
    | acknowledged | acknowledged with the order's end | firing, and said again    |
    | resolved     | refused: over                     | refused: over             |
    """
    match order:
        case Acknowledge():
            return _acknowledge(state, order, now, zone)
        case Unacknowledge():
            return _unacknowledge(state, order, now)
        case AddSilence():
            return _add_silence(state, order, now, zone)
        case EndSilence():
            return _end_silence(state, order, now)
        case _:
            assert_never(order)


def find(alerts: Mapping[str, Alert], name: str) -> Alert | Answer:
    """Return the alert of that key or id, or the only one whose id begins so."""
    if name in alerts:
        return alerts[name]
    same = [alert for alert in alerts.values() if name and alert.id == name.lower()]
    found = same or [alert for alert in alerts.values() if name and alert.id.startswith(name.lower())]
    if not found:
        return Answer(f"there is no alert {plain(name)}: see `spend-monitor alerts`", Refusal.UNKNOWN)
    if len(found) > 1:
        named = ", ".join(f"{alert.id} ({alert.key})" for alert in found[:5])
        return Answer(f"{plain(name)} may be one of {len(found)}, name it by its key: {named}", Refusal.AMBIGUOUS)
    return found[0]


def plain(text: str) -> str:
    """Return what a person wrote without what would upset a terminal or a log."""
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST_TEXT].strip()


def _acknowledge(state: State, order: Acknowledge, now: datetime, zone: tzinfo) -> tuple[State, Answer]:
    alert = find(state.alerts, order.alert)
    if isinstance(alert, Answer):
        return state, alert
    refused = _not_acknowledgeable(alert, order, now)
    if refused is not None:
        return state, refused
    known = Acknowledgement(plain(order.by), order.at, alert.severity)
    ends = "until it is over"
    if isinstance(order.until, datetime):
        known = replace(known, until=order.until)
        ends = f"until {clock(order.until, zone)}"
    elif order.until is Until.DOUBLED and (spent := _spent(alert)):
        known = replace(known, until_spent=spent + spent)
        ends = f"until {known.until_spent} is spent"
    elif order.until is Until.WINDOW_ENDS and alert.window is not None:
        # No end of its own: the alert goes with its window, and a reminder of a month that is over helps nobody.
        ends = f"until its window ends, {clock(alert.window.end, zone)}"
    alert = replace(alert, stage=Stage.ACKNOWLEDGED, acknowledged=known)
    said = f"acknowledged {ends}, or until it gets worse: [{alert.severity.name}] {alert.summary}"
    return replace(state, alerts={**state.alerts, alert.key: alert}), Answer(said)


def _not_acknowledgeable(alert: Alert, order: Acknowledge, now: datetime) -> Answer | None:
    if alert.stage is Stage.RESOLVED:
        return Answer(f"it is over already: {alert.summary}", Refusal.OVER)
    if alert.stage is Stage.PENDING:
        return Answer(f"it does not fire yet: {alert.summary}", Refusal.IMPOSSIBLE)
    if isinstance(order.until, datetime) and order.until <= now:
        return Answer("the time until which it was to be acknowledged is over", Refusal.OVER)
    if order.until is Until.WINDOW_ENDS and alert.window is None:
        return Answer(f"it has no window that ends: {alert.summary}", Refusal.IMPOSSIBLE)
    if order.until is Until.DOUBLED and not _spent(alert):
        return Answer(f"it has no amount that could double: {alert.summary}", Refusal.IMPOSSIBLE)
    return None


def _spent(alert: Alert) -> Money | None:
    """Return what was spent of a limit; without a window the figure counts from the begin of the watch."""
    spent = alert.spend.spent if alert.spend and alert.window else None
    return spent if spent is not None and spent.amount > 0 else None


def _unacknowledge(state: State, order: Unacknowledge, now: datetime) -> tuple[State, Answer]:
    alert = find(state.alerts, order.alert)
    if isinstance(alert, Answer):
        return state, alert
    if alert.stage is Stage.RESOLVED:
        return state, Answer(f"it is over already: {alert.summary}", Refusal.OVER)
    if alert.stage is not Stage.ACKNOWLEDGED or alert.acknowledged is None:
        return state, Answer(f"it is not acknowledged: {alert.summary}", Refusal.IMPOSSIBLE)
    alert = replace(alert, stage=Stage.FIRING, acknowledged=replace(alert.acknowledged, ended=now))
    said = f"no longer acknowledged: [{alert.severity.name}] {alert.summary}"
    return replace(state, alerts={**state.alerts, alert.key: alert}), Answer(said)


def _add_silence(state: State, order: AddSilence, now: datetime, zone: tzinfo) -> tuple[State, Answer]:
    if order.until <= now:
        return state, Answer("the time until which it was to be silent is over", Refusal.OVER)
    text = "\n".join(
        (order.at.isoformat(), order.until.isoformat(), order.rule, order.subject, order.key, order.reason)
    )
    # From what was asked for: an order that is carried out twice is one silence.
    name = f"{zlib.crc32(text.encode(errors='replace')):08x}"[:6]
    silence = Silence(
        name, order.until, plain(order.by), plain(order.reason), order.at, order.rule, order.subject, order.key
    )
    others = tuple(one for one in state.silences if one.id != name and now < one.until)
    matched = sum(silence.matches(alert, now) for alert in state.alerts.values() if alert.firing)
    said = f"silence {name} holds until {clock(order.until, zone)}; what fires and falls under it now: {matched}"
    return replace(state, silences=(*others, silence)), Answer(said)


def _end_silence(state: State, order: EndSilence, now: datetime) -> tuple[State, Answer]:
    name = order.silence.lower()
    found = [one for one in state.silences if name and one.id.startswith(name)]
    if not found:
        return state, Answer(
            f"there is no silence {plain(order.silence)}: see `spend-monitor silences`", Refusal.UNKNOWN
        )
    if len(found) > 1:
        return state, Answer(f"that may be {', '.join(one.id for one in found[:5])}", Refusal.AMBIGUOUS)
    if found[0].until <= now:
        return state, Answer(f"silence {found[0].id} is over already", Refusal.OVER)
    kept = tuple(one for one in state.silences if one is not found[0])
    return replace(state, silences=kept), Answer(f"silence {found[0].id} is ended")
