"""Ten thousand accounts in one daemon, a budget over all: its CPU and memory, and a poll against a bare GET of httpx.

The accounts are of DeepSeek: one request a poll, and all of them spend. The bare GET asks the same server for the same
answer, through one client that keeps its connection, as often in a second as the daemon does.
"""

import argparse
import resource
import subprocess
import sys
import time

from tests.benchmarks.polling import work
from tests.benchmarks.rig import ROOT, Rig, environ, folder, report

# The system gives an environment a quarter of what it gives the stack; these settings are some 2 MiB.
STACK = 16 * 1024 * 1024
# Each account's: no rule has anything to say to that.
SECONDS_PER_DOLLAR = 10_000
BARE = """
import asyncio, resource, sys, time
import httpx

async def main(url, rate, seconds):
    async with httpx.AsyncClient(headers={"Authorization": "Bearer key"}) as client:
        await get(client, url)
        began, before, count = time.monotonic(), cpu(), 0
        while (due := began + count / rate) < began + seconds:
            await asyncio.sleep(due - time.monotonic())
            await get(client, url)
            count += 1
        print((cpu() - before) / count)

async def get(client, url):
    (await client.get(url)).json()

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--accounts", type=int, default=10_000)
    arguments.add_argument("--warm-up", type=float, default=150)
    arguments.add_argument("--seconds", type=float, default=90)
    arguments.add_argument("--budget", default="1000000", help="in dollars, over all; a small one is an emergency")
    given = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_STACK, (STACK, resource.getrlimit(resource.RLIMIT_STACK)[1]))
    names = {f"s{number:05}": "60s" for number in range(given.accounts)}
    began = time.monotonic()
    with Rig(cost=lambda: (time.monotonic() - began) / SECONDS_PER_DOLLAR) as rig, folder() as place:
        environment = environ(rig, place / "state", names, kind="deepseek", MONITOR_MONTHLY_BUDGET=given.budget)
        done = work(rig, environment, requests=1, warm_up=given.warm_up, seconds=given.seconds)
        bare = bare_get(f"http://127.0.0.1:{rig.port}/user/balance", done.polls / done.wall)
    print(
        f"{given.accounts} accounts, one budget over all: {done.polls:.0f} polls in {done.wall:.0f} s "
        f"({done.polls / done.wall / (given.accounts / 60):.2f} of what is due), {done.milliseconds:.2f} ms CPU a poll "
        f"and {bare:.2f} a bare GET, first request after {done.first:.1f} s, peak {done.peak:.0f} MiB"
    )
    report("CPU of one core", done.share, 60, "%")
    report("resident", done.resident, 200, "MiB")
    report("a poll, against a bare GET of httpx", done.milliseconds / bare, 2, "x")


def bare_get(url: str, rate: float, seconds: float = 15) -> float:
    """Return the CPU of one GET, in milliseconds."""
    command = [sys.executable, "-c", BARE, url, str(rate), str(seconds)]
    return float(subprocess.check_output(command, cwd=ROOT, text=True)) * 1000


if __name__ == "__main__":
    main()
