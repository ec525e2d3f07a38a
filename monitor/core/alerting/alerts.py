"""One rule's condition for one subject in one window, with the facts that a message needs."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from monitor.core.budgets import Severity, Thresholds
from monitor.core.money import Money
from monitor.core.windows import Window


class Rule(StrEnum):
    THRESHOLD = "threshold"
    QUOTA = "quota"
    BURN_RATE = "burn_rate"
    FORECAST = "forecast"
    SPIKE = "spike"
    RUNWAY = "runway"
    FIRST_SEEN = "first_seen"
    HEADROOM = "headroom"
    NO_DATA = "no_data"
    REFUSED = "refused"
    DRIFTED = "drifted"
    CLOCK_SKEW = "clock_skew"
    UNPRICED = "unpriced"
    SNAPSHOT = "snapshot"
    CHANNEL = "channel"
    DIGEST = "digest"


class Stage(StrEnum):
    """Where an alert is in its life; one that is not there at all is inactive."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class SpendFacts:
    """What is known of a limit: what was spent of it, how fast it goes, and what drives it (dearest first).

    `saving` is what a cheaper model would save. `known_from` is since when all of it is known, where that is after its
    window began. `guess` is how much of what the alert speaks of is only the most it can be. For these, for `as_of`,
    `models` and `note` all sources were looked at, at `drawn_at`.
    """

    spent: Money | None
    limit: Money | None
    ratio: Decimal | None
    what: str
    as_of: datetime | None
    thresholds: Thresholds
    pace: Money | None = None
    models: tuple[tuple[str, Money], ...] = ()
    note: str | None = None
    saving: str | None = None
    drawn_at: datetime | None = None
    known_from: datetime | None = None
    guess: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows: silence until `until`, until `until_spent` is spent, or until it gets worse than `severity`.

    With neither end it holds until the alert is over. `ended` is when it stopped to hold.
    """

    by: str
    at: datetime
    severity: Severity
    until: datetime | None = None
    until_spent: Money | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Culprit:
    """A part of an account that spends too fast: since when, and when the alert named it.

    `told` None is seen once: it is named when it is seen again. `calm_since` is since when it was seen not to.
    """

    name: str
    since: datetime
    told: datetime | None
    calm_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """`key` is stable over polls and restarts. `summary` stands alone; `since` is when it began to fire.

    `about` is what several rules may speak of at once: `budget:monthly`, `source:openai`. `hits` are the last looks,
    true where the condition held; `starts` is when it began lately; `began_at` what had been spent then; `peak` how bad
    it has been since; `calm_since` is when the condition of a firing alert was last seen to end. `lower_since` is since
    when it is less bad than before, and `risen_at` when it became news again: it got worse after a long time of that,
    or one of its `culprits` is new.
    """

    key: str
    rule: Rule
    subject: str
    severity: Severity
    summary: str
    since: datetime
    window: Window | None = None
    spend: SpendFacts | None = None
    advice: tuple[str, ...] = ()
    about: str = ""
    stage: Stage = Stage.FIRING
    hits: tuple[bool, ...] = ()
    starts: tuple[datetime, ...] = ()
    began_at: Money | None = None
    calm_since: datetime | None = None
    ended: datetime | None = None
    acknowledged: Acknowledgement | None = None
    peak: Severity = Severity.OK
    lower_since: datetime | None = None
    risen_at: datetime | None = None
    culprits: tuple[Culprit, ...] = ()

    @property
    def firing(self) -> bool:
        return self.stage in (Stage.FIRING, Stage.ACKNOWLEDGED) and self.severity is not Severity.OK

    @property
    def id(self) -> str:
        """Return a short name for this time that it fires: a message heard twice, or a command, is known by it."""
        return f"{zlib.crc32(f'{self.key} {self.since.timestamp():.0f}'.encode()):08x}"[:6]
