"""Which models, projects or keys of an account rose, from what, and since when; and which of them is news."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Culprit
from monitor.core.alerting.life import EASED
from monitor.core.rules.rise import Rise
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.trail import Trail

# A run of spend is looked at in twelfths of the span; three without any end it, and nobody looks further than this.
STEPS, PAUSE, LONGEST = 12, 3, 288
# What makes less of a rise than this is part of a crowd, and not its cause.
LEAST_SHARE = Decimal("0.1")
# What began within this part of the span is one matter, unless it is so many times dearer than what was told.
TOGETHER, DEARER = 4, 2


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of an account that rose, and when that began; `views` are the same money, broken down by other things."""

    rise: Rise
    since: datetime
    views: tuple[Series, ...] = ()

    @property
    def name(self) -> str:
        return str(self.rise.series)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *map(str, self.views))

    @property
    def is_whole(self) -> bool:
        return self.rise.series == WHOLE


def causes(risen: Iterable[Rise], span: timedelta, now: datetime) -> tuple[Cause, ...]:
    """Return what rose and since when, what rose most first."""
    dearest_first = sorted(risen, key=lambda rise: (-rise.above, rise.series.dimensions, str(rise.series)))
    return tuple(Cause(rise, began(rise.trail, rise.usual.amount, rise.grown, span, now)) for rise in dearest_first)


def without_views(found: Sequence[Cause], span: timedelta) -> tuple[Cause, ...]:
    """Return the causes, those put together that began together and are broken down by different things."""
    leads: list[Cause] = []
    for cause in found:
        dimensions = cause.rise.series.dimensions
        index = next(
            (
                index
                for index, lead in enumerate(leads)
                if lead.rise.series.dimensions != dimensions and abs(lead.since - cause.since) <= span / TOGETHER
            ),
            None,
        )
        if index is None:
            leads.append(cause)
        elif all(view.dimensions != dimensions for view in leads[index].views):
            leads[index] = replace(leads[index], views=(*leads[index].views, cause.rise.series))
    return tuple(leads)


def culprits_after(
    known: Sequence[Culprit], found: Sequence[Cause], still: Collection[str], span: timedelta, now: datetime
) -> tuple[Culprit, ...]:
    """Return what an alert that fires knows of its causes after a look: one that is seen twice and is new is told now.

    `found` are those that are as bad as the alert, `still` the names of all that spike. One is new unless it was known,
    or began together with one that was: the same loop has a model, a project and a key, and whoever heard of one need
    not hear of the others.
    """
    lately = {culprit.name: culprit for culprit in known}
    told = {name: culprit.told for name, culprit in lately.items() if culprit.told is not None}
    dearest = max((cause.rise.above for cause in found if cause.name in told and not cause.is_whole), default=None)
    for cause in found:
        before = lately.get(cause.name)
        if before is not None:
            lately[cause.name] = replace(before, told=before.told or now)
        else:
            with_it = [told[name] for name in told if abs(lately[name].since - cause.since) <= span / TOGETHER]
            same = with_it and (dearest is None or cause.rise.above <= dearest * DEARER)
            lately[cause.name] = Culprit(cause.name, cause.since, max(with_it) if same else None)
    risen = {*still, *(cause.name for cause in found)}
    after = (replace(one, calm_since=None) if one.name in risen else _calm(one, now) for one in lately.values())
    return tuple(filter(None, after))


def _calm(culprit: Culprit, now: datetime) -> Culprit | None:
    """Return what is known of one that does not rise now: nothing, once that was seen for long."""
    calm_since = min(culprit.calm_since or now, now)
    return None if now - calm_since > EASED else replace(culprit, calm_since=calm_since)


def first_culprits(found: Sequence[Cause], at: datetime) -> tuple[Culprit, ...]:
    """Return what an alert that begins knows of its causes: all that are as bad are told at once."""
    return tuple(Culprit(cause.name, cause.since, at) for cause in found)


def began(trail: Trail, before: Decimal, grown: Decimal, span: timedelta, now: datetime) -> datetime:
    """Return since when more was spent than half way from the usual to what is spent now."""
    step, least = span / STEPS, (before + grown) / 2 / STEPS
    start, paused = now, 0
    for number in range(1, LONGEST + 1):
        moment = now - step * number
        if trail.between(moment, moment + step) > least:
            start, paused = moment, 0
        elif (paused := paused + 1) >= PAUSE and start < now:
            break
    return start
