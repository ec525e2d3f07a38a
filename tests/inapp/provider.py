"""A provider on a loopback socket: it gives the answers it is handed, in the shapes of the APIs' documentation."""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = Mapping[str, Any]
CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1-2025-04-14"}


@dataclass(frozen=True, slots=True)
class Reply:
    """`pieces` are sent one by one. `cut`: the connection breaks after them. `hang`: nothing is ever sent."""

    pieces: tuple[bytes, ...]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut: bool = False
    hang: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: Any


class Provider:
    """Gives each request the next reply; the last one for ever. A request without a reply left gets a 500."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._replies: list[Reply] = []
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def gives(self, *replies: Reply) -> None:
        self._replies = list(replies)

    def next_reply(self) -> Reply:
        if not self._replies:
            return error(500, "server_error")
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def hang(self) -> None:
        self._released.wait()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_form = self.headers.get("Content-Type", "").startswith("multipart/")
            body = json.loads(content) if content and not is_form else None
            provider.received.append(Received(self.path, dict(self.headers.items()), body))
            reply = provider.next_reply()
            if reply.hang:
                provider.hang()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in reply.pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            if reply.cut:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def answer(body: Json, **headers: str) -> Reply:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply((json.dumps(body).encode(),), headers={"Content-Type": "application/json", **more})


def error(status: int, kind: str, **headers: str) -> Reply:
    body = {"type": "error", "error": {"message": "no", "type": kind, "code": kind}}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply((json.dumps(body).encode(),), status, {"Content-Type": "application/json", **more})


def events(pieces: Iterable[Json | str], *, named: bool = False, cut: bool = False, **headers: str) -> Reply:
    """Return a stream of events; those of Anthropic and of Responses also carry their name."""
    frames = []
    for piece in pieces:
        text = piece if isinstance(piece, str) else json.dumps(piece)
        name = f"event: {piece['type']}\n" if named and not isinstance(piece, str) else ""
        frames.append(f"{name}data: {text}\n\n".encode())
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(tuple(frames), headers={"Content-Type": "text/event-stream; charset=utf-8", **more}, cut=cut)


def chat(usage: Json | None, model: str = "gpt-4.1-2025-04-14", text: str = "Hello.", **more: Any) -> Json:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    told = {} if usage is None else {"usage": usage}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model}
    return {**whole, "choices": [choice], **told, **more}


def tool_call() -> Json:
    function = {"name": "weather", "arguments": '{"city": "Paris"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def chat_chunks(usage: Json | None, texts: Sequence[str] = ("Hel", "lo."), **more: Any) -> list[Json | str]:
    """Return a whole stream; without `usage`, as a server gives it that was not asked for it."""
    chunks: list[Json | str] = [_chunk(text, None, more) for text in texts]
    chunks.append(_chunk(None, "stop", more))
    if usage is not None:
        chunks.append({**CHUNK, **more, "choices": [], "usage": usage})
    return [*chunks, "[DONE]"]


def _chunk(text: str | None, reason: str | None, more: Json) -> Json:
    delta = {} if text is None else {"content": text}
    return {**CHUNK, **more, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], "usage": None}


def response(usage: Json | None, status: str = "completed", model: str = "gpt-4.1-2025-04-14") -> Json:
    content = [{"type": "output_text", "text": "Hello.", "annotations": []}]
    message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}
    whole = {"id": "resp_1", "object": "response", "created_at": 1, "status": status, "error": None, "model": model}
    rest = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "service_tier": "default"}
    return {**whole, **rest, "output": [message] if status == "completed" else [], "usage": usage}


def response_events(usage: Json) -> list[Json | str]:
    delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0}
    return [
        {"type": "response.created", "sequence_number": 0, "response": response(None, "in_progress")},
        {**delta, "sequence_number": 1, "delta": "Hello.", "logprobs": []},
        {"type": "response.completed", "sequence_number": 2, "response": response(usage)},
    ]


def message(usage: Json, model: str = "claude-sonnet-4-5-20250929", **more: Any) -> Json:
    content = [{"type": "text", "text": "Hello."}]
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content}
    return {**whole, "stop_reason": "end_turn", "stop_sequence": None, "usage": usage, **more}


def message_events(first: Json, last: Json, texts: Sequence[str] = ("Hel", "lo.")) -> list[Json | str]:
    """Return a whole stream: `first` is told before the text, `last` after it, and replaces what it names."""
    deltas: list[Json | str] = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in texts
    ]
    return [
        {"type": "message_start", "message": {**message(first), "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *deltas,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": last},
        {"type": "message_stop"},
    ]
