"""`spend-monitor export`: every single request of the ledger, for other programs."""

from argparse import Namespace
from datetime import datetime, timedelta
from typing import TextIO

from monitor.core.windows import Window
from monitor.daemon.settings import Settings
from monitor.ledger.export import write_csv, write_json
from monitor.ledger.reading import reading


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the requests of the last days; raises LedgerError where there is no ledger."""
    window = Window(now - timedelta(days=arguments.days), now + timedelta(microseconds=1))
    with reading(settings.ledger) as connection:
        write = write_json if arguments.json else write_csv
        write(connection, window, out)
    return 0
