"""The page as it is sent: its parts put together, plain and packed."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.daemon.web import page_static
from monitor.daemon.web.page_html import Html, joined, tag
from monitor.daemon.web.page_listing import sources
from monitor.daemon.web.page_sight import Sight

# In this order from top to bottom; the sources and who spends it stand between the first and what is side by side.
ABOVE, BESIDE = ("state", "firing", "budgets"), ("movers", "cheaper")
BELOW = ("breaker", "alerts", "channels", "history")


@dataclass(frozen=True, slots=True)
class Written:
    """The page of one sight, without secrets; `parts` are its elements by their id, `level` is how it stands."""

    sight: Sight
    parts: Mapping[str, Html]
    sentence: str
    level: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is sent to whoever asks for the page as it was written: plain and packed."""

    written: Written
    plain: bytes
    packed: bytes


def document_of(written: Written) -> Document:
    plain = _html(written).encode(errors="backslashreplace")
    return Document(written, plain, gzip.compress(plain, 5))


def _html(written: Written) -> str:
    parts = written.parts
    head_of = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", written.sentence),
        tag("link", rel="icon", href=f"/static/icon-{written.level.lower()}.svg"),
        tag("link", rel="stylesheet", href=page_static.address("page.css")),
        tag("script", src=page_static.address("page.js"), defer=True),
    )
    main = tag(
        "main",
        *(parts[name] for name in ABOVE),
        sources(parts, written.sight),
        parts["spenders"],
        tag("div", *(parts[name] for name in BESIDE), class_="beside"),
        *(parts[name] for name in BELOW),
    )
    said = tag("p", "", id="said", role="status")
    return f"<!doctype html>{tag('html', head_of, tag('body', joined([main, said])), lang='en')}"
