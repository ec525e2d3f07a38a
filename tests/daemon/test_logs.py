"""All log lines come out one way, and hold no secret."""

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import structlog

from monitor.daemon.logs import QUIET, configure_logging
from monitor.daemon.redact import Redactor

SECRET = "very-secret-value"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.fixture(autouse=True)
def restored_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, (*QUIET, "apprise"))]
    handlers, levels = root.handlers[:], [logger.level for logger in loggers]
    # A channel of ours that was set up before, in the same process, keeps Apprise's lines to itself.
    monkeypatch.setattr(logging.getLogger("apprise"), "filters", [])
    yield
    root.handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    structlog.reset_defaults()


def configured(
    stream: io.TextIOBase | None = None, log_format: str | None = "json", level: str = "info"
) -> io.StringIO:
    target = stream or io.StringIO()
    configure_logging(log_format, level, Redactor([SECRET]), target)  # type: ignore[arg-type]
    return target  # type: ignore[return-value]


def test_our_lines_and_those_of_libraries_come_out_the_same_way() -> None:
    out = configured()

    with structlog.contextvars.bound_contextvars(source="holysheep"):
        structlog.get_logger("ours").info("polled", spent=Decimal("1.50"))
        logging.getLogger("theirs").warning("took %d ms", 5)

    ours, theirs = map(json.loads, out.getvalue().splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert theirs.pop("timestamp").endswith("Z")
    assert ours == {"event": "polled", "spent": "1.50", "source": "holysheep", "level": "info", "logger": "ours"}
    assert theirs == {"event": "took 5 ms", "source": "holysheep", "level": "warning", "logger": "theirs"}


def test_a_terminal_gets_lines_for_people_and_a_pipe_gets_json() -> None:
    terminal, pipe = Terminal(), io.StringIO()

    for stream in (terminal, pipe):
        configured(stream, log_format=None)
        structlog.get_logger().info("polled")

    assert "polled" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert json.loads(pipe.getvalue())["event"] == "polled"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_secret_is_in_no_line_and_no_traceback(log_format: str) -> None:
    out = configured(log_format=log_format)

    def fail() -> None:
        only_local = "local-and-" + "unknown"
        raise ValueError("refused " + SECRET + only_local[:0])

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed", url=f"https://host/{SECRET}")
        logging.getLogger("theirs").exception("failed with %s", SECRET)

    assert out.getvalue().count("ValueError: refused ***") == 2
    assert SECRET not in out.getvalue()
    assert "local-and-unknown" not in out.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "apscheduler.scheduler", "asyncio"])
def test_chatty_libraries_are_heard_from_warnings_on(name: str) -> None:
    out = configured(level="debug")

    logging.getLogger(name).info("HTTP Request: GET https://host/path")
    logging.getLogger(name).warning("heard")

    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["heard"]


def test_apprise_never_tells_what_it_tells_at_debug() -> None:
    out = configured(level="debug")

    logging.getLogger("apprise").debug("POST https://host/token")
    logging.getLogger("apprise").info("heard")

    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["heard"]


def test_a_level_above_quiets_the_libraries_too() -> None:
    out = configured(level="error")

    for name in ("apprise", "httpx", "ours"):
        logging.getLogger(name).warning("unheard")

    assert out.getvalue() == ""


def test_under_journald_each_line_has_its_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    with path.open("w", encoding="utf-8") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        configure_logging("console", "debug", Redactor([]), stream)

        logging.getLogger("a").debug("fine")
        logging.getLogger("a").error("two\nlines")
        logging.getLogger("a").critical("dire")

    assert re.findall("^<[0-9]>", path.read_text(), re.MULTILINE) == ["<7>", "<3>", "<3>", "<2>"]


def test_a_stream_that_left_the_journal_has_no_priorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    out = configured()

    logging.getLogger().error("failed")

    assert out.getvalue().startswith("{")


def test_a_reader_that_has_gone_stops_nothing() -> None:
    configured(Gone())

    structlog.get_logger().error("unheard")
    logging.getLogger("apprise").error("unheard")


def test_a_line_that_cannot_be_rendered_is_said_without_its_content(capsys: pytest.CaptureFixture[str]) -> None:
    out = configured()

    logging.getLogger("theirs").warning("%d ms", SECRET)

    assert re.fullmatch(r"a line from theirs:\d+ could not be logged\n", out.getvalue())
    assert capsys.readouterr().err == ""
