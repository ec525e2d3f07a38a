"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from starlette.responses import Response

from monitor.core.spreadsheet import cell


def csv_answer(
    name: str, head: Sequence[str], rows: Iterable[Sequence[str | None]], redact: Callable[[str], str]
) -> Response:
    """Return the rows as a file to be kept; what is unknown is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell(redact(text)) if text else "" for text in row])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = written.getvalue().encode(errors="backslashreplace")
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")
