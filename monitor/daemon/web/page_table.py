"""Tables, whose figures stand under each other with their heads above them."""

from collections.abc import Iterable, Sequence

from monitor.daemon.web.page_html import Html, tag


def table(heads: Sequence[str], rows: Iterable[Html], *, numbers: int, caption: str | None = None) -> Html:
    """Return a table; its columns from that of number `numbers` on are figures."""
    return tag(
        "table",
        tag("caption", caption) if caption else None,
        tag(
            "thead",
            tag(
                "tr",
                *(
                    tag("th", head, scope="col", class_="number" if place >= numbers else None)
                    for place, head in enumerate(heads)
                ),
            ),
        ),
        tag("tbody", *rows),
    )
