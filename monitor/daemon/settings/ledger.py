"""The record of an application's own requests, as a source; and the prices of its user's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.core.plan import LEDGER
from monitor.daemon.settings.model import Model
from monitor.daemon.settings.values import SourceSettings
from monitor.daemon.settings.variables import Variables
from monitor.ledger.place import at_home

# It is a file on this machine, and knows of a request as soon as it was answered.
INTERVAL = timedelta(seconds=10)


def with_ledger(
    sources: tuple[SourceSettings, ...], model: Model, variables: Variables, ledger: Path
) -> tuple[SourceSettings, ...]:
    """Return the sources with the address of each ledger filled in; `MONITOR_LEDGER` alone makes one of that name."""
    named = {source.name for source in sources}
    if model.ledger and LEDGER not in named and all(source.kind != LEDGER for source in sources):
        sources = (*sources, SourceSettings(LEDGER, LEDGER, poll_interval=model.poll_interval))
    return tuple(_filled(source, model, variables, ledger) if source.kind == LEDGER else source for source in sources)


def _filled(source: SourceSettings, model: Model, variables: Variables, ledger: Path) -> SourceSettings:
    prefix = f"MONITOR_SOURCES__{source.name.upper()}__"
    own_rhythm = {f"{prefix}POLL_INTERVAL", "MONITOR_POLL_INTERVAL"} & set(variables.values)
    own_zone = f"{prefix}TIMEZONE" in variables.values
    return replace(
        source,
        base_url=str(ledger),
        poll_interval=source.poll_interval if own_rhythm else INTERVAL,
        # No provider has a word in when its days begin: they are those of the budgets.
        timezone=source.timezone if own_zone else model.timezone,
    )


def price_file(environ: Mapping[str, str]) -> Path:
    """Return the file of the user's own prices, after a look whether it can be used.

    Raises:
        SettingsError: it cannot.
        ValueError: it is to be in the home folder, and there is none.
    """
    from monitor.prices.override import read_prices  # Only who has such a file needs its parsers.

    path = at_home(environ["MONITOR_PRICES"], environ)
    read_prices(path)
    return path
