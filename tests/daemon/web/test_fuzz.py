"""Requests as schemathesis makes them up from our own description: each is answered as that says, and none is a bug."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS, load_all_checks

from monitor.daemon.web import usage
from monitor.daemon.web.openapi import openapi
from monitor.daemon.web.operations import OPERATIONS
from tests.daemon.web.served import served

SCHEMA = schemathesis.openapi.from_dict(openapi())
SCHEMA.config.phases.update(phases=["fuzzing"])
load_all_checks()
# Not whether a wrong request is refused: one may be wrong in a way that no description says (a time before the other).
ASKED: list[Any] = [
    CHECKS.get_one(name)
    for name in (
        *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
        *("response_headers_conformance", "response_schema_conformance"),
    )
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an account with an alert from a loop in a thread, as schemathesis waits for its answers."""
    begun, found = threading.Event(), list[str]()
    ending: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve(folder: Path) -> None:
        async with served(folder) as here:
            await here.poll(75)
            end = asyncio.Event()
            ending.append((asyncio.get_running_loop(), end))
            found.append(here.web.address)
            begun.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve(tmp_path_factory.mktemp("state"))))
    thread.start()
    assert begun.wait(20)
    yield found[0]
    loop, end = ending[0]
    loop.call_soon_threadsafe(end.set)
    thread.join()


@SCHEMA.parametrize()
@settings(max_examples=15)
def test_what_anybody_may_send_is_answered_as_described(case: schemathesis.Case[Any], address: str) -> None:
    case.call_and_validate(base_url=address, checks=ASKED)


def test_every_route_of_the_api_is_described() -> None:
    files = (Path(__file__).parents[3] / "monitor" / "daemon" / "web").glob("*.py")
    routes = {path for file in files for path in re.findall(r'Route\("(/api/[^"]+)"', file.read_text())}

    assert {operation.path for operation in OPERATIONS} | {"/api/v1/openapi.json"} == routes | {usage.PATH}
