"""A message cut to what a service takes, and made harmless. Apprise escapes the markup."""

from monitor.core.channels import Message
from monitor.daemon.senders.plugins import Service

TITLE = 200
ELLIPSIS = "…"
NO_PING = "@\u200b"


def fit(message: Message, service: Service, *, cut: bool) -> tuple[str, str]:
    """Return title and body. Without `cut` a long body is left to Apprise, as the address asks."""
    title = _shorten(_clean(" ".join(message.title.split())), min(TITLE, service.title_room or TITLE))
    body = _clean(message.body.strip())
    if cut:
        # A tenth is left for the escapes that are added.
        body = _shorten(body, max(service.body_room * 9 // 10 - _width(title) - 2, 40))
    return (title, body) if body else ("", title)


def _clean(text: str) -> str:
    """Take out control characters, and let no foreign name ping anyone."""
    printable = "".join(c for c in text if c.isprintable() or c in "\n\u200d\u00a0\u3000")
    return printable.replace("@", NO_PING)


def _shorten(text: str, room: int) -> str:
    if _width(text) <= room:
        return text
    cut = text.encode("utf-16-le")[: 2 * (room - 1)].decode("utf-16-le", "ignore")
    return cut.rstrip() + ELLIPSIS


def _width(text: str) -> int:
    """Return the length as services count it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
