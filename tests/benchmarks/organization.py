"""An organization's reports on a loopback port, in a process of its own: every model with every key in every bucket."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MODELS = tuple(
    f"{name}-2026-{month:02}-01" for month in range(1, 9) for name in ("gpt-4.1", "gpt-4o", "o3", "gpt-5", "o1")
)
KEYS = tuple(f"key_{number:016}" for number in range(20))
SECONDS = {"1h": 3600, "1d": 86400}


@contextmanager
def serving() -> Iterator[int]:
    """Start it, and yield its port."""
    command = [sys.executable, "-m", "tests.benchmarks.organization"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@cache
def used() -> str:
    rows = [
        {
            "object": "organization.usage.completions.result",
            "input_tokens": 1_234_567 + index,
            "input_cached_tokens": 234_567,
            "output_tokens": 98_765,
            "num_model_requests": 321,
            "project_id": f"proj_{key[-1]}",
            "user_id": None,
            "api_key_id": key,
            "model": model,
            "batch": False,
            "service_tier": "default",
        }
        for index, model in enumerate(MODELS)
        for key in KEYS
    ]
    return json.dumps(rows)


@cache
def billed() -> str:
    return json.dumps(
        [
            {
                "object": "organization.costs.result",
                "amount": {"value": "1.234567", "currency": "usd"},
                "line_item": f"{model}, input",
                "project_id": f"proj_{key[-1]}",
                "api_key_id": key,
            }
            for model in MODELS
            for key in KEYS
        ]
    )


class Reports(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if not url.path.endswith(("/costs", "/completions")):  # It makes use of nothing else.
            self._send(b"{}", 404)
            return
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        width = SECONDS[query["bucket_width"]]
        start = int(query.get("page", query["start_time"])) // width * width
        end = int(query.get("end_time", start + 2**40))
        end = min(end, 1_793_800_000 // width * width + width)  # 4 November 2026, after noon.
        last = min(end, start + width * int(query["limit"]))
        results = used() if "usage" in url.path else billed()
        buckets = ",".join(
            f'{{"object":"bucket","start_time":{at},"end_time":{at + width},"results":{results}}}'
            for at in range(start, last, width)
        )
        more = last < end
        cursor = f'"{last}"' if more else "null"
        body = f'{{"object":"page","data":[{buckets}],"has_more":{json.dumps(more)},"next_page":{cursor}}}'.encode()
        self._send(body, 200)

    def _send(self, body: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Reports)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
