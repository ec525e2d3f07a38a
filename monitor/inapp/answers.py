"""What an HTTP answer tells the call that it ends: by its headers, and by its body, in one piece or streamed."""

from decimal import Decimal, InvalidOperation
from typing import Any

from monitor.inapp.amazon import CONTENT_TYPE as _AMAZON
from monitor.inapp.amazon import events_of
from monitor.inapp.call import Call
from monitor.inapp.heard import Heard, decoded
from monitor.inapp.watch import Events, Watch, Whole, pieces

Headers = dict[bytes, bytes]

_EVENTS = b"text/event-stream"
# A proxy that works out what a request cost in dollars, whole or streamed.
_LITELLM_COST = b"x-litellm-response-cost"
_LITELLM = frozenset((_LITELLM_COST, b"x-litellm-version", b"x-litellm-call-id", b"x-litellm-model-id"))


def headers_of(response: Any) -> Headers:
    """Return the headers by their lower-case name; the client's own look-up takes longer than all else here."""
    return {name.lower(): value for name, value in response.headers.raw}


def hear_headers(call: Call, headers: Headers) -> None:
    """Take in the id of the request, and what a proxy says that it cost."""
    call.identity = (headers.get(b"x-request-id") or headers.get(b"request-id") or b"").decode("latin-1")
    if not _LITELLM.isdisjoint(headers):
        call.tells_cost = True
        call.heard.cost = _amount(headers.get(_LITELLM_COST, b"").decode("latin-1"))


def hear_body(heard: Heard, body: bytes, kind: bytes) -> None:
    """Take in a body that is complete, of the content type `kind`."""
    if kind.startswith((_EVENTS, _AMAZON)):
        for data in events_of(body) if kind.startswith(_AMAZON) else pieces(body):
            if data == b"[DONE]":
                heard.ended = True
            elif isinstance(piece := decoded(data), dict):
                heard.hear(piece)
    elif isinstance(answer := decoded(body), dict):
        heard.hear_whole(answer)
    elif heard.has_media:
        heard.ended = True  # The answer is the sound itself, or a text.


def watch(call: Call, response: Any, headers: Headers, *, hide: bool) -> Watch:
    """Return what watches the body of an answer while it is read; `hide` as with `Events`."""
    kind, encoding = headers.get(b"content-type", b""), headers.get(b"content-encoding", b"identity")
    if kind.startswith(_EVENTS) and encoding == b"identity":
        return Events(call, hide=hide)

    def read(body: bytes) -> None:
        # The client's own decoders, whichever it has.
        if encoding != b"identity":
            body = type(response)(200, headers={"Content-Encoding": encoding.decode()}, content=body).content
        hear_body(call.heard, body, kind)

    return Whole(call, read)


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount > 0 else None
