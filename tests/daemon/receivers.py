"""Real peers on loopback sockets: one that speaks HTTP and can misbehave, one that takes mail."""

import json
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True)
class Received:
    """One request as it came; `at` is the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class HttpReceiver:
    """Records what is sent to it. Set the answer before sending."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b"ok"
    # Seconds between the bytes of the answer's head: a peer that never stops and never ends.
    drip: float = 0
    # Waits for `released` before it answers.
    hang: bool = False
    # Closes the connection without an answer; the other way is to break it off.
    drop: bool = False
    reset: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def bodies(self) -> list[Any]:
        """Return what was posted, parsed."""
        return [request.json for request in self.requests]


@contextmanager
def http_receiver(tls: ssl.SSLContext | None = None) -> Iterator[HttpReceiver]:
    """Serve until the block ends."""
    receiver = HttpReceiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.block_on_close = False
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.drip = 0
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(receiver: HttpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.requests.append(Received(self.command, self.path, dict(self.headers), content))
            try:
                self._answer()
            except OSError:
                self.close_connection = True

        do_GET = do_POST  # noqa: N815

        def _answer(self) -> None:
            if receiver.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
                return
            if receiver.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if receiver.hang:
                receiver.released.wait()
            while receiver.drip:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if not getattr(self, "begun", False) else b"x")
                self.begun = True
                time.sleep(receiver.drip)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.content)))
            self.end_headers()
            self.wfile.write(receiver.content)

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    return Handler


@dataclass
class SmtpReceiver:
    """Keeps the mail it gets; `refuse` is said to every recipient instead, `drop` names where it hangs up."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""
    drop: str = ""

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.drop == "RCPT":
            server.transport.abort()
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.drop == "DATA":
            server.transport.abort()
            return "250 OK"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def smtp_receiver() -> Iterator[SmtpReceiver]:
    """Take mail until the block ends."""
    receiver = SmtpReceiver()
    controller = Controller(receiver, hostname="127.0.0.1", port=free_port())
    controller.start()
    receiver.port = controller.port
    try:
        yield receiver
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(reached: Callable[[], bool], seconds: float = 5) -> None:
    """Block until it is so."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
