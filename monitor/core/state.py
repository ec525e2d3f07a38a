"""Everything the daemon knows, as one value that is replaced whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.episodes import Episode
from monitor.core.alerting.muting import Silence
from monitor.core.alerting.notifications import NotificationLog
from monitor.core.alerting.quiet import Held
from monitor.core.channels import ChannelState
from monitor.core.plan import Counted
from monitor.core.shared_map import SharedMap
from monitor.core.spending.source import SourceState
from monitor.core.spending.tally import Tally


@dataclass(frozen=True, slots=True)
class Saving:
    """Whether the state folder takes what is written; `failing_since` None is well."""

    failing_since: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Alerts are kept while they fire, and until everyone who heard of one has heard that it is over.

    `tallies` are the sums of what the budgets count; they are found again from the sources after a restart.
    """

    sources: Mapping[str, SourceState]
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    log: NotificationLog = field(default_factory=NotificationLog)
    saving: Saving = field(default_factory=Saving)
    channels: Mapping[str, ChannelState] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    held: tuple[Held, ...] = ()
    episodes: tuple[Episode, ...] = ()
    tallies: Mapping[Counted, Tally] = field(default_factory=dict)

    def having(self, name: str, source: SourceState) -> "State":
        """Return the state with another one of source `name`."""
        return replace(self, sources=SharedMap.of(self.sources).having(name, source))
