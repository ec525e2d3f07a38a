"""Orders from the page, as plain forms: they work without a script, which only keeps the page where it is."""

from monitor.daemon.web.page_html import Html, tag

SPANS = (("1h", "1 hour"), ("4h", "4 hours"), ("1d", "1 day"), ("7d", "1 week"))
Choice = tuple[str, str]


def form(action: str, *fields: Html) -> Html:
    return tag("form", *fields, method="post", action=action)


def hidden(name: str, value: str) -> Html:
    return tag("input", type="hidden", name=name, value=value)


def text(title: str, name: str, example: str) -> Html:
    return tag("label", tag("span", title), tag("input", name=name, placeholder=example, autocomplete="off"))


def duration(title: str, *others: Choice, seen: bool = True) -> Html:
    """Return the choice of a span, after `others`; a title that is not seen is there for screen readers."""
    options = [tag("option", words, value=value) for value, words in (*others, *SPANS)]
    return tag("label", tag("span", title, class_=None if seen else "hidden"), tag("select", *options, name="for"))
