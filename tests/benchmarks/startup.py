"""From exec to the first request at the account, against the least script that makes the same request."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.rig import ROOT, Rig, environ, folder, report, start, stop, wait_for

ROUNDS = 7
# httpx and structlog load these where they are; only our linters bring them.
ONLY_IN_DEVELOPMENT = ("rich", "pygments")
BARE = """
import asyncio, sys, httpx
async def main():
    async with httpx.AsyncClient(headers={"Authorization": "Bearer " + sys.argv[2]}) as client:
        (await client.get(sys.argv[1] + "/usage?start_date=2026-11-01&end_date=2026-11-25")).json()
asyncio.run(main())
"""


def main() -> None:
    ours: list[float] = []
    bare: list[float] = []
    with Rig() as rig, folder() as hidden:
        for name in ONLY_IN_DEVELOPMENT:
            (hidden / f"{name}.py").write_text('raise ImportError("no user has it")\n')
        for number in range(ROUNDS + 1):
            values = first_request_of_daemon(rig, str(hidden)), first_request_of_script(rig, str(hidden))
            if number:  # The first warms the disk cache up.
                ours.append(values[0])
                bare.append(values[1])
    print(f"daemon {median(ours):.3f} s ({_all(ours)}), bare script {median(bare):.3f} s ({_all(bare)})")
    report("start to first request, against a bare asyncio+httpx script", median(ours) / median(bare), 2, "x")


def first_request_of_daemon(rig: Rig, hidden: str) -> float:
    with folder() as place:
        rig.arrived.clear()
        environment = environ(rig, place / "state", PYTHONPATH=hidden)
        began = time.monotonic()
        process = start(environment, place / "log")
        try:
            if not wait_for(lambda: bool(rig.arrived), 20):
                raise SystemExit(f"no request came: {(place / 'log').read_text()[-2000:]}")
            return rig.arrived[0] - began
        finally:
            stop(process)


def first_request_of_script(rig: Rig, hidden: str) -> float:
    rig.arrived.clear()
    environment = environ(rig, Path("unused"), PYTHONPATH=hidden)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", BARE, rig.base_url, "key"], cwd=ROOT, env=environment, check=True)
    return rig.arrived[0] - began


def _all(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in sorted(values))


if __name__ == "__main__":
    main()
