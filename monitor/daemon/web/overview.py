"""All that an open page must know, as one value."""

from collections.abc import Mapping
from typing import Any

from monitor.daemon.alerts_document import alerts_document, silences_document
from monitor.daemon.document import document
from monitor.daemon.web.rows import Rows
from monitor.daemon.web.view import View


async def overview(view: View, rows: Rows) -> Mapping[str, Any]:
    """Return the document of `status`, with the alerts in full and the silences."""
    state, now = view.state(), view.clock()
    known = document(state, view.plan, view.channels(), now, await rows.of(state, now))
    return {**known, "alerts": alerts_document(state, now), "silences": silences_document(state, now)}
