"""HTML put together from values: text is escaped because it is text, so no name from outside can ever be markup."""

from collections.abc import Callable, Iterable
from html import escape

VOID = frozenset({"br", "hr", "input", "link", "meta"})
Attribute = str | int | bool | None


class Html(str):
    """Text that is markup already; only this module makes it."""

    __slots__ = ()


NOTHING = Html("")


def tag(element: str, /, *children: str | None, **attributes: Attribute) -> Html:
    """Return an element. A child is escaped unless it is `Html`; None is left out.

    Attributes are named as Python lets them be: `class_`, `aria_label`, `data_part`. True is one without a value; False
    and None are left out.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if element in VOID:
        return Html(f"<{element}{told}>")
    return Html(f"<{element}{told}>{joined(children)}</{element}>")


def joined(children: Iterable[str | None], between: str = "") -> Html:
    """Return the children one after the other, each escaped unless it is `Html`."""
    return Html(escape(between).join(_markup(child) for child in children if child is not None))


def named(text: str) -> Html:
    """Return a name that came from outside: it may read from right to left, and moves nothing around it."""
    return tag("bdi", "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:200]))


def redacted(html: Html, redact: Callable[[str], str]) -> Html:
    """Return it without secrets: what `redact` puts in their place is no markup."""
    return Html(redact(html))


def _markup(child: str) -> str:
    return child if isinstance(child, Html) else escape(child, quote=False)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
