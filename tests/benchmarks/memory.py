"""Resident memory with one source and four channels loaded, as the unit and the image run it; nothing is sent."""

import os
import re
import time
from pathlib import Path

from tests.benchmarks.rig import Rig, daemon, environ, folder, report

CHANNELS = (
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/nobody",
    "tgram://123456789:abcdefg_hijklmnop/12315544",
    "mailto://nobody:nothing@example.com",
)


def main() -> None:
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", MONITOR_NOTIFY=" ".join(CHANNELS), MALLOC_ARENA_MAX="1")
        with daemon(environment, place / "log") as process:
            time.sleep(3)
            if process.poll() is not None:
                raise SystemExit(f"the daemon ended: {(place / 'log').read_text()[-2000:]}")
            resident, peak, threads = (status(process.pid, name) for name in ("VmRSS", "VmHWM", "Threads"))
    print(f"peak {peak / 1024:.1f} MiB, {threads} threads, {len(CHANNELS)} channels, {os.cpu_count()} cores")
    report("resident 3 s after start", resident / 1024, 65, "MiB")


def status(pid: int, name: str) -> int:
    """Return a number of /proc/<pid>/status; sizes are in KiB."""
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
