"""What the commands on an application's own requests need: a ledger, prices and a zone, and no key of any provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from monitor.core.errors import SettingsError
from monitor.daemon.settings.fields import parse_timezone
from monitor.ledger.place import ledger_file, variable
from monitor.prices import PriceBook


@dataclass(frozen=True, slots=True)
class Local:
    """`zone` is the one in which days begin."""

    ledger: Path
    book: PriceBook
    zone: tzinfo


def load_local(environ: Mapping[str, str]) -> Local:
    """Return what `environ` says of these; whatever else is set is not looked at.

    Raises:
        SettingsError: with every mistake that was found.
    """
    problems: list[str] = []
    ledger, book, zone = Path(), PriceBook(), parse_timezone("UTC")
    try:
        ledger = ledger_file(environ)
    except ValueError as error:
        problems.append(f"MONITOR_LEDGER {error}")
    try:
        book = PriceBook.from_env(environ)
    except SettingsError as error:
        problems += error.problems
    try:
        zone = parse_timezone(variable(environ, "MONITOR_TIMEZONE") or "UTC")
    except ValueError as error:
        problems.append(f"MONITOR_TIMEZONE {error}")
    if problems:
        raise SettingsError(problems)
    return Local(ledger, book, zone)
