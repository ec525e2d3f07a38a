"""The power fails at random moments under the real daemon, while an account climbs as in `kill9`.

The state folder is a file system in a file. At the cut the daemon is stopped, and the file is copied as it is: that is
what had reached the disk, without whatever still waited in memory. The next daemon lives on that copy. Needs root.
"""

import argparse
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.kill9 import climb_all
from tests.benchmarks.rig import folder

# What a file system may do least carefully: write data after the names that point to it, and make no exception.
CARELESS = "noauto_da_alloc,data=writeback"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=120)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--parallel", type=int, default=1)
    arguments.add_argument("--options", default=CARELESS, help="how ext4 is mounted (default: %(default)s)")
    given = arguments.parse_args()
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        print("skipped: a file system in a file needs root and mkfs.ext4")
        return
    options = f"loop,{given.options}"

    @contextmanager
    def disk() -> Iterator[Path]:
        with folder() as place:
            with (place / "disk").open("wb") as file:
                file.truncate(32 << 20)
            _run("mkfs.ext4", "-q", "-F", place / "disk")
            (place / "state").mkdir()
            _run("mount", "-o", options, place / "disk", place / "state")
            try:
                yield place
            finally:
                _run("umount", place / "state")

    def cut(process: subprocess.Popen[bytes], place: Path) -> None:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.02)  # What it asked the disk for is still being written.
        _run("cp", "--sparse=always", place / "disk", place / "left")
        process.kill()
        process.wait()
        _run("umount", place / "state")
        (place / "left").replace(place / "disk")
        _run("mount", "-o", options, place / "disk", place / "state")

    climb_all(given, disk, cut)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
