"""Many sources in one daemon: what they cost it while each is polled once a minute."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.memory import status
from tests.benchmarks.rig import Rig, daemon, folder, wait_for

PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in a measured stretch. Times are in seconds, sizes in MiB, the first request since exec."""

    polls: float
    wall: float
    cpu: float
    resident: float
    peak: float
    first: float

    @property
    def share(self) -> float:
        """Return the CPU in percent of one core."""
        return self.cpu / self.wall * 100

    @property
    def milliseconds(self) -> float:
        """Return the CPU of one poll."""
        return self.cpu / self.polls * 1000


def work(rig: Rig, environment: Mapping[str, str], *, requests: int, warm_up: float, seconds: float) -> Work:
    """Run the daemon, and measure it for so many seconds after a warm-up; a poll is so many `requests`."""
    with folder() as place:
        began = time.monotonic()
        with daemon(environment, place / "log") as process:
            if not wait_for(lambda: bool(rig.arrived) or process.poll() is not None, PATIENCE_SECONDS, 0.01):
                raise SystemExit(f"no request came: {(place / 'log').read_text()[-2000:]}")
            if process.poll() is not None:
                raise SystemExit(f"the daemon ended: {(place / 'log').read_text()[-2000:]}")
            first = rig.arrived[0] - began
            time.sleep(warm_up)
            cpu, asked, start = cpu_seconds(process.pid), len(rig.arrived), time.monotonic()
            time.sleep(seconds)
            return Work(
                polls=(len(rig.arrived) - asked) / requests,
                wall=time.monotonic() - start,
                cpu=cpu_seconds(process.pid) - cpu,
                resident=status(process.pid, "VmRSS") / 1024,
                peak=status(process.pid, "VmHWM") / 1024,
                first=first,
            )


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
