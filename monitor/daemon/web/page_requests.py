"""What only the ledger tells: which user and which tag spends, what has no price, and what another model would cost."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from sqlite3 import Connection

from monitor.core.errors import MonitorError
from monitor.core.spending.switch import Switch
from monitor.core.windows import Period, Window
from monitor.daemon.web.view import View
from monitor.daemon.what_if import switches
from monitor.ledger.sums import Dimension, Line, breakdown

# Models, projects and keys are told by the source `ledger` as well, which is watched like all others.
BY = (Dimension.USER, Dimension.TAG)
COMPARED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """`by` is of this month, dearest first; `unpriced` are requests of this month, by their model."""

    as_of: datetime
    by: Mapping[Dimension, tuple[Line, ...]] = field(default_factory=dict)
    unpriced: Mapping[str, int] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    error: str | None = None


async def asked(view: View) -> Asked:
    """Ask the ledger, if there is one."""
    now = view.clock()
    if not view.ledger.exists:
        return Asked(now)
    try:
        known = await view.ledger.ask(lambda connection, _: _read(connection, view.plan.zone, now))
    except MonitorError as error:
        return Asked(now, error=str(error))
    window = Window(now - COMPARED, now + timedelta(microseconds=1))
    with suppress(MonitorError):  # It is slower than all else, as single requests may have to be read.
        known = replace(known, switches=await view.ledger.ask(lambda asked, book: switches(asked, book, window)))
    return known


def _read(connection: Connection, zone: tzinfo, now: datetime) -> Asked:
    month = Period.MONTH.window(now, zone)
    unpriced: dict[str, int] = {}
    for line in breakdown(connection, month, Dimension.MODEL):
        if line.unpriced:
            model = line.labels[Dimension.MODEL]
            unpriced[model] = unpriced.get(model, 0) + line.unpriced
    return Asked(
        now,
        {dimension: _named(breakdown(connection, month, dimension), dimension) for dimension in BY},
        unpriced,
    )


def _named(lines: tuple[Line, ...], dimension: Dimension) -> tuple[Line, ...]:
    """Return the lines, or none where no request was labelled so."""
    return lines if any(line.labels[dimension] for line in lines) else ()
