"""What of each rule can be set: `MONITOR_RULES__<RULE>__<FIELD>`. The defaults suit a developer with a card on file."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

# What a number means is read by the settings too. An amount is in the currency of what is judged.
Share = Annotated[Decimal, "share"]
Factor = Annotated[Decimal, "factor"]
Amount = Annotated[Decimal, "amount"]


@dataclass(frozen=True, slots=True)
class BurnStep:
    """Fires at `factor` times the even pace, over the long window and over the short one: the short one ends it."""

    factor: Factor
    long: timedelta
    short: timedelta


@dataclass(frozen=True, slots=True)
class Switch:
    """A rule that is only on or off."""

    enabled: bool = True


@dataclass(frozen=True, slots=True)
class BurnRate:
    """How fast, whatever is left. In the long window at least `floor` of the limit was spent, and `least` of money.

    The steps are those of the Google SRE workbook: https://sre.google/workbook/alerting-on-slos/
    """

    enabled: bool = True
    emergency: BurnStep = BurnStep(Decimal("14.4"), timedelta(hours=1), timedelta(minutes=5))
    critical: BurnStep = BurnStep(Decimal(6), timedelta(hours=6), timedelta(minutes=30))
    warning: BurnStep = BurnStep(Decimal(3), timedelta(hours=24), timedelta(hours=2))
    floor: Share = Decimal("0.01")
    least: Amount = Decimal(1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether the limit outlasts the window; silent in the first `after` of the window."""

    enabled: bool = True
    after: Share = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Spike:
    """An hour against the same hours before: so many times the usual, and `floor` of money above it."""

    enabled: bool = True
    warning: Factor = Decimal(3)
    critical: Factor = Decimal(10)
    floor: Amount = Decimal(1)


@dataclass(frozen=True, slots=True)
class Runway:
    """How long a prepaid balance lasts."""

    enabled: bool = True
    warning: timedelta = timedelta(days=7)
    critical: timedelta = timedelta(days=3)
    emergency: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """A model, project or key that never spent before and has now spent `floor`."""

    enabled: bool = True
    floor: Amount = Decimal(1)


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left of a rate limit, as a share."""

    enabled: bool = True
    warning: Share = Decimal("0.1")
    critical: Share = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Silent:
    """How long a source may give nothing that is understood: five of its intervals at least, whatever `warning`."""

    enabled: bool = True
    warning: timedelta = timedelta(minutes=10)
    critical: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """How far this machine's clock may be from a provider's."""

    enabled: bool = True
    tolerance: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ChannelFailing:
    """How long a channel may fail before the others hear of it."""

    enabled: bool = True
    after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tuning:
    """One field a rule, by the rule's own name."""

    threshold: Switch = field(default_factory=Switch)
    quota: Switch = field(default_factory=Switch)
    burn_rate: BurnRate = field(default_factory=BurnRate)
    forecast: Forecast = field(default_factory=Forecast)
    spike: Spike = field(default_factory=Spike)
    runway: Runway = field(default_factory=Runway)
    first_seen: FirstSeen = field(default_factory=FirstSeen)
    headroom: Headroom = field(default_factory=Headroom)
    no_data: Silent = field(default_factory=Silent)
    refused: Switch = field(default_factory=Switch)
    drifted: Silent = field(default_factory=Silent)
    clock_skew: ClockSkew = field(default_factory=ClockSkew)
    unpriced: Switch = field(default_factory=Switch)
    snapshot: Switch = field(default_factory=Switch)
    channel: ChannelFailing = field(default_factory=ChannelFailing)

    def enabled(self, rule: str) -> bool:
        """Tell whether the rule is on; what has no settings here cannot be off."""
        section = getattr(self, rule, None)
        return section is None or bool(section.enabled)
