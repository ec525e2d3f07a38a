"""The record of an application's own requests, as a source; and the prices of its user's own."""

from collections.abc import Container, Mapping
from pathlib import Path

from monitor.core.plan import LEDGER
from monitor.daemon.settings.model import Model, SourceSection
from monitor.ledger.place import at_home


def with_ledger(model: Model, ledger: Path, kinds: Container[str]) -> Model:
    """Return the sections with the address of each ledger filled in; `MONITOR_LEDGER` alone makes a source.

    No provider has a word in when its days begin: they are those of the budgets.
    """
    sections = dict(model.sources)
    polled = {(section.kind or name).lower() for name, section in sections.items()}
    if model.ledger and LEDGER in kinds and LEDGER not in polled | set(sections):
        sections[LEDGER] = SourceSection()
    for name, section in sections.items():
        if (section.kind or name).lower() == LEDGER:
            filled = {"base_url": ledger.absolute().as_uri(), "timezone": section.timezone or model.timezone}
            sections[name] = section.model_copy(update=filled)
    return model.model_copy(update={"sources": sections})


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
