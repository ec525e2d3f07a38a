"""The record of an application's own requests, as a source; and the prices of its user's own."""

from collections.abc import Container, Mapping
from pathlib import Path

from monitor.daemon.settings.model import Model, SourceSection
from monitor.ledger.place import at_home

LEDGER = "ledger"
NONE = "none"


def with_ledger(model: Model, ledger: Path, kinds: Container[str]) -> Model:
    """Return the sections with what is known of each ledger filled in; `MONITOR_LEDGER` alone makes a source.

    Its days are those of the budgets, as no provider has a word in when they begin. Another source bills the same
    requests: unless `COUNTED_BY` says something else, the first of them is what budgets over all sources count.
    """
    sections = dict(model.sources)
    if (
        model.ledger
        and LEDGER in kinds
        and not any(LEDGER in (name, section.kind) for name, section in sections.items())
    ):
        sections[LEDGER] = SourceSection()
    billed = [name for name, section in sections.items() if not _is_ledger(name, section) and not section.counted_by]
    for name, section in sections.items():
        if _is_ledger(name, section):
            counted_by = section.counted_by or (billed[0] if billed else None)
            filled = {
                "base_url": ledger.absolute().as_uri(),
                "timezone": section.timezone or model.timezone,
                "counted_by": None if counted_by == NONE else counted_by,
            }
            sections[name] = section.model_copy(update=filled)
    return model.model_copy(update={"sources": sections})


def _is_ledger(name: str, section: SourceSection) -> bool:
    return (section.kind or name).lower() == LEDGER


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
