"""One pipe for all log lines, ours and the libraries'; the redactor is its last step."""

import io
import json
import logging
import os
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.stdlib import ProcessorFormatter

# systemd reads the priority from the head of each line.
PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
# httpx logs whole addresses at INFO, APScheduler two lines a run.
QUIET = ("httpx", "httpcore", "apscheduler", "asyncio", "urllib3", "requests")
# At DEBUG and below Apprise writes the addresses it posts to.
QUIETER = "apprise"


class _Pipe(logging.StreamHandler[TextIO]):
    """Writes redacted lines; a reader that has gone is no reason to stop watching."""

    def __init__(self, stream: TextIO, redact: Callable[[str], str]) -> None:
        super().__init__(stream)
        self._redact = redact
        self._to_journal = _is_journal(stream)

    def format(self, record: logging.LogRecord) -> str:
        # The traceback is a part of the line by now.
        line = self._redact(super().format(record))
        if not self._to_journal:
            return line
        priority = next((number for level, number in PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{part}" for part in line.split("\n"))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say where a line was lost, never what was in it; the inherited one prints the arguments as they are."""
        try:
            self.stream.write(f"a line from {record.name}:{record.lineno} could not be logged\n")
        except (OSError, ValueError):
            return  # The stream itself has gone: nowhere is left to say it.


def configure_logging(log_format: str | None, level: str, redact: Callable[[str], str], stream: TextIO) -> None:
    """Send all logging to `stream`, as `json` or for the `console`; None asks whether it is a terminal."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    on_console = log_format == "console" or (log_format is None and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    handler = _Pipe(stream, redact)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                *(_for_people(stream) if on_console else _for_machines()),
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger(QUIETER).setLevel(max(logging.INFO, root.level))


# Neither renders a traceback with its local variables: those may hold what no redactor knows.
def _for_people(stream: TextIO) -> list[structlog.typing.Processor]:
    colors = stream.isatty() and not os.environ.get("NO_COLOR")
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _for_machines() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(json.dumps, default=str)]


def _is_journal(stream: TextIO) -> bool:
    """Tell whether the stream is the one that systemd connected to the journal, and not redirected since."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
