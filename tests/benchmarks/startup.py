"""From exec to the first request at the account, against the least script that makes the same request."""

import subprocess
import sys
import time
from statistics import median

from tests.benchmarks.rig import ROOT, Rig, environ, folder, report, start, stop, wait_for

ROUNDS = 7
BARE = """
import asyncio, sys, httpx
async def main():
    async with httpx.AsyncClient(headers={"Authorization": "Bearer " + sys.argv[2]}) as client:
        (await client.get(sys.argv[1] + "/usage?start_date=2026-11-01&end_date=2026-11-25")).json()
asyncio.run(main())
"""


def main() -> None:
    ours, bare = [], []
    with Rig() as rig:
        for number in range(ROUNDS + 1):
            values = first_request_of_daemon(rig, str(number)), first_request_of_script(rig)
            if number:  # The first warms the disk cache up.
                ours.append(values[0])
                bare.append(values[1])
    print(f"daemon {median(ours):.3f} s ({_all(ours)}), bare script {median(bare):.3f} s ({_all(bare)})")
    report("start to first request, against a bare asyncio+httpx script", median(ours) / median(bare), 2, "x")


def first_request_of_daemon(rig: Rig, name: str) -> float:
    with folder() as place:
        rig.arrived.clear()
        environment = environ(rig, place / name)
        began = time.monotonic()
        process = start(environment, place / "log")
        try:
            if not wait_for(lambda: bool(rig.arrived), 20):
                raise SystemExit(f"no request came: {(place / 'log').read_text()[-2000:]}")
            return rig.arrived[0] - began
        finally:
            stop(process)


def first_request_of_script(rig: Rig) -> float:
    rig.arrived.clear()
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", BARE, rig.base_url, "key"], cwd=ROOT, check=True)
    return rig.arrived[0] - began


def _all(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in sorted(values))


if __name__ == "__main__":
    main()
