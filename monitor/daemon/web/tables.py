"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from starlette.responses import Response

# What a spreadsheet takes for a formula: a name from a provider must not become one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(
    name: str, head: Sequence[str], rows: Iterable[Sequence[str | None]], redact: Callable[[str], str]
) -> Response:
    """Return the rows as a file to be kept; what is unknown is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(redact(text)) if text else "" for text in row])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = written.getvalue().encode(errors="backslashreplace")
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
