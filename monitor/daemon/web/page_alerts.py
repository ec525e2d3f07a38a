"""What fires, what somebody knows of, what is silent, and the orders on it, as plain forms."""

from collections.abc import Sequence

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.alerting.muting import Silence
from monitor.core.telling.phrases import window_words
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_orders import duration, form, hidden, text
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import ago, when

# The worst come first.
MOST_LOUD = 12


def firing(sight: Sight) -> Html:
    """Return what fires and is spoken of, right under the sentence: it is why the sentence says what it says."""
    rows = [_alert(alert, sight) for alert in _loud(sight)]
    first, more = rows[:MOST_LOUD], rows[MOST_LOUD:]
    return tag(
        "section",
        tag("h2", "Firing", class_="hidden") if rows else None,
        *first,
        tag("details", tag("summary", f"{len(more)} more that fire"), *more, id="more-firing") if more else None,
        id="firing",
    )


def alerts(sight: Sight) -> Html:
    """Return all other alerts, and the silences."""
    known = [alert for alert in sight.firing if alert.stage is Stage.ACKNOWLEDGED]
    loud, unexplained = {alert.key for alert in _loud(sight)}, sight.unexplained
    quiet = [alert for alert in sight.firing if alert.stage is Stage.FIRING and alert.key not in loud]
    explained = [alert for alert in quiet if alert.key not in unexplained]
    silenced = [alert for alert in quiet if alert.key in unexplained]
    over = [alert for alert in sight.state.alerts.values() if alert.stage is Stage.RESOLVED]
    pending = [alert for alert in sight.state.alerts.values() if alert.stage is Stage.PENDING]
    held = [silence for silence in sight.state.silences if silence.holds(sight.now)]
    groups = [
        _group("Acknowledged", known, sight),
        _group("Silenced", silenced, sight),
        _folded("explained", "explained by what fires", explained, sight),
        _folded("pending", "pending: seen, and not yet sure", pending, sight),
        _folded("over", "over lately", over, sight),
    ]
    nothing = None if any(groups) or held else tag("p", "None is acknowledged, silenced or pending.", class_="none")
    return tag("section", tag("h2", "Alerts"), joined(groups), nothing, _silences(held, sight), id="alerts")


def _loud(sight: Sight) -> list[Alert]:
    unexplained = sight.unexplained
    return [
        alert
        for alert in sight.firing
        if alert.stage is Stage.FIRING and alert.key in unexplained and not sight.silenced(alert)
    ]


def _group(title: str, some: Sequence[Alert], sight: Sight) -> Html | None:
    return joined([tag("h3", title), *(_alert(alert, sight) for alert in some)]) if some else None


def _folded(name: str, title: str, some: Sequence[Alert], sight: Sight) -> Html | None:
    """Return alerts that nobody has to do anything about."""
    if not some:
        return None
    return tag("details", tag("summary", f"{len(some)} {title}"), *(_line(alert, sight) for alert in some), id=name)


def _line(alert: Alert, sight: Sight) -> Html:
    return tag(
        "p", _severity(alert), " ", named(alert.summary), " ", tag("small", *_facts(alert, sight)), class_="line"
    )


def _severity(alert: Alert) -> Html:
    return tag("span", alert.severity.name, class_=f"severity {alert.severity.name.lower()}")


def _alert(alert: Alert, sight: Sight) -> Html:
    return tag(
        "article",
        tag("p", _severity(alert), " ", named(alert.summary), class_="summary"),
        *(tag("p", named(line), class_="advice") for line in alert.advice),
        tag("p", *_facts(alert, sight), class_="facts"),
        tag("div", *_orders(alert), class_="orders") if alert.firing else None,
        class_=f"alert {alert.severity.name.lower()}",
        id=f"alert-{alert.id}",
    )


def _facts(alert: Alert, sight: Sight) -> list[str]:
    facts: list[str] = [alert.rule.value.replace("_", " "), " · since ", when(alert.since, sight.plan.zone)]
    if alert.window is not None and alert.window.end <= sight.now:
        facts.append(f" · of {window_words(alert.window, sight.plan.zone)}")
    if alert.acknowledged is not None and alert.stage is Stage.ACKNOWLEDGED:
        facts += [" · known to ", named(alert.acknowledged.by)]
        if alert.acknowledged.until is not None:
            facts += [" until ", when(alert.acknowledged.until, sight.plan.zone)]
        if alert.acknowledged.until_spent is not None:
            facts.append(f" until {alert.acknowledged.until_spent} is spent")
    if alert.ended is not None:
        facts += [" · ended ", ago(alert.ended, sight.now)]
    return [*facts, f" · {alert.id}"]


def _orders(alert: Alert) -> list[Html]:
    path, whose = f"/api/v1/alerts/{alert.id}", f"alert {alert.id}"
    if alert.stage is Stage.ACKNOWLEDGED:
        return [form(f"{path}/unacknowledge", tag("button", "Speak again", aria_label=f"Speak again of {whose}"))]
    until = form(
        f"{path}/acknowledge",
        hidden("until", "window_ends"),
        tag("button", "Acknowledge until its window ends", aria_label=f"Acknowledge {whose} until its window ends"),
    )
    silence = form(
        "/api/v1/silences",
        hidden("rule", alert.rule.value),
        hidden("subject", alert.subject),
        hidden("reason", "from the page"),
        duration(f"Silence the kind of {whose} for", seen=False),
        tag("button", "Silence its kind", aria_label=f"Silence the kind of {whose}"),
    )
    return [
        form(f"{path}/acknowledge", tag("button", "Acknowledge", aria_label=f"Acknowledge {whose}")),
        form(
            f"{path}/snooze",
            duration(f"Snooze {whose} for", seen=False),
            tag("button", "Snooze", aria_label=f"Snooze {whose}"),
        ),
        tag(
            "details",
            tag("summary", "More", aria_label=f"More for {whose}"),
            until if alert.window is not None else None,
            silence,
        ),
    ]


def _silences(held: Sequence[Silence], sight: Sight) -> Html:
    rows = [
        tag(
            "li",
            tag("code", named(silence.patterns)),
            " until ",
            when(silence.until, sight.plan.zone),
            " · by ",
            named(silence.by),
            " · " if silence.reason else None,
            named(silence.reason) if silence.reason else None,
            " ",
            form(f"/api/v1/silences/{silence.id}/end", tag("button", "End", aria_label=f"End silence {silence.id}")),
        )
        for silence in sorted(held, key=lambda one: one.until)
    ]
    return joined(
        [
            joined([tag("h3", "Silences"), tag("ul", *rows, class_="silences")]) if rows else None,
            tag("details", tag("summary", "Add a silence"), _new_silence(), id="new-silence"),
        ]
    )


def _new_silence() -> Html:
    return form(
        "/api/v1/silences",
        text("Rule", "rule", "forecast, or *"),
        text("Subject", "subject", "openai*"),
        text("Reason", "reason", "migration"),
        duration("For"),
        tag("button", "Silence"),
    )
