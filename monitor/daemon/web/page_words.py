"""How figures and times stand on the page: unknown is said, and a time always carries its UTC."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.money import Money, percent
from monitor.core.telling.phrases import lasted
from monitor.daemon.document import time_text
from monitor.daemon.web.page_html import Html, tag

UNKNOWN = "unknown"


def money(amount: Money | None) -> str:
    return UNKNOWN if amount is None else str(amount)


def rounded(amount: Money) -> str:
    """Return it without cents where those say nothing: of a limit that has none, of a large forecast."""
    whole = amount.amount == amount.amount.to_integral_value()
    return str(amount).replace(".00", "") if whole else str(amount)


def about(amount: Money) -> str:
    """Return what is only foreseen: nobody foresees cents."""
    return rounded(Money(amount.amount.quantize(Decimal(1)), amount.currency)) if amount.amount >= 10 else str(amount)


def when(moment: datetime | None, zone: tzinfo) -> Html:
    """Return a time in the zone of the settings; the script shows the reader's own. UTC is there on hover."""
    if moment is None:
        return tag("span", "never")
    return _time(moment, f"{moment.astimezone(zone):%d %b %H:%M %Z}", "clock")


def ago(moment: datetime | None, now: datetime) -> Html:
    """Return how long ago it was; the script counts on."""
    if moment is None:
        return tag("span", "never")
    return _time(moment, f"{brief(now - moment)} ago", "ago")


def brief(span: timedelta) -> str:
    """Return `12 s`, else as `lasted` says it."""
    seconds = max(int(span.total_seconds()), 0)
    return f"{seconds} s" if seconds < 60 else lasted(span)


def percent_of(ratio: Decimal | None) -> str:
    return UNKNOWN if ratio is None else percent(ratio)


def _time(moment: datetime, text: str, shown: str) -> Html:
    exact = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return tag("time", text, datetime=time_text(moment), title=exact, data_shown=shown)
