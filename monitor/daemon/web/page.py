"""The page for people, written by the server: it is whole without JavaScript."""

from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.document import document
from monitor.daemon.web.view import View


class Page:
    def __init__(self, view: View) -> None:
        self._view = view

    def routes(self) -> list[BaseRoute]:
        return [Route("/", self._whole)]

    async def parts(self) -> Mapping[str, str]:
        """Return the elements that change while the page is open, by their id."""
        return {}

    async def _whole(self, _: Request) -> Response:
        view = self._view
        known = document(view.state(), view.plan, view.channels(), view.clock())
        return HTMLResponse(view.redact(_page(known)))


def _page(known: dict[str, Any]) -> str:
    alerts = "".join(f"<li>[{_text(a['severity'])}] {_text(a['summary'])}</li>" for a in known["alerts"])
    budgets = _table(
        ("budget", "spent", "of", "state"),
        [
            (row["name"], row["spent"], f"{row['limit']} {row['currency']} a {row['period']}", row["severity"])
            for row in known["budgets"]
        ],
    )
    sources = _table(
        ("source", "today", "this month", "state", "as of"),
        [
            (row["name"], row["spend"]["today"], row["spend"]["month"], row["state"], row["as_of"])
            for row in known["sources"]
        ],
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>spend-monitor</title></head>'
        f"<body><main><h1>{_text(known['severity'])}</h1><p>As of {_text(known['as_of'])}.</p>"
        f"<ul>{alerts}</ul>{budgets}{sources}</main></body></html>"
    )


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    titles = "".join(f'<th scope="col">{name}</th>' for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _text(value: object) -> str:
    return "unknown" if value is None else escape(str(value))
