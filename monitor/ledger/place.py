"""Where the ledger and the state folder are: one rule for the daemon and for applications."""

from collections.abc import Mapping
from pathlib import Path

FILE_NAME = "ledger.sqlite3"


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return `MONITOR_STATE_DIR`, else systemd's `STATE_DIRECTORY`, else the XDG state folder.

    Raises:
        ValueError: it is to be in the home folder, and this user has none.
    """
    if given := variable(environ, "MONITOR_STATE_DIR"):
        return at_home(given, environ)
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    return at_home(environ.get("XDG_STATE_HOME") or "~/.local/state", environ) / "spend-monitor"


def ledger_file(environ: Mapping[str, str]) -> Path:
    """Return `MONITOR_LEDGER`, else `ledger.sqlite3` in the state folder; raises as `state_folder` does."""
    if given := variable(environ, "MONITOR_LEDGER"):
        return at_home(given, environ)
    return state_folder(environ) / FILE_NAME


def at_home(text: str, environ: Mapping[str, str]) -> Path:
    """Return the path with a leading `~` replaced: no shell does it in a unit file.

    Raises:
        ValueError: this user has no home folder.
    """
    if text.startswith("~/") and environ.get("HOME"):
        return Path(environ["HOME"]) / text[2:]
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("is to be in the home folder, and this user has none: set it to another path") from None


def variable(environ: Mapping[str, str], name: str) -> str:
    """Return a setting, whose name may be in any case."""
    if name in environ:
        return environ[name].strip()
    return next((text.strip() for key, text in environ.items() if key.upper() == name), "")
