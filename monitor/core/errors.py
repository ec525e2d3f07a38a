"""What can go wrong, typed by whose fault it is. No message may hold a secret."""

from datetime import timedelta


class MonitorError(Exception):
    """Anything this package raises on purpose."""


class SettingsError(MonitorError):
    """The environment is wrong; `problems` has one line for each mistake, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SnapshotError(MonitorError):
    """The state folder cannot be used, or a file in it cannot be read or written."""


class InboxError(MonitorError):
    """The folder in which orders are handed to the daemon cannot be used."""


class SourceError(MonitorError):
    """A source gave no good reading."""


class SourceUnavailable(SourceError):
    """Nobody's fault that a person must mend: a timeout, 429, 5xx. Later is better.

    `retry_after` is the provider's own wish, already capped.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """401 or 403: the key is wrong, revoked or of the wrong kind. A person must act."""


class SourceDrifted(SourceError):
    """An answer came and was not understood. Never to be read as zero."""


class Unpriced(MonitorError):
    """What a request cost is not known. Never to be read as zero, which means free."""


class LedgerError(MonitorError):
    """The ledger cannot be used now: it is locked, full, read-only or damaged."""
