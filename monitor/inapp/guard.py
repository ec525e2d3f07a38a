"""An error of ours never breaks the customer's call: it is logged, once for each kind, and the call goes on."""

import logging
import traceback

log = logging.getLogger("monitor.inapp")

_told: set[str] = set()
_MOST_TOLD = 100


def say_once(what: str, error: BaseException | None = None) -> None:
    """Log a failure of ours with its place, and nothing of what was passed around there; never raises."""
    try:
        kind = f"{what}: {type(error).__name__}" if error else what
        if kind in _told or len(_told) >= _MOST_TOLD:
            return
        _told.add(kind)
        place = "".join(traceback.format_tb(error.__traceback__)[-3:]) if error else ""
        log.warning("%s; the call went on, and this is said once%s", kind, f"\n{place}" if place else "")
    except Exception:  # noqa: BLE001, S110 - it is the last resort: while the interpreter ends, even logging may be gone.
        pass
